use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use meterport_core::{Aggregation, MetricData, TemporalitySelector, Variables};
use meterport_otlp_http::OtlpHttpExporter;
use meterport_testkit::{Answer, FakeCollector, ScriptedExporter, hang_guard};
use meterport_worker::block_on;
use opentelemetry::Context as ApiContext;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::metrics::reader::MetricReader;

use super::*;
use crate::SdkReader;
use crate::fakes::{Gate, Shape};

/// Far beyond what any of the tests needs, far below the SDK's interval of a minute.
const LIMIT: Duration = Duration::from_secs(30);
/// What an exporter gets that will not answer.
const SHORT: Duration = Duration::from_millis(20);

fn provider(adapter: &PushAdapter) -> SdkMeterProvider {
    let view = adapter.view();
    SdkMeterProvider::builder().with_periodic_exporter(adapter.clone()).with_view(view).build()
}

fn count(provider: &SdkMeterProvider) {
    provider.meter("m").u64_counter("c").build().add(1, &[]);
}

/// One export of one point, as the SDK's thread makes it.
fn export(adapter: &PushAdapter) -> OTelSdkResult {
    let reader = SdkReader::builder().build();
    let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
    count(&provider);
    let mut metrics = ResourceMetrics::default();
    MetricReader::collect(&reader, &mut metrics).unwrap();
    let adapter = adapter.clone();
    hang_guard(LIMIT, move || block_on(Deadline::NONE, adapter.export(&metrics)).unwrap())
}

#[test]
fn a_program_on_any_runtime_exports_and_ends() {
    for shape in Shape::ALL {
        let points = hang_guard(LIMIT, move || {
            let collector = FakeCollector::start();
            let exporter = OtlpHttpExporter::builder().endpoint(collector.url()).build().unwrap();
            let adapter = PushAdapter::new(exporter).unwrap();
            shape.run(move || {
                let provider = provider(&adapter);
                count(&provider);
                provider.force_flush().unwrap();
                count(&provider);
                // From inside asynchronous code: where the thread is one of the runtime's.
                provider.shutdown().unwrap();
            });
            assert_eq!(collector.violations(), [""; 0]);
            collector.points()
        });
        assert_eq!(points, 2, "{shape:?}");
    }
}

#[test]
fn a_provider_that_is_dropped_exports_what_is_left() {
    for shape in Shape::ALL {
        let collector = FakeCollector::start();
        let endpoint = collector.url();
        hang_guard(LIMIT, move || {
            let exporter = OtlpHttpExporter::builder().endpoint(endpoint).build().unwrap();
            let adapter = PushAdapter::new(exporter).unwrap();
            // Also after the runtime it was made in has ended.
            let provider = shape.run(move || provider(&adapter));
            count(&provider);
            drop(provider);
        });
        assert_eq!(collector.points(), 1, "{shape:?}");
    }
}

#[test]
fn nothing_is_left_behind_a_provider_that_cannot_export() {
    for shape in Shape::ALL {
        for (answer, why) in [(Answer::Hang, "hangs"), (Answer::Panic, "panics")] {
            let exporter = ScriptedExporter::new("scripted");
            exporter.default_answer(answer.clone());
            exporter.answer_flush(answer.clone());
            exporter.answer_shutdown(answer);
            let adapter = PushAdapter::builder(exporter).timeout(SHORT).build().unwrap();
            let keep = adapter.clone();
            let flushed = hang_guard(LIMIT, move || {
                shape.run(move || {
                    let provider = provider(&adapter);
                    count(&provider);
                    let flushed = provider.force_flush();
                    adapter.end_by(Deadline::after(Instant::now(), SHORT));
                    assert!(provider.shutdown().is_err());
                    flushed
                })
            });
            assert!(flushed.is_err(), "{shape:?}, an exporter that {why}");
            let stats = keep.stats();
            assert_eq!((stats.exports, stats.failures), (0, 2), "{shape:?} {why}");
            assert_eq!(stats.books.points(), 2, "{shape:?} {why}");
        }
    }
}

