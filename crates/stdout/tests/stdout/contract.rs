//! The contract of `MetricExporter`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use meterport_core::{
    Aggregation, AggregationSelector, Clock, Deadline, DropReason, ErrorKind, ExportError,
    InstrumentKind, MetricBatch, MetricExporter, Outcome, RetryAdvice, Temporality,
    TemporalitySelector, Timestamp,
};
use meterport_stdout::{Format, StdoutExporter};

use crate::scenarios;

use crate::recorder::{Recorder, now};

fn exporter() -> (Recorder, StdoutExporter) {
    let recorder = Recorder::default();
    let exporter =
        StdoutExporter::builder().format(Format::JsonLines).writer(recorder.clone()).build();
    (recorder, exporter)
}

fn passed() -> Deadline {
    Deadline::at(now())
}

#[tokio::test]
async fn an_empty_batch_writes_nothing() {
    let (recorder, exporter) = exporter();
    for batch in [MetricBatch::default(), scenarios::numbers().slice(0..0)] {
        for deadline in [Deadline::NONE, passed()] {
            assert_eq!(exporter.export(&batch, deadline).await.unwrap(), Outcome::default());
        }
    }
    assert_eq!((recorder.text(), recorder.flushes()), (String::new(), 0));
}

#[tokio::test]
async fn the_outcome_has_all_figures() {
    let (recorder, exporter) = exporter();
    let batch = scenarios::numbers();
    let outcome = exporter.export(&batch, Deadline::NONE).await.unwrap();
    let length = recorder.text().len() as u64;
    assert_eq!((outcome.points(), outcome.delivered), (batch.points(), batch.points()));
    assert_eq!((outcome.attempts, outcome.raw_bytes, outcome.wire_bytes), (1, length, length));
    // The largest u64 has no form in OTLP; in text it has.
    assert_eq!(outcome.rounded, 1);
    let text = StdoutExporter::builder().writer(Recorder::default()).build();
    assert_eq!(text.export(&batch, Deadline::NONE).await.unwrap().rounded, 0);
}

#[tokio::test]
async fn after_shutdown_nothing_is_written_and_the_writer_is_gone() {
    let (recorder, exporter) = exporter();
    exporter.shutdown(Deadline::NONE).await.unwrap();
    assert_eq!(recorder.flushes(), 1);
    for batch in [scenarios::numbers(), MetricBatch::default()] {
        let error = exporter.export(&batch, Deadline::NONE).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Shutdown, RetryAdvice::Never));
    }
    exporter.shutdown(Deadline::NONE).await.unwrap();
    exporter.force_flush(Deadline::NONE).await.unwrap();
    assert_eq!((recorder.text(), recorder.flushes()), (String::new(), 1));
}

#[tokio::test]
async fn a_deadline_that_has_passed_stops_everything_but_shutdown() {
    let (recorder, exporter) = exporter();
    let kind = |result: Result<Outcome, ExportError>| result.unwrap_err().kind();
    let error = exporter.export(&scenarios::numbers(), passed()).await.unwrap_err();
    assert_eq!((error.kind(), error.settled().attempts), (ErrorKind::Timeout, 0));
    assert!(!error.is_unconfirmed());
    assert_eq!(kind(exporter.force_flush(passed()).await), ErrorKind::Timeout);
    assert_eq!(kind(exporter.shutdown(passed()).await), ErrorKind::Timeout);
    exporter.shutdown(passed()).await.unwrap();
    assert_eq!((recorder.text(), recorder.flushes()), (String::new(), 0));
}

#[tokio::test]
async fn a_writer_that_fails_says_what_may_be_done() {
    use io::ErrorKind::{BrokenPipe, StorageFull};
    let table = [
        (0, StorageFull, RetryAdvice::Backoff, DropReason::Unavailable),
        (0, BrokenPipe, RetryAdvice::Never, DropReason::Unavailable),
        (9, StorageFull, RetryAdvice::Never, DropReason::Unconfirmed),
        (9, BrokenPipe, RetryAdvice::Never, DropReason::Unconfirmed),
    ];
    let batch = scenarios::numbers();
    for (bytes, kind, advice, reason) in table {
        let (recorder, exporter) = exporter();
        recorder.fail_after(bytes, kind);
        let error = exporter.export(&batch, Deadline::NONE).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Unavailable, advice), "{kind:?}");
        let source = std::error::Error::source(&error).and_then(|e| e.downcast_ref::<io::Error>());
        assert_eq!(source.map(io::Error::kind), Some(kind));
        let books = error.into_outcome(batch.points());
        assert_eq!(books.dropped.of(reason), batch.points(), "{kind:?}");
        assert_eq!((books.attempts, books.wire_bytes), (1, bytes as u64));
    }
}

