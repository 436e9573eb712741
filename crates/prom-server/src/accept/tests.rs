use std::sync::Mutex;

use async_trait::async_trait;
use meterport_prom_pull::{PrometheusExporter, ScrapeService};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::{mpsc, oneshot};

use super::*;

/// Gives what it is sent, errors included, and notes when it is asked.
struct Scripted {
    given: mpsc::UnboundedReceiver<io::Result<DuplexStream>>,
    asked: Arc<Mutex<Vec<Instant>>>,
}

#[async_trait]
impl Accept for Scripted {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        self.asked.lock().unwrap().push(Instant::now());
        match self.given.recv().await {
            Some(given) => given.map(|stream| Box::new(stream) as Box<dyn Stream>),
            None => std::future::pending().await,
        }
    }
}

struct Fixture {
    give: mpsc::UnboundedSender<io::Result<DuplexStream>>,
    asked: Arc<Mutex<Vec<Instant>>>,
    stop: Option<oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<()>,
}

fn start(limits: Limits) -> Fixture {
    let (give, given) = mpsc::unbounded_channel();
    let (stop, stopped) = oneshot::channel();
    let asked = Arc::<Mutex<Vec<Instant>>>::default();
    let exporter = PrometheusExporter::builder().build();
    let service = ScrapeService::builder().producer(exporter).build().unwrap();
    let routes = Arc::new(Routes::new(service, "/metrics".into(), true, None));
    let listener = Box::new(Scripted { given, asked: Arc::clone(&asked) });
    let task = tokio::spawn(async move {
        run(listener, routes, limits, async { drop(stopped.await) }).await;
    });
    Fixture { give, asked, stop: Some(stop), task }
}

impl Fixture {
    /// A connection whose pipe holds so many bytes.
    fn connect(&self, room: usize) -> DuplexStream {
        let (client, server) = duplex(room);
        self.give.send(Ok(server)).unwrap();
        client
    }

    async fn end(mut self) -> Duration {
        let begin = Instant::now();
        drop(self.stop.take());
        self.task.await.unwrap();
        begin.elapsed()
    }
}

/// What the server says until it closes.
async fn rest(client: &mut DuplexStream) -> String {
    let mut text = Vec::new();
    client.read_to_end(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

const GET: &[u8] = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn without_descriptors_it_waits_longer_and_longer() {
    let server = start(Limits::default());
    for _ in 0..12 {
        server.give.send(Err(io::Error::from_raw_os_error(24))).unwrap();
    }
    server.give.send(Err(io::ErrorKind::ConnectionAborted.into())).unwrap();
    let mut client = server.connect(64 * 1024);
    client
        .write_all(b"GET /-/healthy HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    assert!(rest(&mut client).await.starts_with("HTTP/1.1 200 OK\r\n"));
    let asked = server.asked.lock().unwrap().clone();
    let waits: Vec<_> = asked.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
    // A paused clock rounds up to the next millisecond.
    let expected = [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000, 1_000, 1_000, 0, 0];
    assert_eq!(waits.len(), expected.len());
    for (wait, expected) in waits.iter().zip(expected) {
        assert!((expected..=expected + 1).contains(wait), "{waits:?}");
    }
    server.end().await;
}

#[tokio::test(start_paused = true)]
async fn clients_that_take_too_long_are_cut() {
    let table: [(&[u8], &[u8], usize, u64); 5] = [
        // Says nothing.
        (b"", b"", 64 * 1024, 5),
        // Never ends its head.
        (b"", b"GET /metrics HTTP/1.1\r\nhost: ", 64 * 1024, 5),
        // Takes an answer and stays.
        (GET, b"", 64 * 1024, 120),
        // Reads nothing of the answer.
        (b"", GET, 64, 10),
        // Takes an answer, and never ends its second head.
        (GET, b"GET", 64 * 1024, 5),
    ];
    for (first, then, room, seconds) in table {
        let server = start(Limits::default());
        let mut client = server.connect(room);
        if !first.is_empty() {
            client.write_all(first).await.unwrap();
            tokio::time::advance(Duration::from_secs(1)).await;
            assert!(!is_cut(&mut client, room).await);
        }
        client.write_all(then).await.unwrap();
        let begin = Instant::now();
        while !is_cut(&mut client, room).await && begin.elapsed() < Duration::from_secs(300) {
            tokio::time::advance(Duration::from_millis(100)).await;
            tokio::task::yield_now().await;
        }
        // What was before may count.
        let limit = Duration::from_secs(seconds);
        let range = limit - Duration::from_secs(2)..limit + Duration::from_secs(1);
        assert!(range.contains(&begin.elapsed()), "{seconds} s, but {:?}", begin.elapsed());
        server.end().await;
    }
}

/// Whether the pipe is closed. What a slow client has not read stays unread.
async fn is_cut(client: &mut DuplexStream, room: usize) -> bool {
    if room < 1_024 {
        // A write fails once the other end is dropped.
        return poll_once(Pin::new(client).write(b"x")).await.is_some_and(|sent| sent.is_err());
    }
    let mut buffer = [0; 4_096];
    loop {
        match poll_once(client.read(&mut buffer)).await {
            Some(Ok(0) | Err(_)) => return true,
            Some(Ok(_)) => {}
            None => return false,
        }
    }
}

async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn one_connection_more_is_refused_at_once() {
    let server = start(Limits { connections: 2, ..Limits::default() });
    let mut kept: Vec<_> = (0..2).map(|_| server.connect(64 * 1024)).collect();
    let refused = rest(&mut server.connect(64 * 1024)).await;
    assert_eq!(refused.as_bytes(), TOO_MANY);
    let body = refused.split("\r\n\r\n").nth(1).unwrap();
    assert!(refused.contains(&format!("content-length: {}\r\n", body.len())));
    // A place that is left can be had.
    drop(kept.pop());
    tokio::time::advance(Duration::from_millis(1)).await;
    let mut client = server.connect(64 * 1024);
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(rest(&mut client).await.starts_with("HTTP/1.1 200 OK\r\n"));
    server.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_end_waits_for_answers_but_not_for_ever() {
    let server = start(Limits::default());
    let mut idle = server.connect(64 * 1024);
    idle.write_all(GET).await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    // An idle connection is closed at once.
    assert!(server.end().await < Duration::from_secs(1));
    // One that reads nothing is cut when its time is up.
    let server = start(Limits { grace: Duration::from_secs(3), ..Limits::default() });
    let mut slow = server.connect(64);
    slow.write_all(GET).await.unwrap();
    tokio::time::advance(Duration::from_millis(1)).await;
    let took = server.end().await;
    assert!((Duration::from_secs(3)..Duration::from_secs(4)).contains(&took), "{took:?}");
}
