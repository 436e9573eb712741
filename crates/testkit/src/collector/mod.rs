//! A server for OTLP over HTTP/1.1 or over gRPC that records what arrives and answers as scripted.
//!
//! It has its own HTTP/1.1, so that it can break it, and the `h2` crate's HTTP/2, beneath which it
//! can reach; it knows all of [`Reply`]. Over HTTP every path and method is taken; tests look at
//! what was [`Received`]. Over gRPC the rules of its own are kept, and breaking one is a violation.

mod answer;
mod bomb;
mod connection;
mod decode;
mod grpc;
mod head;
mod plan;
mod received;
mod records;
#[cfg(test)]
mod tests;
mod tls;
#[cfg(unix)]
mod unix;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::json::Rules;
use crate::listen::{Door, Listen, Server, Tcp, TlsConfig};
use crate::proto::ExportMetricsServiceRequest;
use crate::script::Reply;

pub use received::Received;
use records::Records;

/// A fake collector for OTLP over HTTP or gRPC, on loopback.
///
/// It runs on a thread of its own until it is dropped, and works for tests with any runtime and
/// without one. Waiting is bounded: after 30 s of real time it panics, and says what did arrive.
///
/// ```
/// use meterport_testkit::{FakeCollector, Reply, Response};
///
/// let collector = FakeCollector::start();
/// collector.script([Response::new(503).into(), Reply::Hang]);
/// let endpoint = collector.url(); // give it to an exporter
/// assert_eq!(collector.requests().len(), 0);
/// # drop(endpoint);
/// ```
pub struct FakeCollector {
    address: Address,
    protocol: Protocol,
    records: Arc<Records>,
    server: Server,
    /// What the next connection is met with, if it is TLS.
    tls: Option<TlsConfig>,
}

/// What a collector speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Grpc,
    Http,
}

#[derive(Clone, Debug)]
enum Address {
    Tcp(SocketAddr),
    Tls(SocketAddr),
    /// The URL of a socket file.
    File(String),
}

impl FakeCollector {
    /// Listens for OTLP over HTTP on a free port of the loopback interface.
    ///
    /// # Panics
    /// If there is no port or no thread to be had.
    pub fn start() -> Self {
        Self::on_loopback(Protocol::Http)
    }

    /// Listens for OTLP over gRPC on a free port of the loopback interface.
    ///
    /// # Panics
    /// If there is no port or no thread to be had.
    pub fn start_grpc() -> Self {
        Self::on_loopback(Protocol::Grpc)
    }

    fn on_loopback(protocol: Protocol) -> Self {
        let listener = Tcp::bind().expect("a port of the loopback interface");
        let address = Address::Tcp(listener.address());
        Self::serve(protocol, address, listener)
    }

    fn serve(protocol: Protocol, address: Address, listener: impl Listen + 'static) -> Self {
        let records = Arc::new(Records::default());
        let shared = Arc::clone(&records);
        let server = Server::start("fake-collector", listener, move |stream| {
            let records = Arc::clone(&shared);
            async move {
                match protocol {
                    Protocol::Grpc => grpc::serve(stream, records).await,
                    Protocol::Http => connection::serve(stream, records).await,
                }
            }
        });
        Self { address, protocol, records, server, tls: None }
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// `http://` or `https://` with address and port and without a path, or `unix:` with the path
    /// of the socket.
    pub fn url(&self) -> String {
        match &self.address {
            Address::Tcp(address) => format!("http://{address}"),
            Address::Tls(address) => format!("https://{address}"),
            Address::File(url) => url.clone(),
        }
    }

    /// The address it listens on.
    ///
    /// # Panics
    /// If it listens on a socket file.
    pub fn addr(&self) -> SocketAddr {
        match &self.address {
            Address::Tcp(address) | Address::Tls(address) => *address,
            Address::File(url) => panic!("{url} has no address and port"),
        }
    }

    /// Adds replies to the script: each is for one request, in the order in which their heads arrive.
    pub fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.records.change(|state| state.script.extend(replies));
    }

    /// The reply for requests behind the script; [`Reply::Ok`] at first.
    pub fn default_reply(&self, reply: Reply) {
        self.records.change(|state| {
            state.script.set_standing(reply);
            state.choose = None;
        });
    }

