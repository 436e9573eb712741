//! The collector, seen by a client that is nothing but a socket.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use prost::Message;
use serde_json::Value;

use super::*;
use crate::proto::{
    ExportMetricsServiceResponse, Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
    metric::Data, rpc,
};
use crate::{Encoding, Garbage, Part, Response, hang_guard, within};

const PROTOBUF: &str = "content-type: application/x-protobuf";
const JSON: &str = "content-type: application/json; charset=utf-8";
const TEXT: &[u8] = br#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
    {"gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}"#;
/// Far above what a test takes; nothing waits for it.
const LIMIT: Duration = Duration::from_secs(30);

fn batch(points: usize) -> ExportMetricsServiceRequest {
    let data_points = vec![NumberDataPoint::default(); points];
    let metric = Metric { data: Some(Data::Gauge(Gauge { data_points })), ..Metric::default() };
    let scope = ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() };
    let resource = ResourceMetrics { scope_metrics: vec![scope], ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource] }
}

struct Client<S>(S);

#[derive(Debug)]
struct Answer {
    code: u16,
    head: String,
    body: Vec<u8>,
}

impl Client<TcpStream> {
    fn connect(collector: &FakeCollector) -> Self {
        let stream = TcpStream::connect(collector.addr()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Self(stream)
    }
}

impl<S: Read + Write> Client<S> {
    fn post(&mut self, header: &str, body: &[u8]) -> &mut Self {
        let length = body.len();
        let head =
            format!("POST /v1/metrics HTTP/1.1\r\n{header}\r\ncontent-length: {length}\r\n\r\n");
        self.0.write_all(&[head.as_bytes(), body].concat()).unwrap();
        self
    }

    fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            assert_eq!(self.0.read(&mut byte).unwrap(), 1, "{:?}", String::from_utf8_lossy(&head));
            head.push(byte[0]);
        }
        String::from_utf8(head).unwrap()
    }

    fn answer(&mut self) -> Answer {
        let head = self.head();
        let code = head[9..12].parse().unwrap();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body).unwrap();
        Answer { code, head, body }
    }

    fn is_at_end(&mut self) -> bool {
        self.0.read(&mut [0]).unwrap() == 0
    }

    fn is_reset(&mut self) -> bool {
        self.0.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::ConnectionReset)
    }
}

/// A collector with this script, and the answer to the first request.
fn meet(reply: Reply) -> (FakeCollector, Client<TcpStream>) {
    let collector = FakeCollector::start();
    collector.script([reply]);
    let mut client = Client::connect(&collector);
    client.post(PROTOBUF, &batch(3).encode_to_vec());
    (collector, client)
}

#[test]
fn requests_are_decoded_and_recorded() {
    let collector = FakeCollector::start();
    let mut client = Client::connect(&collector);
    let raw = batch(3).encode_to_vec();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&raw).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(&*raw, 1).unwrap();
    let table = [
        (PROTOBUF.to_owned(), &raw),
        (format!("{PROTOBUF}\r\ncontent-encoding: gzip"), &gzip),
        (format!("{PROTOBUF}\r\ncontent-encoding: zstd"), &zstd),
    ];
    for (number, (header, body)) in table.iter().enumerate() {
        let answer = client.post(header, body).answer();
        assert_eq!((answer.code, &*answer.body), (200, &b""[..]), "{header}");
        assert!(answer.head.contains("application/x-protobuf"));
        let received = collector.requests().pop().unwrap();
        assert_eq!(received.request, Ok(batch(3)), "{header}");
        assert_eq!(received.wire_bytes, body.len() as u64);
        assert_eq!((received.raw_bytes, &received.body[..]), (raw.len() as u64, &body[..]));
        assert_eq!((&*received.path, received.connection), ("/v1/metrics", 1));
        assert_eq!(collector.requests().len(), number + 1);
    }
    let answer = client.post(JSON, TEXT).answer();
    assert_eq!((answer.code, &*answer.body), (200, &b"{}"[..]));
    assert_eq!((collector.points(), collector.accepted_points()), (10, 10));
    assert_eq!((collector.connections(), collector.open_connections()), (1, 1));
    assert_eq!(collector.take_requests().len(), 4);
    assert!(collector.received_batches().is_empty() && collector.violations().is_empty());
}

