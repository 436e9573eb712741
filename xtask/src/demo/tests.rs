use std::time::Duration;

use meterport_decorators::RetryPolicy;
use meterport_otlp_http::Format;
use meterport_testkit::{FakeCollector, GrpcStatus, Reply, Response, hang_guard};

use super::*;

const LIMIT: Duration = Duration::from_secs(60);
/// Nothing happens by itself during a test.
const NEVER: Duration = Duration::from_secs(100_000);

fn soon() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(30))
}

/// A snapshot for each who asks.
fn fresh() -> Arc<Snapshots> {
    Arc::new(Snapshots::new(Duration::ZERO))
}

/// One more attempt, at once.
fn quick() -> Reliability {
    let retry = RetryPolicy::default()
        .with_initial_interval(Duration::from_millis(1))
        .with_max_attempts(Some(2));
    Reliability::default().with_retry(retry)
}

/// Exports twice, ends with a third, and judges.
fn drive(mut lanes: Vec<Lane>) -> Result<Vec<Figures>> {
    for _ in 0..2 {
        lanes.iter().for_each(|lane| lane.flush(soon()));
        lanes.iter_mut().for_each(Lane::settle);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for lane in &mut lanes {
            lane.finish(soon()).await;
        }
    });
    judge(lanes.iter().flat_map(Lane::verdict)).map(|()| figures(&lanes))
}

#[test]
fn everything_arrives_on_every_transport() {
    hang_guard(LIMIT, || {
        let lanes = start(&Destination::default(), &fresh(), NEVER, &quick()).unwrap();
        let figures = drive(lanes).unwrap();
        assert_eq!(figures.len(), transports::ALL.len());
        for f in figures {
            assert_eq!(f.stats.exports, 3, "{}", f.name);
            assert_eq!(f.arrived, Some(f.produced), "{}", f.name);
            assert!(f.stats.books.wire_bytes > 0, "{}", f.name);
        }
    });
}

/// What is found with a collector that does this to the second request; over gRPC without a format.
fn found(format: Option<Format>, second: Reply) -> Result<()> {
    hang_guard(LIMIT, move || {
        let start = if format.is_some() { FakeCollector::start } else { FakeCollector::start_grpc };
        let collector = start();
        collector.script([Reply::Ok, second]);
        let connection = match format {
            Some(format) => transports::otlp_http::to(collector, format).unwrap(),
            None => transports::otlp_grpc::to(collector).unwrap(),
        };
        let lane = Lane::start("otlp", connection, &fresh(), NEVER, &quick()).unwrap();
        drive(vec![lane]).map(drop)
    })
}

#[track_caller]
fn check(format: Option<Format>, second: Reply, problem: &'static str) {
    match found(format, second) {
        Err(Failure::Failed(text)) => {
            assert!(text.starts_with("otlp: "), "{text}");
            assert!(text.contains(problem), "{text}");
        }
        other => panic!("it should have failed, but gave {other:?}"),
    }
}

#[test]
fn what_a_collector_loses_is_a_failure() {
    let partial = Reply::PartialSuccess { rejected: 3, message: "too old".into() };
    check(Some(Format::Protobuf), partial.clone(), "delivered");
    check(Some(Format::Protobuf), partial.clone(), "arrived");
    check(Some(Format::Json), partial, "too old");
    check(Some(Format::Json), Response::new(400).into(), "points did not arrive");
    check(None, Reply::PartialSuccess { rejected: 3, message: "too old".into() }, "too old");
    check(None, GrpcStatus::new(8).after_head().into(), "points did not arrive");
}

#[test]
fn what_passes_is_sent_again_and_no_failure() {
    found(Some(Format::Protobuf), Response::new(503).into()).unwrap();
    found(Some(Format::Json), Reply::ResetBeforeReply).unwrap();
    found(None, GrpcStatus::new(14).into()).unwrap();
}

#[test]
fn a_collector_that_is_not_there_is_a_failure() {
    let found = hang_guard(LIMIT, || {
        let gone = |collector: FakeCollector| Some(collector.url());
        let (http, grpc) = (gone(FakeCollector::start()), gone(FakeCollector::start_grpc()));
        let destination = Destination::new(http, grpc, |_| None);
        drive(start(&destination, &fresh(), NEVER, &quick()).unwrap()).map(drop)
    });
    let text = found.unwrap_err().to_string();
    assert!(text.contains("otlp-http protobuf: ") && text.contains("otlp-grpc: "), "{text}");
    // Its receiver is here all the same.
    assert!(!text.contains("stdout: "), "{text}");
}

#[test]
fn an_endpoint_of_the_environment_is_that_of_its_protocol() {
    let embedded = |variables: &[(&str, &str)]| {
        let lookup = |name: &str| variables.iter().find(|v| v.0 == name).map(|v| v.1.into());
        let destination = Destination::new(None, None, lookup);
        [&destination.http, &destination.grpc]
            .map(|receiver| matches!(receiver, transports::Receiver::Embedded))
    };
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c");
    assert_eq!(embedded(&[]), [true, true]);
    assert_eq!(embedded(&[endpoint]), [false, true]);
    assert_eq!(embedded(&[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]), [true, false]);
}

#[test]
fn arguments_that_make_no_sense_are_usage_errors() {
    for arguments in [
        &["--for", "soon"][..],
        &["--for"],
        &["--otlp"],
        &["now"],
        &["--faults", "--otlp=x"],
        &["--serve", "here"],
        &["--faults", "--serve=1"],
    ] {
        let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
        assert!(matches!(main(arguments), Err(Failure::Usage(_))));
    }
}
