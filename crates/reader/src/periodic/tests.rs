//! On real threads, moved by calls and never by time: the interval is an hour.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Instant;

use meterport_testkit::hang_guard;
use meterport_worker::{StartHook, block_on};
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::fakes::{Act, FakeExporter, FakeProducer, Log};
use crate::{ManualReader, Source};

fn guarded(test: impl FnOnce() + Send + 'static) {
    hang_guard(Duration::from_secs(30), test);
}

/// Long enough never to matter.
fn late() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(20))
}

/// For what can only time out.
fn soon() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_millis(20))
}

fn builder(exporter: FakeExporter, producer: impl Into<Source>) -> PeriodicReaderBuilder {
    PeriodicReader::builder(exporter)
        .interval(Duration::from_secs(3_600))
        .fixed_phase()
        .producer(producer)
}

/// A flush that has been asked for, not yet waited for.
fn ask(reader: &PeriodicReader) -> impl Future<Output = Result<Outcome, ReaderError>> {
    let mut flush = Box::pin(reader.force_flush(late()));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(flush.as_mut().poll(&mut cx).is_pending());
    flush
}

fn runtime(threads: usize) -> Runtime {
    match threads {
        0 => Builder::new_current_thread().build(),
        _ => Builder::new_multi_thread().worker_threads(threads).build(),
    }
    .unwrap()
}

fn check_log(log: &Log, expected: &[&str]) {
    let mut events = log.events();
    for event in &mut events {
        if let Some(end) = event.find(" within") {
            event.truncate(end);
        }
    }
    assert_eq!(events, expected);
}

const FULL: [&str; 4] = ["export a1x1", "flush", "export a2x1", "shutdown"];

fn check_blocking() {
    let log = Log::new();
    let producer = FakeProducer::new("a");
    let reader = builder(FakeExporter::new(&log), producer.clone()).start().unwrap();
    assert_eq!(reader.force_flush_blocking(late()).unwrap().delivered, 1);
    assert_eq!(reader.shutdown_blocking(late()).unwrap().delivered, 1);
    assert_eq!(reader.shutdown_blocking(late()).unwrap().delivered, 0);
    assert!(matches!(reader.force_flush_blocking(late()), Err(ReaderError::Shutdown)));
    check_log(&log, &FULL);

    let reader = ManualReader::builder(FakeExporter::new(&log)).producer(producer).build().unwrap();
    assert_eq!(reader.collect_and_export_blocking(late()).unwrap().delivered, 1);
    assert_eq!(reader.shutdown_blocking(late()).unwrap().delivered, 0);
    check_log(&log, &["export a3x1", "shutdown"]);
}

async fn check_async() {
    let log = Log::new();
    let producer = FakeProducer::new("a");
    let reader = builder(FakeExporter::new(&log), Source::new(producer.clone()).inline());
    let reader = reader.start().unwrap();
    assert_eq!(reader.force_flush(late()).await.unwrap().delivered, 1);
    let both = async { (reader.shutdown(late()).await, reader.shutdown(late()).await) };
    let (first, second) = both.await;
    assert_eq!((first.unwrap().delivered, second.unwrap().delivered), (1, 0));
    assert!(matches!(reader.force_flush(late()).await, Err(ReaderError::Shutdown)));
    check_log(&log, &FULL);

    let reader = ManualReader::builder(FakeExporter::new(&log)).producer(producer).build().unwrap();
    assert_eq!(reader.collect_and_export(late()).await.unwrap().delivered, 1);
    assert_eq!(reader.shutdown(late()).await.unwrap().delivered, 0);
    check_log(&log, &["export a3x1", "shutdown"]);
}

struct InDrop;
impl Drop for InDrop {
    fn drop(&mut self) {
        check_blocking();
    }
}

#[test]
fn it_works_without_a_runtime() {
    guarded(|| {
        check_blocking();
        block_on(late(), check_async()).unwrap();
        drop(InDrop);
    });
}

#[test]
fn it_works_on_a_current_thread_runtime() {
    guarded(|| check_runtime(&runtime(0)));
}

#[test]
fn it_works_on_a_runtime_with_one_worker() {
    guarded(|| check_runtime(&runtime(1)));
}

/// Both twins, on the runtime's `block_on`, in a task, and in a `Drop` there.
fn check_runtime(runtime: &Runtime) {
    runtime.block_on(async {
        check_blocking();
        check_async().await;
        drop(InDrop);
        let task = async {
            check_blocking();
            check_async().await;
            drop(InDrop);
        };
        tokio::spawn(task).await.unwrap();
    });
}

