//! `record MILLISECONDS`: times recording in a registry, one line for each way.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use meterport_benches::recording::{BOUNDS, OPERATIONS, attributes, series, values};
use meterport_benches::timing::Timing;
use meterport_core::Aggregation;
use meterport_registry::{AttributeValue, Counter, InstrumentError, Registry, View};
use meterport_testkit::workload::plain::Value;

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
    let value = |turn: usize| values.at(turn);

    let counter = meter.counter::<u64>("counter").build()?;
    let bound = counter.bind([("k", "v")]);
    time("counter", budget, |_| bound.add(1));
    let float = meter.counter::<f64>("float").build()?.bind([("k", "v")]);
    time("float-counter", budget, |_| float.add(0.5));
    let gauge = meter.gauge::<f64>("gauge").build()?.bind([("k", "v")]);
    time("gauge", budget, |turn| gauge.set(value(turn)));
    let histogram = meter.histogram::<f64>("histogram").bounds(BOUNDS).build()?;
    let bound = histogram.bind([("k", "v")]);
    time("histogram", budget, |turn| bound.record(value(turn)));
    let exponential = meter.histogram::<f64>("exponential").build()?.bind([("k", "v")]);
    time("exponential", budget, |turn| exponential.record(value(turn)));

    let sets = attributes();
    let sets: Vec<Vec<_>> = sets.iter().map(|set| set.iter().map(borrowed).collect()).collect();
    let add = |turn: usize| counter.add(1, &sets[series(turn)]);
    time("counter-six-attributes", budget, add);
    let timing = Timing::of_process(budget, || (), |()| two_threads(&counter, &sets));
    report("counter-six-attributes-two-threads", &timing);
    drop(producer.collect());
    Ok(())
}

fn two_threads(counter: &Counter<u64>, sets: &[Vec<(&str, AttributeValue<'_>)>]) {
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

fn report(way: &str, timing: &Timing) {
    println!("way={way} points={OPERATIONS} {timing}");
}
