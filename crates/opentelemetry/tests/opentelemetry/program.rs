//! Random programs over the API.

use std::sync::{Arc, Mutex};

use fastrand::Rng;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{
    AsyncInstrument, Counter, Gauge, Histogram, Meter, MeterProvider, UpDownCounter,
};

/// What a program does next.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Measure with one of the instruments.
    Record { instrument: usize, value: i32, attributes: Vec<KeyValue> },
    /// What the callbacks of one of the observable instruments report from now on.
    Observe { observable: usize, values: Vec<(i32, Vec<KeyValue>)> },
    /// Have both readers collect.
    Collect,
}

#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// For each instrument of [`KINDS`] and [`OBSERVABLE`], whether there is one and of which meter.
    pub(crate) meters: Vec<Option<&'static str>>,
    pub(crate) bounds: Option<Vec<f64>>,
    pub(crate) steps: Vec<Step>,
}

/// The synchronous instruments, one of each type that the API has.
pub(crate) const KINDS: [&str; 9] = [
    "counter.u64",
    "counter.f64",
    "updown.i64",
    "updown.f64",
    "gauge.u64",
    "gauge.i64",
    "gauge.f64",
    "histogram.u64",
    "histogram.f64",
];

pub(crate) const OBSERVABLE: [&str; 7] = [
    "ocounter.u64",
    "ocounter.f64",
    "oupdown.i64",
    "oupdown.f64",
    "ogauge.u64",
    "ogauge.i64",
    "ogauge.f64",
];

impl Program {
    pub(crate) fn random(random: &mut Rng) -> Self {
        let meters = (0..KINDS.len() + OBSERVABLE.len())
            .map(|_| *random.choice(&[None, Some("one"), Some("two")]).unwrap())
            .collect();
        let mut totals = [0; OBSERVABLE.len()];
        let steps = (0..random.usize(10..120)).map(|_| step(random, &mut totals)).collect();
        let bounds = random.bool().then(|| vec![0.0, 1.0, 8.0, 64.0]);
        Self { meters, bounds, steps }
    }
}

fn step(random: &mut Rng, totals: &mut [i32; OBSERVABLE.len()]) -> Step {
    match random.u8(0..10) {
        0 => Step::Collect,
        1 | 2 => observe_next(random, totals),
        _ => Step::Record {
            instrument: random.usize(0..KINDS.len()),
            value: random.i32(-100..1000),
            attributes: attributes(random),
        },
    }
}

/// Counters never fall and no series is left out again: other tests see to that.
fn observe_next(random: &mut Rng, totals: &mut [i32; OBSERVABLE.len()]) -> Step {
    let observable = random.usize(0..OBSERVABLE.len());
    totals[observable] += random.i32(0..500);
    let falls = !OBSERVABLE[observable].starts_with("ocounter") && random.bool();
    let value = if falls { -totals[observable] } else { totals[observable] };
    let attributes = |at| vec![KeyValue::new("at", at), KeyValue::new("host", "h")];
    let values = (0..3).map(|at| (value + at as i32, attributes(at))).collect();
    Step::Observe { observable, values }
}

fn attributes(random: &mut Rng) -> Vec<KeyValue> {
    let mut pairs = vec![
        KeyValue::new("method", *random.choice(&["GET", "POST"]).unwrap()),
        KeyValue::new("code", *random.choice(&[200, 404]).unwrap()),
        KeyValue::new("cached", random.bool()),
        KeyValue::new("ratio", 0.5),
    ];
    pairs.truncate(random.usize(0..=pairs.len()));
    if random.bool() {
        // In another order it is the same series.
        random.shuffle(&mut pairs);
    }
    pairs
}

type Record = Box<dyn Fn(i32, &[KeyValue])>;
type Values = Arc<Mutex<Vec<(i32, Vec<KeyValue>)>>>;

/// A program's instruments on one provider.
pub(crate) struct Running {
    records: Vec<Option<Record>>,
    observed: Vec<Values>,
}