#[test]
fn it_works_after_the_applications_runtime_is_gone() {
    guarded(|| {
        let check = |threads: usize, blocking: bool| {
            let log = Log::new();
            let app = runtime(threads);
            let reader = app.block_on(async {
                let exporter = FakeExporter::new(&log);
                let reader = builder(exporter, FakeProducer::new("a")).start().unwrap();
                reader.force_flush(late()).await.unwrap();
                reader
            });
            drop(app);
            let shut = if blocking {
                reader.shutdown_blocking(late())
            } else {
                block_on(late(), reader.shutdown(late())).unwrap()
            };
            assert_eq!(shut.unwrap().delivered, 1);
            check_log(&log, &FULL);
        };
        for (threads, blocking) in [(0, false), (0, true), (1, false), (1, true)] {
            check(threads, blocking);
        }
    });
}

#[test]
fn an_exporter_that_blocks_its_thread_delays_nobody_beyond_the_deadline() {
    guarded(|| {
        let log = Log::new();
        let (block, begun, release) = Act::block();
        let exporter = FakeExporter::new(&log).export(block);
        let reader = builder(exporter, FakeProducer::new("a")).start().unwrap();
        let flush = ask(&reader);
        begun.recv().unwrap();
        let timed_out = |result| matches!(result, Err(ReaderError::TimedOut));
        assert!(timed_out(reader.force_flush_blocking(soon())));
        assert!(timed_out(block_on(late(), reader.force_flush(soon())).unwrap()));
        assert!(timed_out(reader.shutdown_blocking(soon())));
        assert!(timed_out(block_on(late(), reader.shutdown(soon())).unwrap()));
        assert_eq!(reader.stats().in_flight, 1);
        // The shutdown that was asked for takes place as soon as it can.
        drop(release);
        let _ = reader.shutdown_blocking(late());
        drop(flush);
        assert_eq!(log.events().last().map(String::as_str), Some("shutdown"));
    });
}

#[test]
fn dropping_it_never_blocks() {
    guarded(|| {
        let log = Log::new();
        let (block, begun, release) = Act::block();
        let exporter = FakeExporter::new(&log).export(block);
        let (left, ended) = mpsc::channel::<()>();
        let reader = builder(exporter, FakeProducer::new("a"))
            // The guard goes with the thread.
            .on_start(StartHook::new(move || left.clone()))
            .start()
            .unwrap();
        drop(ask(&reader));
        begun.recv().unwrap();
        drop(reader);
        drop(release);
        // The hook's senders are gone: so is the thread, and its hold on the hook.
        assert!(ended.recv().is_err());
        assert!(!log.events().contains(&"shutdown".to_owned()));
    });
}

#[test]
fn a_producer_that_blocks_its_thread_does_not_keep_back_the_others() {
    guarded(|| {
        let log = Log::new();
        let (block, _begun, release) = Act::block();
        let bad = FakeProducer::new("bad").then(block);
        let reader = builder(FakeExporter::new(&log), bad.clone())
            .producer(FakeProducer::new("good"))
            .start()
            .unwrap();
        // Half of this is what producers get.
        let short = Deadline::after(Instant::now(), Duration::from_secs(1));
        match reader.force_flush_blocking(short) {
            Err(ReaderError::Collect { failures, outcome }) => {
                assert_eq!((failures.len(), outcome.delivered), (1, 1));
            }
            other => panic!("{other:?}"),
        }
        drop(release);
        assert_eq!(reader.shutdown_blocking(late()).unwrap().delivered, 4);
        assert_eq!(bad.begun(), 2);
        let expected = [
            "export good1x1",
            "flush",
            "export bad1x1 good2x1",
            "export bad2x1 good3x1",
            "shutdown",
        ];
        check_log(&log, &expected);
    });
}

#[test]
fn a_producer_left_blocked_does_not_keep_the_reader() {
    guarded(|| {
        let log = Log::new();
        let (block, _begun, release) = Act::block();
        let bad = FakeProducer::new("bad").then(block);
        let reader = builder(FakeExporter::new(&log), bad).start().unwrap();
        let short = Deadline::after(Instant::now(), Duration::from_secs(1));
        assert!(matches!(reader.shutdown_blocking(short), Err(ReaderError::Collect { .. })));
        assert!(reader.shutdown_blocking(Deadline::NONE).is_ok());
        drop(release);
    });
}

