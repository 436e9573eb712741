//! `record MILLISECONDS`: times recording by opentelemetry_sdk, the `metrics` facade's atomics and
//! prometheus-client, one line for each way.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;
use std::time::Duration;

use meterport_peer::key_values;
use meterport_peer::recording::{BOUNDS, OPERATIONS, Values, attributes, series, values};
use meterport_peer::timing::Timing;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, MeterProvider};
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider};

fn main() -> ExitCode {
    let milliseconds = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let Some(milliseconds) = milliseconds else {
        eprintln!("record MILLISECONDS");
        return ExitCode::FAILURE;
    };
    run(Duration::from_millis(milliseconds));
    ExitCode::SUCCESS
}

fn run(budget: Duration) {
    let values = values();

    let counter = metrics::Counter::from_arc(Arc::new(AtomicU64::new(0)));
    time("metrics-counter", budget, |_| counter.increment(1));
    let counter: prometheus_client::metrics::counter::Counter = Default::default();
    time("prometheus-client-counter", budget, |_| {
        counter.inc();
    });
    let histogram = prometheus_client::metrics::histogram::Histogram::new(BOUNDS);
    time_values("prometheus-client-histogram", budget, &values, |value| histogram.observe(value));

    let provider = SdkMeterProvider::builder().with_reader(ManualReader::builder().build()).build();
    let meter = provider.meter("bench");
    let counter = meter.u64_counter("counter").build();
    let one = [KeyValue::new("k", "v")];
    let bound = counter.bind(&one);
    time("sdk-counter-bound", budget, |_| bound.add(1));
    let histogram = meter.f64_histogram("histogram").with_boundaries(BOUNDS.to_vec()).build();
    let bound = histogram.bind(&one);
    time_values("sdk-histogram-bound", budget, &values, |value| bound.record(value));
    time_values("sdk-histogram", budget, &values, |value| histogram.record(value, &one));

    let sets: Vec<_> = attributes().into_iter().map(key_values).collect();
    time("sdk-counter-six-attributes", budget, |turn| counter.add(1, &sets[series(turn)]));
    let timing = Timing::of_process(budget, || (), |()| two_threads(&counter, &sets));
    report("sdk-counter-six-attributes-two-threads", &timing);
}

fn two_threads(counter: &Counter<u64>, sets: &[Vec<KeyValue>]) {
    thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || {
                for turn in (half..OPERATIONS).step_by(2) {
                    counter.add(1, &sets[series(turn)]);
                }
            });
        }
    });
}

fn time(way: &str, budget: Duration, record: impl Fn(usize)) {
    let all = || {
        for turn in 0..OPERATIONS {
            record(turn);
        }
    };
    report(way, &Timing::of(budget, || (), |()| all()));
}

fn time_values(way: &str, budget: Duration, values: &Values, record: impl Fn(f64)) {
    time(way, budget, move |turn| record(values.at(turn)));
}

fn report(way: &str, timing: &Timing) {
    println!("way={way} points={OPERATIONS} {timing}");
}