impl Running {
    pub(crate) fn new(program: &Program, provider: &impl MeterProvider) -> Self {
        let meter = |at: usize| program.meters[at].map(|name| provider.meter(name));
        let records = (0..KINDS.len())
            .map(|at| meter(at).map(|meter| record(&meter, KINDS[at], program.bounds.clone())))
            .collect();
        let observed = (0..OBSERVABLE.len())
            .map(|at| {
                let values = Values::default();
                if let Some(meter) = meter(KINDS.len() + at) {
                    observe(&meter, OBSERVABLE[at], Arc::clone(&values));
                }
                values
            })
            .collect();
        Self { records, observed }
    }

    pub(crate) fn step(&self, step: &Step) {
        match step {
            Step::Collect => {}
            Step::Record { instrument, value, attributes } => {
                if let Some(record) = &self.records[*instrument] {
                    record(*value, attributes);
                }
            }
            Step::Observe { observable, values } => {
                *self.observed[*observable].lock().unwrap() = values.clone();
            }
        }
    }
}

/// Sums of these are exact, in whatever order they are added.
fn float(value: i32) -> f64 {
    f64::from(value) / 4.0
}

fn record(meter: &Meter, name: &'static str, bounds: Option<Vec<f64>>) -> Record {
    macro_rules! instrument {
        ($method:ident) => {
            meter.$method(name).with_description(format!("A {name}.")).with_unit("{thing}")
        };
    }
    match name {
        "counter.u64" => counter(instrument!(u64_counter).build(), |v| v.unsigned_abs().into()),
        "counter.f64" => counter(instrument!(f64_counter).build(), |v| float(v).abs()),
        "updown.i64" => up_down(instrument!(i64_up_down_counter).build(), i64::from),
        "updown.f64" => up_down(instrument!(f64_up_down_counter).build(), float),
        "gauge.u64" => gauge(instrument!(u64_gauge).build(), |v| v.unsigned_abs().into()),
        "gauge.i64" => gauge(instrument!(i64_gauge).build(), i64::from),
        "gauge.f64" => gauge(instrument!(f64_gauge).build(), float),
        "histogram.u64" => {
            let builder = instrument!(u64_histogram);
            let builder = bounds.into_iter().fold(builder, |b, bounds| b.with_boundaries(bounds));
            histogram(builder.build(), |v| v.unsigned_abs().into())
        }
        "histogram.f64" => {
            let builder = instrument!(f64_histogram);
            let builder = bounds.into_iter().fold(builder, |b, bounds| b.with_boundaries(bounds));
            histogram(builder.build(), float)
        }
        other => panic!("{other}"),
    }
}

fn counter<T: 'static>(counter: Counter<T>, of: fn(i32) -> T) -> Record {
    Box::new(move |value, attributes| counter.add(of(value), attributes))
}

fn up_down<T: 'static>(counter: UpDownCounter<T>, of: fn(i32) -> T) -> Record {
    Box::new(move |value, attributes| counter.add(of(value), attributes))
}

fn gauge<T: 'static>(gauge: Gauge<T>, of: fn(i32) -> T) -> Record {
    Box::new(move |value, attributes| gauge.record(of(value), attributes))
}

fn histogram<T: 'static>(histogram: Histogram<T>, of: fn(i32) -> T) -> Record {
    Box::new(move |value, attributes| histogram.record(of(value), attributes))
}

fn observe(meter: &Meter, name: &'static str, values: Values) {
    fn callback<T>(values: Values, of: fn(i32) -> T) -> impl Fn(&dyn AsyncInstrument<T>) {
        move |observer| {
            for (value, attributes) in &*values.lock().unwrap() {
                observer.observe(of(*value), attributes);
            }
        }
    }
    macro_rules! instrument {
        ($method:ident, $of:expr) => {{
            meter.$method(name).with_unit("{thing}").with_callback(callback(values, $of)).build();
        }};
    }
    match name {
        "ocounter.u64" => instrument!(u64_observable_counter, |v| v.unsigned_abs().into()),
        "ocounter.f64" => instrument!(f64_observable_counter, |v| float(v).abs()),
        "oupdown.i64" => instrument!(i64_observable_up_down_counter, i64::from),
        "oupdown.f64" => instrument!(f64_observable_up_down_counter, float),
        "ogauge.u64" => instrument!(u64_observable_gauge, |v| v.unsigned_abs().into()),
        "ogauge.i64" => instrument!(i64_observable_gauge, i64::from),
        "ogauge.f64" => instrument!(f64_observable_gauge, float),
        other => panic!("{other}"),
    }
}
