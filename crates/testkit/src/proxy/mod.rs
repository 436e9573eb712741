//! A proxy on loopback that records what is asked of it, and refuses or hangs if it is told so.

mod connection;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::listen::{Server, Tcp};

/// What is done to the next requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyReply {
    /// `CONNECT` gets its tunnel, and another request is forwarded.
    #[default]
    Serve,
    /// This status.
    Status(u16),
    /// No answer at all, while the connection stays open.
    Hang,
    /// The connection is closed without an answer.
    Close,
    /// Something that is not HTTP.
    Garbage,
}

/// A request to the proxy: its first line, and its headers with their names in lower case.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProxyRequest {
    /// Method, target and version.
    pub line: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
}

impl ProxyRequest {
    /// The first header of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.0 == name).map(|header| &*header.1)
    }
}

/// A fake HTTP proxy. It runs on a thread of its own until it is dropped.
///
/// ```
/// use meterport_testkit::FakeProxy;
///
/// let proxy = FakeProxy::start();
/// assert!(proxy.url().starts_with("http://127.0.0.1:"));
/// assert_eq!(proxy.requests().len(), 0);
/// ```
pub struct FakeProxy {
    address: SocketAddr,
    state: Arc<State>,
    _server: Server,
}

#[derive(Debug, Default)]
struct State {
    reply: Mutex<ProxyReply>,
    route: Mutex<Option<SocketAddr>>,
    requests: Mutex<Vec<ProxyRequest>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeProxy {
    /// Listens on a free port of the loopback interface.
    ///
    /// # Panics
    /// If there is no port or no thread to be had.
    pub fn start() -> Self {
        let listener = Tcp::bind().expect("a port of the loopback interface");
        let (address, state) = (listener.address(), Arc::<State>::default());
        let shared = Arc::clone(&state);
        let server = Server::start("fake-proxy", listener, move |stream| {
            connection::serve(stream, Arc::clone(&shared))
        });
        Self { address, state, _server: server }
    }

    /// `http://` with address and port.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// What is done to requests from now on.
    pub fn reply(&self, reply: ProxyReply) {
        *lock(&self.state.reply) = reply;
    }

    /// Connects to this address from now on, whatever is asked for: names need not exist.
    pub fn route_to(&self, address: SocketAddr) {
        *lock(&self.state.route) = Some(address);
    }

    /// All that was asked of it so far.
    pub fn requests(&self) -> Vec<ProxyRequest> {
        lock(&self.state.requests).clone()
    }
}

impl fmt::Debug for FakeProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeProxy")
            .field("address", &self.address)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