    /// Chooses the reply for requests behind the script by what was received.
    ///
    /// [`Reply::ResetDuringRequest`] then resets after the request.
    pub fn answer_with(&self, choose: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
        self.records.change(|state| state.choose = Some(Arc::new(choose)));
    }

    /// By which rules JSON is read; at first by those for writers.
    pub fn json_rules(&self, rules: Rules) {
        self.records.change(|state| state.rules = rules);
    }

    /// From now on what is not OTLP is answered as if it were: for receivers of other protocols,
    /// which read the bodies on record themselves.
    pub fn take_anything(&self) {
        self.records.change(|state| state.takes_anything = true);
    }

    /// Stops listening and puts out who is connected: from now on connections are refused.
    pub fn refuse(&self) {
        self.server.turn(Door::Closed);
    }

    /// Stops accepting: connections can be opened, as the operating system takes them, but nobody
    /// reads what they bring. Those that are open already go on.
    pub fn hold_accept(&self) {
        self.server.turn(Door::Held);
    }

    /// Listens and accepts again, on the same address.
    pub fn resume(&self) {
        self.server.turn(Door::Open);
    }

    /// All requests so far that [`take_requests`](Self::take_requests) has not taken.
    pub fn requests(&self) -> Vec<Arc<Received>> {
        self.records.read(|state| state.received.clone())
    }

    /// Takes the requests so far out of the records; who runs for long does so from time to time.
    pub fn take_requests(&self) -> Vec<Arc<Received>> {
        self.records.change(|state| std::mem::take(&mut state.received))
    }

    /// The messages of all requests on record that could be decoded.
    pub fn received_batches(&self) -> Vec<ExportMetricsServiceRequest> {
        self.requests().iter().filter_map(|received| received.request.clone().ok()).collect()
    }

    /// The points of all requests on record, whatever was answered.
    pub fn points(&self) -> u64 {
        self.requests().iter().map(|received| received.points()).sum()
    }

    /// The points of the requests on record that were answered with a status of success, less
    /// those that a partial success rejected.
    pub fn accepted_points(&self) -> u64 {
        self.requests().iter().map(|received| received.accepted_points()).sum()
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> u64 {
        self.records.read(|state| state.connections)
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> u64 {
        self.records.read(|state| state.open)
    }

    /// What clients did against HTTP: heads and framing that cannot be read; or against gRPC: a
    /// request that no client of it makes. Leaving is no violation.
    pub fn violations(&self) -> Vec<String> {
        self.records.read(|state| state.violations.clone())
    }

    /// Waits until `n` requests are on record, and gives all there are.
    pub async fn wait_for_requests(&self, n: usize) -> Vec<Arc<Received>> {
        self.records.wait(&format!("{n} requests"), |state| state.received.len() >= n).await;
        self.requests()
    }

    /// [`wait_for_requests`](Self::wait_for_requests) for blocking code.
    pub fn wait_for_requests_blocking(&self, n: usize) -> Vec<Arc<Received>> {
        self.records.wait_blocking(&format!("{n} requests"), |state| state.received.len() >= n);
        self.requests()
    }

    /// Waits until `n` connections have been accepted since the start.
    pub async fn wait_for_connections(&self, n: u64) {
        self.records.wait(&format!("{n} connections"), |state| state.connections >= n).await;
    }

    /// [`wait_for_connections`](Self::wait_for_connections) for blocking code.
    pub fn wait_for_connections_blocking(&self, n: u64) {
        self.records.wait_blocking(&format!("{n} connections"), |state| state.connections >= n);
    }

    /// Waits until no more than `n` connections are open: what a client left behind shows here.
    pub async fn wait_for_open_connections(&self, n: u64) {
        self.records.wait(&format!("at most {n} open"), |state| state.open <= n).await;
    }

    /// [`wait_for_open_connections`](Self::wait_for_open_connections) for blocking code.
    pub fn wait_for_open_connections_blocking(&self, n: u64) {
        self.records.wait_blocking(&format!("at most {n} open"), |state| state.open <= n);
    }
}

impl fmt::Debug for FakeCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeCollector")
            .field("address", &self.address)
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}
