//! A link that has died without a word.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use meterport_core::{Deadline, ErrorKind, MetricExporter, RetryAdvice};
use meterport_otlp_grpc::{OtlpGrpcBuilder, OtlpGrpcExporter};
use meterport_testkit::{FakeCollector, Reply, within};
use tokio::time::Instant;

use crate::{GUARD, batch, export};

/// Without limits of its own: what ends here is ended by pings.
fn builder(collector: &FakeCollector) -> OtlpGrpcBuilder {
    OtlpGrpcExporter::builder()
        .endpoint(collector.url())
        .timeout(Duration::ZERO)
        .connect_timeout(None)
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_given_up_after_30_and_5_seconds() {
    let collector = FakeCollector::start_grpc();
    collector.hold_accept();
    let exporter = builder(&collector).build().unwrap();
    tokio::time::pause();
    let began = Instant::now();
    let error = within(GUARD, exporter.export(&batch(), Deadline::NONE)).await.unwrap_err();
    let took = began.elapsed();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Unavailable, RetryAdvice::Backoff));
    assert!(error.is_unconfirmed(), "{error:?}");
    assert!((Duration::from_secs(35)..Duration::from_secs(36)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn a_link_that_died_while_idle_is_given_up_after_5_seconds_of_the_next_export() {
    let collector = FakeCollector::start_grpc();
    let exporter = builder(&collector).build().unwrap();
    export(&exporter).await.unwrap();
    // From another's request on its thread stands still: nothing is answered, pings neither.
    let (release, held) = channel::<()>();
    let (standing, stands) = tokio::sync::oneshot::channel();
    let held = Mutex::new((held, Some(standing)));
    collector.answer_with(move |_| {
        let mut held = held.lock().unwrap();
        let _ = held.1.take().map(|standing| standing.send(()));
        let _ = held.0.recv();
        Reply::Ok
    });
    let other = builder(&collector).build().unwrap();
    let other = tokio::spawn(async move { other.export(&batch(), Deadline::NONE).await });
    within(GUARD, stands).await.unwrap();
    other.abort();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(300)).await;
    let began = Instant::now();
    let error = within(GUARD, exporter.export(&batch(), Deadline::NONE)).await.unwrap_err();
    let took = began.elapsed();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert!((Duration::from_secs(5)..Duration::from_secs(6)).contains(&took), "{took:?}");
    drop(release);
}