#[tokio::test]
async fn what_follows_a_torn_text_begins_on_a_new_line() {
    let (recorder, exporter) = exporter();
    let batch = scenarios::summary();
    let line = Format::JsonLines.render(&batch);
    recorder.fail_after(5, io::ErrorKind::StorageFull);
    exporter.export(&batch, Deadline::NONE).await.unwrap_err();
    // Not even the line break gets through.
    recorder.fail_after(0, io::ErrorKind::StorageFull);
    let error = exporter.export(&batch, Deadline::NONE).await.unwrap_err();
    assert_eq!(error.advice(), RetryAdvice::Backoff);
    exporter.export(&batch, Deadline::NONE).await.unwrap();
    exporter.export(&batch, Deadline::NONE).await.unwrap();
    assert_eq!(recorder.text(), format!("{}\n{line}{line}", &line[..5]));
}

#[tokio::test]
async fn a_text_that_was_not_flushed_may_have_arrived() {
    let (recorder, exporter) = exporter();
    recorder.fail_flush(io::ErrorKind::StorageFull);
    let error = exporter.export(&scenarios::summary(), Deadline::NONE).await.unwrap_err();
    assert!(error.is_unconfirmed() && error.advice() == RetryAdvice::Never);
    recorder.fail_flush(io::ErrorKind::StorageFull);
    let error = exporter.shutdown(Deadline::NONE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

/// Goes on by a second whenever it is asked.
#[derive(Debug)]
struct Striding(Instant, AtomicU64);

impl Clock for Striding {
    fn now(&self) -> Instant {
        self.0 + Duration::from_secs(self.1.fetch_add(1, Ordering::Relaxed))
    }

    fn wall(&self) -> Timestamp {
        Timestamp::UNSET
    }
}

#[tokio::test]
async fn the_deadline_is_kept_between_two_calls_of_the_writer() {
    let recorder = Recorder::default();
    let start = now();
    let exporter = StdoutExporter::builder()
        .writer(recorder.clone())
        .clock(Arc::new(Striding(start, AtomicU64::new(0))))
        .build();
    recorder.fail_after(5, io::ErrorKind::Interrupted);
    let deadline = Deadline::at(start + Duration::from_secs(3));
    let error = exporter.export(&scenarios::numbers(), deadline).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.is_unconfirmed());
    assert_eq!((error.settled().wire_bytes, recorder.text().len()), (5, 5));
}

#[tokio::test]
async fn a_text_longer_than_the_limit_is_not_written() {
    let batch = scenarios::hostile();
    for format in [Format::JsonLines, Format::PrettyJson, Format::Text] {
        let length = format.render(&batch).len() as u64;
        let recorder = Recorder::default();
        let builder = || StdoutExporter::builder().format(format).writer(recorder.clone());
        let exact = builder().output_limit(length).build();
        exact.export(&batch, Deadline::NONE).await.unwrap();
        for limit in [0, 10, length - 1] {
            let exporter = builder().output_limit(limit).build();
            let error = exporter.export(&batch, Deadline::NONE).await.unwrap_err();
            let ErrorKind::TooLarge { size, limit: Some(told) } = error.kind() else {
                panic!("{error}")
            };
            assert!(size > limit && told == limit, "{format:?} {size} {limit}");
            assert_eq!(error.settled().attempts, 0);
        }
        assert_eq!(recorder.text().len() as u64, length);
    }
}

#[test]
fn it_needs_no_runtime() {
    let (recorder, exporter) = exporter();
    let batch = scenarios::summary();
    let mut future = exporter.export(&batch, Deadline::NONE);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut cx).is_ready());
    assert_eq!(recorder.text(), Format::JsonLines.render(&batch));
}

#[test]
fn concurrent_texts_stay_whole() {
    let (recorder, exporter) = exporter();
    let batch = scenarios::numbers();
    let line = Format::JsonLines.render(&batch);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for _ in 0..20 {
                    runtime.block_on(exporter.export(&batch, Deadline::NONE)).unwrap();
                }
            });
        }
    });
    assert!(recorder.text() == line.repeat(160));
}

#[test]
fn selectors_name_and_format_are_told() {
    let exporter = StdoutExporter::builder()
        .temporality(TemporalitySelector::Delta)
        .aggregation(AggregationSelector::histograms(Aggregation::BASE2))
        .name("console/1")
        .build();
    assert_eq!(exporter.temporality(InstrumentKind::Counter), Temporality::Delta);
    assert_eq!(exporter.aggregation(InstrumentKind::Histogram), Aggregation::BASE2);
    assert_eq!(exporter.component().name.as_deref(), Some("console/1"));
    let plain = StdoutExporter::default();
    assert_eq!(plain.temporality(InstrumentKind::Counter), Temporality::Cumulative);
    assert_eq!(plain.aggregation(InstrumentKind::Histogram), Aggregation::Default);
    let kind = |format| {
        let exporter = StdoutExporter::builder().format(format).build();
        exporter.component().kind.to_string()
    };
    assert_eq!(kind(Format::Text), "stdout_metric_exporter");
    assert_eq!(kind(Format::PrettyJson), "stdout_metric_exporter");
    assert_eq!(kind(Format::JsonLines), "otlp_stdout_metric_exporter");
    let debug = format!("{:?} {:?}", plain, StdoutExporter::builder());
    assert!(debug.contains("StdoutExporter {") && debug.contains("StdoutBuilder {"), "{debug}");
}
