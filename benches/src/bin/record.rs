//! `record MILLISECONDS`: times recording in a registry, one line for each way.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use meterport_benches::recording::{BOUNDS, OPERATIONS, Values, attributes, series, values};
use meterport_benches::timing::Timing;
use meterport_core::Aggregation;
use meterport_opentelemetry::RegistryMeterProvider;
use meterport_registry::{AttributeValue, InstrumentError, Registry, View};
use meterport_testkit::workload::plain::Value;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;

fn main() -> ExitCode {
    let milliseconds = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let Some(milliseconds) = milliseconds else {
        eprintln!("record MILLISECONDS");
        return ExitCode::FAILURE;
    };
    match run(Duration::from_millis(milliseconds)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(budget: Duration) -> Result<(), InstrumentError> {
    let exponential = View::named("exponential").with_aggregation(Aggregation::BASE2);
    let registry = Registry::builder().view(exponential).build().expect("the view is right");
    // As in a program: somebody reads what is recorded.
    let producer = registry.producer().build();
    let meter = registry.meter("bench");
    let values = values();

    let counter = meter.counter::<u64>("counter").build()?;
    let bound = counter.bind([("k", "v")]);
    time("counter", budget, |_| bound.add(1));
    let float = meter.counter::<f64>("float").build()?.bind([("k", "v")]);
    time("float-counter", budget, |_| float.add(0.5));
    let gauge = meter.gauge::<f64>("gauge").build()?.bind([("k", "v")]);
    time_values("gauge", budget, &values, |value| gauge.set(value));
    let histogram = meter.histogram::<f64>("histogram").bounds(BOUNDS).build()?;
    let bound = histogram.bind([("k", "v")]);
    time_values("histogram", budget, &values, |value| bound.record(value));
    let exponential = meter.histogram::<f64>("exponential").build()?.bind([("k", "v")]);
    time_values("exponential", budget, &values, |value| exponential.record(value));

    let sets = attributes();
    let sets: Vec<Vec<_>> = sets.iter().map(|set| set.iter().map(borrowed).collect()).collect();
    let add = |turn: usize| counter.add(1, &sets[series(turn)]);
    time("counter-six-attributes", budget, add);
    time_on_two_threads("counter-six-attributes-two-threads", budget, add);
    through_the_api(&registry, budget);
    drop(producer.collect());
    Ok(())
}

/// As the peer's program does it, with another provider.
fn through_the_api(registry: &Registry, budget: Duration) {
    let meter = RegistryMeterProvider::new(registry.clone()).meter("api");
    let values = values();
    let one = [KeyValue::new("k", "v")];

    let counter = meter.u64_counter("counter").build();
    let bound = counter.bind(&one);
    time("api-counter-bound", budget, |_| bound.add(1));
    let histogram = meter.f64_histogram("histogram").with_boundaries(BOUNDS.to_vec()).build();
    let bound = histogram.bind(&one);
    time_values("api-histogram-bound", budget, &values, |value| bound.record(value));
    time_values("api-histogram", budget, &values, |value| histogram.record(value, &one));

    let sets: Vec<_> = attributes().into_iter().map(key_values).collect();
    let add = |turn: usize| counter.add(1, &sets[series(turn)]);
    time("api-counter-six-attributes", budget, add);
    time_on_two_threads("api-counter-six-attributes-two-threads", budget, add);
}

fn key_values(set: Vec<(&'static str, Value)>) -> Vec<KeyValue> {
    let pairs = set.into_iter().map(|(key, value)| match value {
        Value::Int(number) => KeyValue::new(key, number),
        Value::Text(text) => KeyValue::new(key, text),
    });
    pairs.collect()
}

/// The time of both threads together.
fn time_on_two_threads(way: &str, budget: Duration, record: impl Fn(usize) + Sync) {
    let all = || {
        thread::scope(|scope| {
            for half in 0..2 {
                let record = &record;
                scope.spawn(move || (half..OPERATIONS).step_by(2).for_each(record));
            }
        });
    };
    report(way, &Timing::of_process(budget, || (), |()| all()));
}
fn borrowed<'a>((key, value): &'a (&'static str, Value)) -> (&'a str, AttributeValue<'a>) {
    let value = match value {
        Value::Int(number) => AttributeValue::Int(*number),
        Value::Text(text) => AttributeValue::String(text),
    };
    (key, value)
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
