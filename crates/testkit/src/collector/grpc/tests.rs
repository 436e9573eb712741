//! The collector, seen by a client that is the `h2` crate's and nothing more.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use http::{HeaderMap, Request, StatusCode};
use prost::Message;
use tokio::net::TcpStream;

use crate::proto::{
    ExportMetricsServiceRequest, Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
    metric::Data, rpc,
};
use crate::{
    Encoding, FakeCollector, Fate, GrpcReply, GrpcStatus, Part, Reply, Response, hang_guard,
};

const LIMIT: Duration = Duration::from_secs(30);
const PATH: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

fn run<F: Future>(test: impl FnOnce() -> F + Send + 'static) {
    hang_guard(LIMIT, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(test());
    });
}

fn batch(points: usize) -> ExportMetricsServiceRequest {
    let data_points = vec![NumberDataPoint::default(); points];
    let metric = Metric { data: Some(Data::Gauge(Gauge { data_points })), ..Metric::default() };
    let scope = ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() };
    let resource = ResourceMetrics { scope_metrics: vec![scope], ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource] }
}

fn framed(flag: u8, message: &[u8]) -> Bytes {
    [&[flag][..], &(message.len() as u32).to_be_bytes(), message].concat().into()
}

struct Answer {
    status: StatusCode,
    head: HeaderMap,
    data: Vec<u8>,
    trailers: HeaderMap,
}

async fn connect(collector: &FakeCollector) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(collector.addr()).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(async move { drop(connection.await) });
    client
}