#[test]
fn the_hook_is_entered_wherever_the_reader_works() {
    guarded(|| {
        let log = Log::new();
        let entered = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&entered);
        let hook = StartHook::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let reader = builder(FakeExporter::new(&log), FakeProducer::new("a"))
            .producer(Source::new(FakeProducer::new("b")).inline())
            .on_start(hook)
            .thread_name("hooked")
            .start()
            .unwrap();
        reader.shutdown_blocking(late()).unwrap();
        // The reader's thread, and one snapshot apart.
        assert_eq!(entered.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn a_hook_that_panics_is_an_error_of_every_call() {
    guarded(|| {
        let log = Log::new();
        let reader = builder(FakeExporter::new(&log), FakeProducer::new("a"))
            .on_start(StartHook::new(|| -> () { panic!("hooked") }))
            .start()
            .unwrap();
        let text = "the reader's thread panicked: hooked";
        assert_eq!(reader.force_flush_blocking(late()).unwrap_err().to_string(), text);
        let shut = block_on(late(), reader.shutdown(late())).unwrap();
        assert_eq!(shut.unwrap_err().to_string(), text);
    });
}

#[test]
fn many_threads_may_flush_and_shut_down_at_once() {
    guarded(|| {
        let log = Log::new();
        let reader = builder(FakeExporter::new(&log), FakeProducer::new("a")).start().unwrap();
        thread::scope(|scope| {
            for i in 0..8 {
                let reader = &reader;
                scope.spawn(move || {
                    for _ in 0..20 {
                        match reader.force_flush_blocking(late()) {
                            Ok(_) | Err(ReaderError::Shutdown) => {}
                            other => panic!("{other:?}"),
                        }
                    }
                    if i % 2 == 0 {
                        reader.shutdown_blocking(late()).unwrap();
                    }
                });
            }
        });
        let stats = reader.stats();
        assert_eq!((stats.in_flight, stats.books.delivered), (0, stats.produced));
        let events = log.events();
        assert_eq!(events.iter().filter(|event| *event == "shutdown").count(), 1);
        assert_eq!(events.last().map(String::as_str), Some("shutdown"));
    });
}

#[test]
fn settings_come_from_code_then_environment_then_default() {
    let check = |variables: &'static [(&str, &str)], code: Option<u64>, expected: [u64; 2]| {
        let lookup = |name: &str| {
            variables.iter().find(|variable| variable.0 == name).map(|found| found.1.into())
        };
        let log = Log::new();
        let mut builder = PeriodicReader::builder(FakeExporter::new(&log));
        if let Some(secs) = code {
            let time = Duration::from_secs(secs);
            builder = builder.interval(time).timeout(time);
        }
        let builder = builder.with_variables(&Variables::new(&lookup)).unwrap();
        let set = [
            builder.interval.or(DEFAULT_INTERVAL),
            builder.setup.timeout.or(Duration::from_secs(30)),
        ];
        assert_eq!(set, expected.map(Duration::from_secs));
    };
    check(&[], None, [60, 30]);
    check(&[("OTEL_METRIC_EXPORT_INTERVAL", "5000")], None, [5, 30]);
    check(&[("OTEL_METRIC_EXPORT_TIMEOUT", "0")], None, [60, 0]);
    check(
        &[("OTEL_METRIC_EXPORT_INTERVAL", "5000"), ("OTEL_METRIC_EXPORT_TIMEOUT", "1000")],
        Some(7),
        [7, 7],
    );
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let log = Log::new();
    let fresh = || builder(FakeExporter::new(&log), FakeProducer::new("a"));
    let error = |builder: PeriodicReaderBuilder| builder.start().unwrap_err().to_string();
    assert_eq!(error(fresh().interval(Duration::ZERO)), "interval: must be longer than zero");
    assert_eq!(error(fresh().thread_name("a\0")), "thread_name: holds a NUL");
    let none = PeriodicReader::builder(FakeExporter::new(&log));
    assert_eq!(error(none), "producer: a reader needs at least one");
    let read = |name: &'static str, value: &'static str| {
        let lookup = move |asked: &str| (asked == name).then(|| value.into());
        fresh().with_variables(&Variables::new(&lookup)).unwrap_err().to_string()
    };
    assert_eq!(
        read("OTEL_METRIC_EXPORT_INTERVAL", "0"),
        "OTEL_METRIC_EXPORT_INTERVAL: must be longer than zero"
    );
    assert!(read("OTEL_METRIC_EXPORT_TIMEOUT", "1s").starts_with("OTEL_METRIC_EXPORT_TIMEOUT: "));
}
