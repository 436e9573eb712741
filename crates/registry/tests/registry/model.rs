//! Random programs against a plain list of measurements.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use meterport_core::{
    Aggregation, AggregationSelector, AttributeSet, InstrumentKind, Number, Stats, Temporality,
    TemporalitySelector,
};
use meterport_registry::{AttributeValue, View};
use proptest::prelude::*;

use crate::support::{HandClock, read, registry};

const BOUNDS: [f64; 3] = [-1.0, 0.0, 8.0];

#[derive(Clone, Debug)]
enum Op {
    Collect {
        reader: usize,
    },
    /// What the callbacks say from now on; nothing of a series without a value.
    Observe {
        set: usize,
        value: Option<i64>,
    },
    Record {
        instrument: usize,
        set: usize,
        value: i64,
        bound: bool,
        reverse: bool,
    },
}

#[derive(Clone, Copy, Debug)]
struct Wishes {
    delta: bool,
    exponential: bool,
}

#[derive(Clone, Copy, Debug)]
struct Program {
    filter: bool,
    limit: Option<usize>,
    readers: [Wishes; 2],
}

/// Counters, an up-down counter, gauge and histogram; the last is observed.
const NAMES: [&str; 6] = ["count", "float", "level", "gauge", "spread", "observed"];
const KINDS: [InstrumentKind; 6] = [
    InstrumentKind::Counter,
    InstrumentKind::Counter,
    InstrumentKind::UpDownCounter,
    InstrumentKind::Gauge,
    InstrumentKind::Histogram,
    InstrumentKind::ObservableUpDownCounter,
];
const OBSERVED: usize = 5;

fn set(number: usize, filter: bool) -> AttributeSet {
    let all = AttributeSet::from([("a", (number % 4) as i64), ("b", (number / 4) as i64)]);
    if filter { all.filter(|key, _| key == "a") } else { all }
}

/// The measurements of one series.
#[derive(Clone, Debug)]
struct Series {
    start: u64,
    values: Vec<f64>,
}

/// What one reader should see of one instrument.
struct Expected {
    instrument: usize,
    program: Program,
    reader: usize,
    since: u64,
    /// In the order in which they came.
    series: Vec<(AttributeSet, Series)>,
    overflow: Option<Series>,
    /// What was observed when it was last collected.
    before: BTreeMap<String, (u64, i64)>,
}

impl Expected {
    fn is_delta(&self) -> bool {
        self.program.readers[self.reader].delta
    }

    fn record(&mut self, set: &AttributeSet, value: f64, now: u64) {
        if let Some((_, known)) = self.series.iter_mut().find(|known| known.0 == *set) {
            return known.values.push(value);
        }
        if self.program.limit.is_some_and(|limit| self.series.len() >= limit) {
            let overflow = self.overflow.get_or_insert(Series { start: now, values: Vec::new() });
            return overflow.values.push(value);
        }
        self.series.push((set.clone(), Series { start: now, values: vec![value] }));
    }

    fn collect(&mut self, now: u64) -> BTreeMap<String, String> {
        let since = std::mem::replace(&mut self.since, now);
        let overflow = AttributeSet::from([("otel.metric.overflow", true)]);
        let overflow = self.overflow.clone().map(|series| (overflow, series));
        let all = self.series.iter().cloned().chain(overflow);
        let points = all.map(|(set, series)| {
            let start = match KINDS[self.instrument] {
                InstrumentKind::Gauge => 0,
                _ if self.is_delta() => since,
                _ => series.start,
            };
            (format!("{set:?}"), format!("{start}..{now} {}", self.value(&series.values)))
        });
        let points = points.collect();
        if self.is_delta() {
            self.series.clear();
            self.overflow = None;
        }
        points
    }

    fn value(&self, values: &[f64]) -> String {
        let sum: f64 = values.iter().sum();
        let number = match self.instrument {
            0 | 2 => Number::I64(sum as i64),
            1 => Number::F64(sum),
            3 => Number::F64(*values.last().unwrap()),
            _ => {
                let stats = Stats {
                    count: values.len() as u64,
                    sum: Some(sum),
                    min: values.iter().copied().reduce(f64::min),
                    max: values.iter().copied().reduce(f64::max),
                };
                if self.program.readers[self.reader].exponential {
                    return format!("{stats:?} {}", values.len());
                }
                let mut counts = [0_u64; 4];
                values.iter().for_each(|v| counts[BOUNDS.iter().filter(|b| *v > **b).count()] += 1);
                return format!("{stats:?} {counts:?}");
            }
        };
        format!("{number:?}")
    }

    /// As `collect`, of what callbacks say now.
    fn observe(&mut self, now: u64, told: &BTreeMap<usize, i64>) -> BTreeMap<String, String> {
        let since = std::mem::replace(&mut self.since, now);
        let mut seen: BTreeMap<String, i64> = BTreeMap::new();
        for (number, value) in told {
            let name = format!("{:?}", set(*number, self.program.filter));
            *seen.entry(name).or_default() += value;
        }
        let mut before = BTreeMap::new();
        let mut points = BTreeMap::new();
        for (name, value) in seen {
            let (start, last) = self.before.get(&name).copied().unwrap_or((since, 0));
            let (shown_start, shown) =
                if self.is_delta() { (since, value - last) } else { (start, value) };
            points.insert(name.clone(), format!("{shown_start}..{now} {:?}", Number::I64(shown)));
            before.insert(name, (start, value));
        }
        self.before = before;
        points
    }
}