async fn call(
    client: SendRequest<Bytes>,
    headers: &[(&'static str, &'static str)],
    body: Bytes,
) -> Result<Answer, h2::Error> {
    let mut client = client.ready().await?;
    let mut request = Request::post(format!("http://localhost{PATH}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (response, mut stream) = client.send_request(request.body(()).unwrap(), false)?;
    stream.send_data(body, true)?;
    let (head, mut body) = response.await?.into_parts();
    let mut data = Vec::new();
    while let Some(some) = body.data().await {
        let some = some?;
        body.flow_control().release_capacity(some.len())?;
        data.extend_from_slice(&some);
    }
    let trailers = body.trailers().await?.unwrap_or_default();
    Ok(Answer { status: head.status, head: head.headers, data, trailers })
}

const GRPC: [(&str, &str); 2] = [("content-type", "application/grpc"), ("te", "trailers")];

/// What a client meets that sends three points.
async fn meet(reply: impl Into<Reply>) -> (FakeCollector, Result<Answer, h2::Error>) {
    let collector = FakeCollector::start_grpc();
    collector.script([reply.into()]);
    let body = framed(0, &batch(3).encode_to_vec());
    let answer = call(connect(&collector).await, &GRPC, body).await;
    (collector, answer)
}

#[test]
fn requests_are_decoded_and_recorded() {
    run(|| async {
        let collector = FakeCollector::start_grpc();
        let raw = batch(3).encode_to_vec();
        let zstd = zstd::encode_all(&*raw, 1).unwrap();
        let client = connect(&collector).await;
        for (flag, coding, body) in [(0, "identity", &raw), (1, "zstd", &zstd), (0, "zstd", &raw)] {
            let headers = [GRPC[0], GRPC[1], ("grpc-encoding", coding)];
            let answer = call(client.clone(), &headers, framed(flag, body)).await.unwrap();
            assert_eq!((answer.status, &*answer.data), (StatusCode::OK, &[0; 5][..]));
            assert_eq!(answer.trailers["grpc-status"], "0");
            let received = collector.take_requests().pop().unwrap();
            assert_eq!(received.request, Ok(batch(3)), "{flag} {coding}");
            assert_eq!((received.raw_bytes, &*received.body), (raw.len() as u64, &**body));
            assert_eq!((received.accepted_points(), received.connection), (3, 1));
        }
        assert_eq!(collector.violations(), [""; 0]);
    });
}

#[test]
fn what_no_client_sends_is_a_violation() {
    run(|| async {
        let good = framed(0, &batch(1).encode_to_vec());
        let cut = good.slice(..good.len() - 1);
        let table: [(&[(&str, &str)], &Bytes); 5] = [
            (&[GRPC[0]], &good),
            (&[GRPC[1], ("content-type", "application/x-protobuf")], &good),
            (&[GRPC[0], GRPC[1], ("grpc-timeout", "1.5S")], &good),
            (&GRPC, &cut),
            (&GRPC, &framed(2, b"")),
        ];
        for (headers, body) in table {
            let collector = FakeCollector::start_grpc();
            let answer = call(connect(&collector).await, headers, body.clone()).await.unwrap();
            assert_eq!(answer.head["grpc-status"], "3", "{headers:?}");
            assert_eq!(collector.violations().len(), 1, "{headers:?}");
            assert_eq!(collector.accepted_points(), 0);
        }
    });
}

#[test]
fn statuses_stand_in_trailers_alone_or_behind_a_head() {
    run(|| async {
        let details = rpc::Status::new(14, "later").with_retry_delay(2, 0);
        let status = GrpcStatus::new(14).message("später").details(&details);
        let (_collector, answer) = meet(status.clone()).await;
        let answer = answer.unwrap();
        assert_eq!((&*answer.data, answer.trailers.len()), (&b""[..], 0));
        assert_eq!(answer.head["grpc-message"], "sp%C3%A4ter");
        let (collector, answer) = meet(status.after_head()).await;
        let answer = answer.unwrap();
        assert!(answer.head.get("grpc-status").is_none());
        assert_eq!(answer.trailers["grpc-status"], "14");
        assert!(answer.trailers.contains_key("grpc-status-details-bin"));
        assert_eq!(
            (collector.requests()[0].grpc_status, collector.accepted_points()),
            (Some(14), 0)
        );
    });
}

#[test]
fn what_a_server_can_do_wrong() {
    run(|| async {
        let (_collector, answer) = meet(Response::new(502).body("bad gateway")).await;
        let answer = answer.unwrap();
        assert_eq!((answer.status.as_u16(), &*answer.data), (502, &b"bad gateway"[..]));
        assert!(answer.trailers.is_empty());

        for trailers in [false, true] {
            let (collector, answer) = meet(GrpcReply::WithoutStatus { trailers }).await;
            let answer = answer.unwrap();
            assert_eq!(answer.trailers.len(), usize::from(trailers));
            assert!(!answer.trailers.contains_key("grpc-status"));
            assert_eq!(collector.accepted_points(), 0);
        }

        for encoding in [Encoding::Gzip, Encoding::Zstd] {
            for reply in [GrpcReply::Compressed(encoding).into(), Reply::Bomb(encoding)] {
                let (_collector, answer) = meet(reply).await;
                let answer = answer.unwrap();
                assert_eq!(answer.data[0], 1);
                assert!(answer.head.contains_key("grpc-encoding"));
            }
        }

        let (_collector, answer) = meet(GrpcReply::Frames(Bytes::from_static(b"\xff??"))).await;
        assert_eq!(answer.unwrap().data, b"\xff??");

        let drip = Reply::Drip { part: Part::Body, bytes: 50, every: Duration::from_micros(50) };
        let (_collector, answer) = meet(drip).await;
        assert!(answer.unwrap().data.len() > 500);
    });
}

#[test]
fn streams_and_connections_that_break() {
    run(|| async {
        for code in 0..=13 {
            let (collector, answer) = meet(GrpcReply::Reset(code)).await;
            let error = answer.err().unwrap();
            assert!(error.is_reset() && error.is_remote());
            assert_eq!(error.reason(), Some(Reason::from(code)));
            assert_eq!(collector.requests().len(), 1);
        }
        let (_collector, answer) = meet(GrpcReply::ResetMidway(2)).await;
        assert!(answer.err().unwrap().is_reset());

        let go_away = |code, request| GrpcReply::GoAway { code, request };
        for code in [0, 11] {
            let (collector, answer) = meet(go_away(code, Fate::Unprocessed)).await;
            let error = answer.err().unwrap();
            assert!(error.is_go_away() && error.is_remote(), "{error:?}");
            assert_eq!(collector.requests().len(), 0);
            let (collector, answer) = meet(go_away(code, Fate::Answered)).await;
            assert_eq!(answer.unwrap().trailers["grpc-status"], "0");
            assert_eq!(collector.accepted_points(), 3);
            let (collector, answer) = meet(go_away(code, Fate::Lost)).await;
            let error = answer.err().unwrap();
            assert!(!error.is_go_away(), "{error:?}");
            assert_eq!((collector.requests().len(), collector.accepted_points()), (1, 0));
        }
        for reply in [
            Reply::ResetBeforeReply,
            Reply::ResetAfter(20),
            Reply::ResetDuringRequest(3),
            Reply::Grpc(GrpcReply::NotHttp2),
        ] {
            let (collector, answer) = meet(reply.clone()).await;
            assert!(answer.is_err(), "{reply:?}");
            collector.wait_for_open_connections(0).await;
        }
        let (collector, answer) = meet(Reply::CloseAfterReply).await;
        assert_eq!(answer.unwrap().trailers["grpc-status"], "0");
        collector.wait_for_open_connections(0).await;
    });
}

#[test]
fn one_connection_has_many_streams_and_hanging_ones_hold_up_no_other() {
    run(|| async {
        let collector = FakeCollector::start_grpc();
        collector.script([Reply::Hang]);
        let client = connect(&collector).await;
        let body = framed(0, &batch(1).encode_to_vec());
        let hanging = tokio::spawn(call(client.clone(), &GRPC, body.clone()));
        collector.wait_for_requests(1).await;
        assert!(call(client.clone(), &GRPC, body).await.is_ok());
        assert_eq!((collector.connections(), collector.requests().len()), (1, 2));
        hanging.abort();
        drop(client);
        collector.wait_for_open_connections(0).await;
    });
}