/// An outcome or an error in short.
fn told(answer: &Result<Outcome, ExportError>) -> String {
    match answer {
        Ok(outcome) => format!("{} delivered, {} rejected", outcome.delivered, outcome.rejected),
        Err(error) => format!("{:?}: {}", error.kind(), error.message()),
    }
}

#[test]
fn the_outcome_is_readable_on_the_side() {
    static BLOCKED: Gate = Gate::new();
    let refused = ExportError::new(ErrorKind::Connect, "refused");
    let block = |batch: &MetricBatch| {
        BLOCKED.pass();
        Ok(Outcome::delivered(batch.points()))
    };
    let late = "Timeout: the exporter did not answer by the deadline";
    let table = [
        (Answer::Deliver, "1 delivered, 0 rejected", None),
        (Answer::Reject(1), "0 delivered, 1 rejected", None),
        (Answer::Fail(refused), "Connect: refused", Some("no connection: refused")),
        (Answer::Hang, late, Some("20ms")),
        (Answer::Panic, "Unavailable: the exporter panicked: as scripted", Some("as scripted")),
        (Answer::With(block), late, Some("20ms")),
    ];
    let closed = BLOCKED.close();
    for (answer, expected, to_sdk) in table {
        let exporter = ScriptedExporter::new("scripted");
        exporter.script([answer]);
        let observed = Arc::new(Mutex::new(Vec::new()));
        let observer = Arc::clone(&observed);
        let adapter = PushAdapter::builder(exporter)
            .timeout(SHORT)
            .observe(move |answer| {
                observer.lock().unwrap().push(told(answer));
                panic!("observers may do what they like");
            })
            .build()
            .unwrap();
        let result = export(&adapter).map_err(|error| error.to_string());
        let stats = adapter.stats();
        assert_eq!(told(&stats.last.unwrap()), expected);
        assert_eq!(*observed.lock().unwrap(), [expected]);
        assert_eq!(stats.books.points(), 1, "{expected}");
        assert_eq!((stats.exports, stats.failures), if to_sdk.is_none() { (1, 0) } else { (0, 1) });
        match (result, to_sdk) {
            (Ok(()), None) => {}
            (Err(error), Some(part)) => assert!(error.contains(part), "{error}"),
            (result, _) => panic!("{result:?} to the SDK: {expected}"),
        }
    }
    drop(closed);
}

#[test]
fn an_exporter_that_blocks_its_thread_does_not_heap_up_batches() {
    static BLOCKED: Gate = Gate::new();
    let closed = BLOCKED.close();
    let exporter = ScriptedExporter::new("scripted");
    exporter.default_answer(Answer::With(|batch| {
        BLOCKED.pass();
        Ok(Outcome::delivered(batch.points()))
    }));
    let adapter = PushAdapter::builder(exporter.clone()).timeout(SHORT).build().unwrap();
    let messages = (0..18).map(|_| {
        let failed = export(&adapter);
        assert!(matches!(failed, Err(OTelSdkError::Timeout(_))), "{failed:?}");
        told(&adapter.stats().last.unwrap())
    });
    let messages: Vec<_> = messages.collect();
    let full = "Timeout: the exporter blocks its thread: too many exports wait for it";
    assert_eq!(messages.iter().position(|message| message == full), Some(16));
    drop(closed);
}

#[test]
fn behind_a_shutdown_nothing_is_exported() {
    let exporter = ScriptedExporter::new("scripted");
    let adapter = PushAdapter::new(exporter.clone()).unwrap();
    export(&adapter).unwrap();
    PushMetricExporter::force_flush(&adapter).unwrap();
    PushMetricExporter::shutdown(&adapter).unwrap();
    let after = [
        export(&adapter),
        PushMetricExporter::force_flush(&adapter),
        PushMetricExporter::shutdown(&adapter),
    ];
    for result in after {
        assert!(matches!(result, Err(OTelSdkError::AlreadyShutdown)), "{result:?}");
    }
    assert_eq!(exporter.taken_points(), 1);
    assert_eq!((exporter.flushes().len(), exporter.shutdowns().len()), (1, 1));
}