fn check(program: Program, ops: &[Op]) {
    let clock = HandClock::new();
    let registry = registry(&clock, |mut builder| {
        if let Some(limit) = program.limit {
            builder = builder.cardinality_limit(limit);
        }
        if program.filter {
            builder = builder.view(View::named("*").with_attributes(["a"]));
        }
        builder
    });
    let producers = program.readers.map(|wishes| {
        let temporality = if wishes.delta { Temporality::Delta } else { Temporality::Cumulative };
        let mut producer = registry
            .producer()
            .temporality(&TemporalitySelector::Custom(Arc::new(move |_| temporality)));
        if wishes.exponential {
            producer = producer.aggregation(&AggregationSelector::histograms(Aggregation::BASE2));
        }
        producer.build()
    });
    let meter = registry.meter("model");
    let count = meter.counter::<u64>(NAMES[0]).build().unwrap();
    let float = meter.counter::<f64>(NAMES[1]).build().unwrap();
    let level = meter.up_down_counter::<i64>(NAMES[2]).build().unwrap();
    let gauge = meter.gauge::<f64>(NAMES[3]).build().unwrap();
    let spread = meter.histogram::<f64>(NAMES[4]).bounds(BOUNDS).build().unwrap();
    let told = Arc::new(Mutex::new(BTreeMap::<usize, i64>::new()));
    let observed = meter.observable_up_down_counter::<i64>(NAMES[OBSERVED]).build().unwrap();
    let telling = Arc::clone(&told);
    observed.observe(move |observer| {
        for (number, value) in &*telling.lock().unwrap() {
            observer.observe(*value, set(*number, false));
        }
    });
    let created = clock.seconds();
    let expected = |reader| {
        move |instrument| Expected {
            instrument,
            program,
            reader,
            since: created,
            series: Vec::new(),
            overflow: None,
            before: BTreeMap::new(),
        }
    };
    let mut readers = [0, 1].map(|reader| [0, 1, 2, 3, 4, 5].map(expected(reader)));

    for op in ops {
        clock.advance(1);
        let now = clock.seconds();
        match *op {
            Op::Collect { reader } => {
                let mut wanted = BTreeMap::new();
                for (instrument, expected) in readers[reader].iter_mut().enumerate() {
                    let points = match instrument {
                        OBSERVED => expected.observe(now, &told.lock().unwrap()),
                        _ => expected.collect(now),
                    };
                    if !points.is_empty() {
                        wanted.insert(NAMES[instrument].to_owned(), points);
                    }
                }
                assert_eq!(read(&producers[reader].collect()), wanted, "reader {reader} at {now}");
            }
            Op::Observe { set, value: Some(value) } => {
                told.lock().unwrap().insert(set, value);
            }
            Op::Observe { set, value: None } => {
                told.lock().unwrap().remove(&set);
            }
            Op::Record { instrument, set: number, value, bound, reverse } => {
                let mut pairs = [
                    ("a", AttributeValue::Int(number as i64 % 4)),
                    ("b", (number as i64 / 4).into()),
                ];
                if reverse {
                    pairs.reverse();
                }
                let value = if instrument < 2 { value.abs() } else { value };
                let quarters = value as f64 / 4.0;
                match (instrument, bound) {
                    (0, false) => count.add(value as u64, pairs),
                    (0, true) => count.bind(pairs).add(value as u64),
                    (1, false) => float.add(quarters, pairs),
                    (1, true) => float.bind(pairs).add(quarters),
                    (2, false) => level.add(value, pairs),
                    (2, true) => level.bind(pairs).add(value),
                    (3, false) => gauge.set(quarters, pairs),
                    (3, true) => gauge.bind(pairs).set(quarters),
                    (_, false) => spread.record(quarters, pairs),
                    (_, true) => spread.bind(pairs).record(quarters),
                }
                let measured = if matches!(instrument, 0 | 2) { value as f64 } else { quarters };
                let set = set(number, program.filter);
                readers.iter_mut().for_each(|r| r[instrument].record(&set, measured, now));
            }
        }
    }
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (0..2_usize).prop_map(|reader| Op::Collect { reader }),
        1 => (0..8_usize, prop::option::of(-20..20_i64))
            .prop_map(|(set, value)| Op::Observe { set, value }),
        8 => (0..5_usize, 0..12_usize, -60..60_i64, any::<bool>(), any::<bool>()).prop_map(
            |(instrument, set, value, bound, reverse)| {
                Op::Record { instrument, set, value, bound, reverse }
            }
        ),
    ]
}

fn wishes() -> impl Strategy<Value = Wishes> {
    (any::<bool>(), any::<bool>()).prop_map(|(delta, exponential)| Wishes { delta, exponential })
}

proptest! {
    #[test]
    fn snapshots_hold_what_was_measured(
        filter in any::<bool>(),
        limit in prop::option::of(1..6_usize),
        first in wishes(),
        second in wishes(),
        ops in prop::collection::vec(op(), 0..120),
    ) {
        // Observed series have the same limit, but the model of them has none.
        let limit = limit.filter(|_| !ops.iter().any(|op| matches!(op, Op::Observe { .. })));
        check(Program { filter, limit, readers: [first, second] }, &ops);
    }
}