#[test]
fn chunked_bodies_arrive_whole() {
    let collector = FakeCollector::start();
    let mut client = Client::connect(&collector);
    let raw = batch(30).encode_to_vec();
    let head = format!("POST /p HTTP/1.1\r\n{PROTOBUF}\r\ntransfer-encoding: chunked\r\n\r\n");
    client.0.write_all(head.as_bytes()).unwrap();
    for chunk in raw.chunks(7) {
        client.0.write_all(format!("{:x};x=y\r\n", chunk.len()).as_bytes()).unwrap();
        client.0.write_all(&[chunk, b"\r\n"].concat()).unwrap();
    }
    client.0.write_all(b"0\r\ntrailer: 1\r\n\r\n").unwrap();
    assert_eq!(client.answer().code, 200);
    assert_eq!(client.post(PROTOBUF, &raw).answer().code, 200);
    assert_eq!(collector.received_batches(), [batch(30), batch(30)]);
}

#[test]
fn a_client_that_waits_is_told_to_continue() {
    let collector = FakeCollector::start();
    let mut client = Client::connect(&collector);
    let head =
        format!("POST / HTTP/1.1\r\n{PROTOBUF}\r\nexpect: 100-continue\r\ncontent-length: 0");
    client.0.write_all(format!("{head}1\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.0.write_all(b"\n").unwrap();
    assert_eq!(client.answer().code, 400);
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    let gzip = format!("{PROTOBUF}\r\ncontent-encoding: gzip");
    let brotli = format!("{PROTOBUF}\r\ncontent-encoding: br");
    let table: [(&str, &[u8], u16, &str); 6] = [
        (PROTOBUF, b"\x0a\x7f", 400, "not an export request"),
        (JSON, br#"{"resource_metrics":[]}"#, 400, "resource_metrics: unknown name"),
        (&gzip, b"gzip?", 400, "cannot be decompressed"),
        (&brotli, b"", 415, "an unknown compression"),
        ("content-type: text/plain", b"", 415, "Content-Type"),
        ("accept: */*", b"", 415, "Content-Type"),
    ];
    let collector = FakeCollector::start();
    let mut client = Client::connect(&collector);
    for (header, body, code, why) in table {
        let answer = client.post(header, body).answer();
        assert_eq!(answer.code, code, "{header}");
        let message = if header == JSON {
            serde_json::from_slice::<Value>(&answer.body).unwrap()["message"].to_string()
        } else {
            rpc::Status::decode(&*answer.body).unwrap().message
        };
        assert!(message.contains(why), "{message}");
        let received = collector.requests().pop().unwrap();
        assert!(received.request.as_ref().unwrap_err().contains(why), "{received:?}");
    }
    collector.json_rules(Rules::Receiver);
    assert_eq!(client.post(JSON, br#"{"resource_metrics":[]}"#).answer().code, 200);
    assert_eq!(collector.accepted_points(), 0);
}

#[test]
fn broken_http_is_a_violation() {
    let table = [
        ("nonsense\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n", "413"),
        ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nx\r\n", "400"),
        ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n", "400"),
    ];
    let collector = FakeCollector::start();
    for (number, (text, code)) in table.iter().enumerate() {
        let mut client = Client::connect(&collector);
        client.0.write_all(text.as_bytes()).unwrap();
        let answer = client.answer();
        assert_eq!(&answer.head[9..12], *code, "{text}");
        assert!(client.is_at_end());
        assert_eq!(collector.violations().len(), number + 1);
    }
    assert!(collector.requests().is_empty());
}

#[test]
fn scripted_statuses() {
    let throttled = rpc::Status::new(8, "slow down").with_retry_delay(2, 0);
    let table: [(Reply, u16, &str, &[u8]); 5] = [
        (
            Response::new(503).header("retry-after", "7").body("busy").into(),
            503,
            "503 Service Unavailable\r\nretry-after: 7\r\ncontent-type: text/plain",
            b"busy",
        ),
        (
            Response::new(429).rpc(throttled.clone()).into(),
            429,
            "application/x-protobuf",
            &throttled.encode_to_vec(),
        ),
        (
            Reply::Redirect { status: 307, location: "http://elsewhere/".into() },
            307,
            "location: http://elsewhere/\r\n",
            b"",
        ),
        (Reply::Garbage(Garbage::Html), 200, "content-type: text/html", b"<!DOCTYPE html>"),
        (Reply::Garbage(Garbage::Truncated), 200, "application/x-protobuf", b"\x0a\x7f"),
    ];
    for (reply, code, head, body) in table {
        let (collector, mut client) = meet(reply);
        let answer = client.answer();
        assert_eq!(answer.code, code);
        assert!(answer.head.contains(head), "{}", answer.head);
        assert!(answer.body.starts_with(body), "{answer:?}");
        assert_eq!(collector.requests()[0].status, Some(code));
        assert_eq!(client.post(PROTOBUF, b"").answer().code, 200, "after the script");
    }
}

#[test]
fn partial_successes() {
    let partial = || Reply::PartialSuccess { rejected: 2, message: "old".into() };
    let (collector, mut client) = meet(partial());
    let answer = ExportMetricsServiceResponse::decode(&*client.answer().body).unwrap();
    let success = answer.partial_success.unwrap();
    assert_eq!((success.rejected_data_points, &*success.error_message), (2, "old"));
    assert_eq!((collector.points(), collector.accepted_points()), (3, 1));
    collector.script([partial()]);
    let answer = client.post(JSON, TEXT).answer();
    let answer = crate::json::response(&answer.body, Rules::Writer).unwrap();
    assert_eq!(answer.partial_success, Some(success));
}

#[test]
fn the_standing_reply_can_be_changed_and_chosen() {
    let collector = FakeCollector::start();
    let mut client = Client::connect(&collector);
    collector.answer_with(|received| {
        if received.wire_bytes > 10 { Response::new(413).into() } else { Reply::Ok }
    });
    assert_eq!(client.post(PROTOBUF, &batch(30).encode_to_vec()).answer().code, 413);
    assert_eq!(client.post(PROTOBUF, &batch(1).encode_to_vec()).answer().code, 200);
    assert_eq!((collector.points(), collector.accepted_points()), (31, 1));
    collector.default_reply(Response::new(404).into());
    assert_eq!(client.post(PROTOBUF, b"").answer().code, 404);
}

#[test]
fn a_hung_request_ends_when_the_client_leaves() {
    let (collector, mut client) = meet(Reply::Hang);
    let received = collector.wait_for_requests_blocking(1);
    assert_eq!(received[0].status, None);
    assert_eq!(collector.open_connections(), 1);
    client.0.shutdown(Shutdown::Write).unwrap();
    assert!(client.is_at_end(), "nothing was answered");
    collector.wait_for_open_connections_blocking(0);
    assert_eq!(collector.accepted_points(), 0);
}

#[test]
fn resets() {
    let (collector, mut client) = meet(Reply::ResetBeforeReply);
    assert!(client.is_reset());
    assert_eq!(collector.points(), 3);

    let (_collector, mut client) = meet(Reply::ResetAfter(12));
    let mut start = [0; 12];
    client.0.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    assert!(client.is_reset());

    let (collector, mut client) = meet(Reply::ResetDuringRequest(2));
    assert!(client.is_reset());
    assert!(collector.requests().is_empty());

    let (_collector, mut client) = meet(Reply::CloseAfterReply);
    let answer = client.answer();
    assert!(!answer.head.contains("connection"), "{}", answer.head);
    assert!(client.is_at_end());

    let (_collector, mut client) = meet(Reply::Garbage(Garbage::NotHttp));
    let mut all = Vec::new();
    client.0.read_to_end(&mut all).unwrap();
    assert!(!all.starts_with(b"HTTP") && !all.is_empty());
}

#[test]
fn drips_arrive_in_the_end_and_stop_with_the_client() {
    for part in [Part::Head, Part::Body] {
        let every = Duration::from_micros(50);
        let (_collector, mut client) = meet(Reply::Drip { part, bytes: 1, every });
        let answer = client.answer();
        assert_eq!(answer.code, 200);
        assert_eq!(answer.body.is_empty(), part == Part::Head);
        assert_eq!(client.post(PROTOBUF, b"").answer().code, 200);

        let (collector, client) = meet(Reply::Drip { part, bytes: 0, every: LIMIT * 100 });
        collector.wait_for_requests_blocking(1);
        drop(client);
        collector.wait_for_open_connections_blocking(0);
    }
}

#[test]
fn bodies_beyond_every_limit() {
    for (declared, framing) in [(true, "content-length: 10737418240"), (false, "chunked")] {
        let (collector, mut client) = meet(Reply::Oversized { declared });
        assert!(client.head().contains(framing));
        let mut some = vec![0; 5 << 20];
        client.0.read_exact(&mut some).unwrap();
        drop(client);
        collector.wait_for_open_connections_blocking(0);
    }
}

#[test]
fn bombs_are_small_outside() {
    for encoding in [Encoding::Gzip, Encoding::Zstd] {
        let (_collector, mut client) = meet(Reply::Bomb(encoding));
        let body = client.answer().body;
        let raw = match encoding {
            Encoding::Gzip => {
                std::io::copy(&mut flate2::read::GzDecoder::new(&*body), &mut std::io::sink())
            }
            Encoding::Zstd => {
                let decoder = zstd::Decoder::new(&*body).unwrap();
                std::io::copy(&mut { decoder }, &mut std::io::sink())
            }
        };
        assert_eq!(raw.unwrap(), 16 << 20);
        assert!(body.len() < 32_000, "{}", body.len());
    }
}

#[test]
fn floods_of_heads() {
    let (collector, mut client) = meet(Reply::ContinueFlood);
    for _ in 0..100 {
        assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    }
    drop(client);
    collector.wait_for_open_connections_blocking(0);

    let (_collector, mut client) = meet(Reply::HugeHeaders { count: 1000, bytes: 100 });
    let answer = client.answer();
    assert!(answer.head.len() > 100_000 && answer.head.contains("x-999: xxx"));
}

#[test]
fn it_goes_down_and_comes_back_on_the_same_port() {
    let collector = FakeCollector::start();
    let mut inside = Client::connect(&collector);
    assert_eq!(inside.post(PROTOBUF, b"").answer().code, 200);
    for _ in 0..3 {
        collector.refuse();
        let refused = TcpStream::connect(collector.addr()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(collector.open_connections(), 0);
        collector.resume();
        assert_eq!(Client::connect(&collector).post(PROTOBUF, b"").answer().code, 200);
    }
    assert!(inside.is_at_end());
}

#[test]
fn a_held_door_keeps_newcomers_waiting() {
    let collector = FakeCollector::start();
    let mut inside = Client::connect(&collector);
    assert_eq!(inside.post(PROTOBUF, b"").answer().code, 200);
    collector.hold_accept();
    let mut outside = Client::connect(&collector);
    outside.post(PROTOBUF, b"");
    assert_eq!(inside.post(PROTOBUF, b"").answer().code, 200);
    assert_eq!((collector.connections(), collector.requests().len()), (1, 2));
    collector.resume();
    assert_eq!(outside.answer().code, 200);
    collector.wait_for_connections_blocking(2);
}

#[test]
fn dropping_it_ends_everything() {
    let (collector, mut client) = meet(Reply::Hang);
    collector.wait_for_requests_blocking(1);
    let address = collector.addr();
    hang_guard(LIMIT, move || drop(collector));
    assert!(client.is_at_end());
    assert!(TcpStream::connect(address).is_err());
}

#[tokio::test(start_paused = true)]
async fn waiting_goes_by_the_real_clock() {
    within(LIMIT, async {
        let collector = FakeCollector::start();
        let address = collector.addr();
        let sender = std::thread::spawn(move || {
            let mut client = Client(TcpStream::connect(address).unwrap());
            client.post(PROTOBUF, b"").post(PROTOBUF, b"");
            client
        });
        assert_eq!(collector.wait_for_requests(2).await.len(), 2);
        collector.wait_for_connections(1).await;
        drop(sender.join().unwrap());
        collector.wait_for_open_connections(0).await;
    })
    .await;
}

#[test]
fn no_header_value_is_printed() {
    let collector = FakeCollector::start();
    let header = format!("{PROTOBUF}\r\nauthorization: Bearer hunter2");
    Client::connect(&collector).post(&header, b"").answer();
    let received = &collector.requests()[0];
    assert_eq!(received.header("Authorization"), Some("Bearer hunter2"));
    let printed = format!("{collector:?} {received:?}");
    assert!(printed.contains("authorization") && !printed.contains("hunter2"), "{printed}");
}
