//! The other side: a listener on a thread of its own, which does to each connection what the
//! test says, byte by byte.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use meterport_net::{Endpoint, HttpClient, HttpClientBuilder};

/// The longest that any test here may take, in real time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends the whole test process if the test that holds it hangs.
pub(crate) struct Guard(#[allow(dead_code, reason = "its drop is the signal")] mpsc::Sender<()>);

impl Guard {
    pub(crate) fn new() -> Self {
        let (alive, ended) = mpsc::channel::<()>();
        let name = thread::current().name().unwrap_or("a test").to_owned();
        thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = writeln!(std::io::stderr(), "{name} hangs");
                std::process::exit(101);
            }
        });
        Self(alive)
    }
}

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// One accepted connection.
pub(crate) struct Conn<S> {
    stream: S,
    /// Counts the connections of this peer, from 0.
    pub(crate) number: usize,
    seen: tokio::sync::mpsc::UnboundedSender<Event>,
}

#[derive(Debug)]
pub(crate) enum Event {
    Request(Received),
    /// The script of a connection has ended, and the connection is closed.
    Closed(usize),
}

impl<S: Read + Write> Conn<S> {
    /// Reads one request to its end; `None` if the client closes first.
    pub(crate) fn request(&mut self) -> Option<Received> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte()?);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok()
        });
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body).ok()?;
        let received = Received { head, body };
        let _ = self.seen.send(Event::Request(received.clone()));
        Some(received)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        (self.stream.read(&mut byte).ok()? == 1).then_some(byte[0])
    }

    /// Writes; `false` once the client has gone.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// A whole answer, after which the connection stays open.
    pub(crate) fn answer(&mut self, status: &str, headers: &str, body: &[u8]) -> bool {
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
        self.write(&[head.as_bytes(), body].concat())
    }

    /// Waits until the client closes the connection.
    pub(crate) fn until_closed(&mut self) {
        while self.byte().is_some() {}
    }

    /// Answers every request with 200 until the client closes.
    pub(crate) fn serve(&mut self) {
        while let Some(request) = self.request() {
            if !self.answer("200 OK", "", &request.body) {
                return;
            }
        }
    }
}

/// A peer that is running. It ends with the test process.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    events: tokio::sync::mpsc::UnboundedReceiver<Event>,
}

impl Peer {
    /// Does `script` to each connection, all of them at once.
    pub(crate) fn start(script: impl Fn(&mut Conn<TcpStream>) + Clone + Send + 'static) -> Self {
        Self::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(), script)
    }

    pub(crate) fn on(
        listener: TcpListener,
        script: impl Fn(&mut Conn<TcpStream>) + Clone + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let (seen, events) = tokio::sync::mpsc::unbounded_channel();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                run(number, stream.unwrap(), &seen, script.clone());
            }
        });
        Self { address, events }
    }

    /// A peer that answers everything.
    pub(crate) fn serving() -> Self {
        Self::start(Conn::serve)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1/metrics", self.address)
    }

    pub(crate) fn builder(&self) -> HttpClientBuilder {
        HttpClient::builder(&Endpoint::parse("endpoint", &self.url(), false).unwrap())
    }

    pub(crate) fn client(&self) -> HttpClient {
        self.builder().build().unwrap()
    }

    pub(crate) fn post(&self) -> Request<Bytes> {
        post(&self.url())
    }

    /// The next request that has arrived.
    pub(crate) async fn received(&mut self) -> Received {
        loop {
            match self.events.recv().await.unwrap() {
                Event::Request(request) => return request,
                Event::Closed(_) => {}
            }
        }
    }

    /// Waits until the script of this connection has ended and the connection is closed.
    pub(crate) async fn closed(&mut self, number: usize) {
        while !matches!(self.events.recv().await.unwrap(), Event::Closed(n) if n == number) {}
    }

    /// What has arrived by now.
    pub(crate) fn all(&mut self) -> Vec<Received> {
        let mut all = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let Event::Request(request) = event {
                all.push(request);
            }
        }
        all
    }
}

pub(crate) fn run<S: Read + Write + Send + 'static>(
    number: usize,
    stream: S,
    seen: &tokio::sync::mpsc::UnboundedSender<Event>,
    script: impl Fn(&mut Conn<S>) + Send + 'static,
) {
    let seen = seen.clone();
    thread::spawn(move || {
        let mut conn = Conn { stream, number, seen: seen.clone() };
        script(&mut conn);
        drop(conn);
        let _ = seen.send(Event::Closed(number));
    });
}

pub(crate) fn post(url: &str) -> Request<Bytes> {
    Request::post(url).body(Bytes::from_static(b"the body")).unwrap()
}
