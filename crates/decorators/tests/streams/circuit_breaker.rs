use std::time::Duration;

use meterport_core::{ErrorKind, ExportError, RetryAdvice};
use meterport_decorators::{BreakerPolicy, BreakerState, CircuitBreaker, ExporterExt};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{Answer, ScriptedExporter};

use crate::fixtures::{export, failure};

fn broken() -> (ScriptedExporter, CircuitBreaker<ScriptedExporter>) {
    let inner = ScriptedExporter::new("inner");
    inner.default_answer(Answer::Fail(failure()));
    let policy = BreakerPolicy::default().after_failures(3).open_for(Duration::from_secs(10));
    (inner.clone(), inner.circuit_breaker(policy))
}

async fn open(exporter: &CircuitBreaker<ScriptedExporter>) {
    let batch = tagged("open", 5);
    for _ in 0..3 {
        assert_eq!(exporter.state(), BreakerState::Closed);
        assert_eq!(export(exporter, &batch).await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert_eq!(exporter.state(), BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn it_opens_after_failures_in_a_row_and_probes_alone() {
    let (inner, exporter) = broken();
    let batch = tagged("breaker", 5);
    open(&exporter).await;
    tokio::time::advance(Duration::from_secs(4)).await;
    let refused = export(&exporter, &batch).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::CircuitOpen);
    assert_eq!(refused.advice(), RetryAdvice::After(Duration::from_secs(6)));
    assert_eq!((inner.calls().len(), refused.settled().attempts), (3, 0));

    // The probe fails: as long again.
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(exporter.state(), BreakerState::HalfOpen);
    assert_eq!(export(&exporter, &batch).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(export(&exporter, &batch).await.unwrap_err().kind(), ErrorKind::CircuitOpen);

    // While one probes, others are refused; it ends well, and all may.
    tokio::time::advance(Duration::from_secs(10)).await;
    inner.script([Answer::DeliverAfter(Duration::from_secs(1))]);
    let (probe, other) = tokio::join!(export(&exporter, &batch), export(&exporter, &batch));
    assert!(probe.is_ok());
    assert_eq!(other.unwrap_err().advice(), RetryAdvice::Backoff);
    assert_eq!(exporter.state(), BreakerState::Closed);
    assert_eq!(inner.calls().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_success_between_failures_keeps_it_closed() {
    let (inner, exporter) = broken();
    let fail = || Answer::Fail(failure());
    inner.script([fail(), fail(), Answer::Deliver, fail(), fail(), Answer::Reject(2), fail()]);
    for _ in 0..7 {
        let _ = export(&exporter, &tagged("mixed", 5)).await;
        assert_eq!(exporter.state(), BreakerState::Closed);
    }
}

/// Who refuses for good has answered, and who was not asked has not failed.
#[tokio::test(start_paused = true)]
async fn what_is_no_failure() {
    let (inner, exporter) = broken();
    for kind in [ErrorKind::Rejected, ErrorKind::NoRuntime, ErrorKind::Config] {
        inner.default_answer(Answer::Fail(ExportError::new(kind, "as scripted")));
        for _ in 0..5 {
            assert_eq!(export(&exporter, &tagged("no", 5)).await.unwrap_err().kind(), kind);
        }
    }
    assert_eq!(exporter.state(), BreakerState::Closed);
}

/// The next export tries in the place of one whose future was dropped.
#[tokio::test(start_paused = true)]
async fn a_probe_that_is_dropped_leaves_room_for_the_next() {
    let (inner, exporter) = broken();
    let batch = tagged("probe", 5);
    open(&exporter).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    inner.script([Answer::Hang, Answer::Deliver]);
    let hangs = tokio::time::timeout(Duration::from_secs(1), export(&exporter, &batch));
    assert!(hangs.await.is_err());
    assert_eq!(exporter.state(), BreakerState::HalfOpen);
    assert!(export(&exporter, &batch).await.is_ok());
    assert_eq!(exporter.state(), BreakerState::Closed);
}