#[test]
fn deadlines_come_from_the_timeout_the_environment_and_the_end() {
    let export_with = |set: fn(PushAdapterBuilder) -> PushAdapterBuilder, end_by: Deadline| {
        let exporter = ScriptedExporter::new("scripted");
        let adapter = set(PushAdapter::builder(exporter.clone())).build().unwrap();
        adapter.end_by(end_by);
        let before = Instant::now();
        export(&adapter).unwrap();
        let left = exporter.calls()[0].deadline.remaining(before);
        left.map(|left| left.as_secs())
    };
    let env = |builder: PushAdapterBuilder| {
        let lookup = |name: &str| (name == "OTEL_METRIC_EXPORT_TIMEOUT").then(|| "7000".into());
        builder.with_variables(&Variables::new(&lookup)).unwrap()
    };
    let soon = Deadline::after(Instant::now(), Duration::from_secs(3600));
    assert_eq!(export_with(|builder| builder, Deadline::NONE), Some(30));
    assert_eq!(export_with(env, Deadline::NONE), Some(7));
    assert_eq!(export_with(|it| it.timeout(Duration::from_secs(9)), Deadline::NONE), Some(9));
    assert_eq!(export_with(|it| it.timeout(Duration::ZERO), Deadline::NONE), None);
    let end = export_with(|it| it.timeout(Duration::ZERO), soon).unwrap();
    assert!((3500..=3600).contains(&end), "{end}");
    let lookup = |_: &str| Some("soon".into());
    let builder = PushAdapter::builder(ScriptedExporter::new("scripted"));
    let error = builder.with_variables(&Variables::new(&lookup)).unwrap_err().to_string();
    assert!(error.starts_with("OTEL_METRIC_EXPORT_TIMEOUT"), "{error}");
}

#[test]
fn telemetry_of_the_exporter_is_suppressed() {
    static SUPPRESSED: AtomicU64 = AtomicU64::new(0);
    let exporter = ScriptedExporter::new("scripted");
    exporter.default_answer(Answer::With(|batch| {
        let here = thread::current().name() == Some("shop-metrics");
        let suppressed = here && ApiContext::is_current_telemetry_suppressed();
        SUPPRESSED.fetch_add(suppressed.into(), Ordering::Relaxed);
        Ok(Outcome::delivered(batch.points()))
    }));
    let adapter = PushAdapter::builder(exporter).thread_name("shop-metrics").build().unwrap();
    export(&adapter).unwrap();
    assert_eq!(SUPPRESSED.load(Ordering::Relaxed), 1);
    let none = PushAdapter::builder(ScriptedExporter::new("scripted")).thread_name("a\0b").build();
    assert!(matches!(none, Err(PushAdapterError::Thread(_))));
}

#[test]
fn what_the_exporter_asks_for_reaches_the_sdk() {
    let exporter = ScriptedExporter::new("scripted")
        .with_temporality(TemporalitySelector::Delta)
        .with_aggregation(AggregationSelector::histograms(Aggregation::BASE2));
    let adapter = PushAdapter::new(exporter.clone()).unwrap();
    let provider = provider(&adapter);
    provider.meter("m").f64_histogram("h").build().record(1.5, &[]);
    provider.force_flush().unwrap();
    let batch = exporter.taken().remove(0);
    let data = &batch.metrics().next().unwrap().data;
    let MetricData::ExponentialHistogram(histogram) = data else { panic!("{data:?}") };
    assert_eq!(histogram.temporality, meterport_core::Temporality::Delta);
}
