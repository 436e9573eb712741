//! The same random programs on `opentelemetry_sdk` and on the registry: two readers, cumulative
//! and delta, see the same.
//!
//! What is left out of the comparison, since it differs with a reason: times (a point here starts
//! with its series), metrics without points (the SDK reports them).

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use meterport_core::{Aggregation, InstrumentKind, Temporality, TemporalitySelector};
use meterport_opentelemetry::RegistryMeterProvider;
use meterport_registry::{Registry, RegistryProducer, View};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{
    self as sdk, Instrument, ManualReader, Pipeline, SdkMeterProvider, Stream,
};

use super::program::{Program, Running, Step};
use super::words::{self, Words};

/// A view for both sides.
struct BothViews {
    ours: fn() -> View,
    theirs: fn(&Instrument) -> Option<Stream>,
}

fn stream(
    is: bool,
    settings: impl FnOnce(sdk::StreamBuilder) -> sdk::StreamBuilder,
) -> Option<Stream> {
    is.then(|| settings(Stream::builder()).build().unwrap())
}

const VIEWS: [BothViews; 7] = [
    BothViews {
        ours: || View::named("counter.u64").with_name("renamed").with_unit("{it}"),
        theirs: |i| stream(i.name() == "counter.u64", |s| s.with_name("renamed").with_unit("{it}")),
    },
    BothViews {
        ours: || View::named("counter.f64").with_attributes(["method"]),
        theirs: |i| {
            stream(i.name() == "counter.f64", |s| s.with_allowed_attribute_keys(["method".into()]))
        },
    },
    BothViews {
        ours: || View::named("histogram.u64").with_aggregation(Aggregation::BASE2),
        theirs: |i| {
            stream(i.name() == "histogram.u64", |s| {
                s.with_aggregation(sdk::Aggregation::Base2ExponentialHistogram {
                    max_size: 160,
                    max_scale: 20,
                    record_min_max: true,
                })
            })
        },
    },
    BothViews {
        ours: || View::named("histogram.f64").with_bounds([-10.0, 10.0]).with_attributes(["code"]),
        theirs: |i| {
            stream(i.name() == "histogram.f64", |s| {
                s.with_allowed_attribute_keys(["code".into()]).with_aggregation(
                    sdk::Aggregation::ExplicitBucketHistogram {
                        boundaries: vec![-10.0, 10.0],
                        record_min_max: true,
                    },
                )
            })
        },
    },
    BothViews {
        ours: || View::named("updown.*").with_aggregation(Aggregation::Drop),
        theirs: |i| {
            stream(i.name().starts_with("updown."), |s| s.with_aggregation(sdk::Aggregation::Drop))
        },
    },
    BothViews {
        ours: || View::named("histogram.u64").with_aggregation(Aggregation::Sum).with_name("s"),
        theirs: |i| {
            stream(i.name() == "histogram.u64", |s| {
                s.with_name("s").with_aggregation(sdk::Aggregation::Sum)
            })
        },
    },
    BothViews {
        ours: || View::named("gauge.?64").of_kind(InstrumentKind::Gauge).with_description("Said."),
        theirs: |i| {
            let gauge = i.kind() == sdk::InstrumentKind::Gauge;
            stream(gauge, |s| s.with_description("Said."))
        },
    },
];

const LIMITS: [BothViews; 2] = [
    BothViews {
        ours: || View::named("counter.*").with_cardinality_limit(3),
        theirs: |i| stream(i.name().starts_with("counter."), |s| s.with_cardinality_limit(3)),
    },
    BothViews {
        ours: || View::named("histogram.*").with_cardinality_limit(2),
        theirs: |i| stream(i.name().starts_with("histogram."), |s| s.with_cardinality_limit(2)),
    },
];

/// Lets a reader be collected after the provider has it.
#[derive(Clone, Debug)]
struct Shared(Arc<ManualReader>);

impl MetricReader for Shared {
    fn register_pipeline(&self, pipeline: std::sync::Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, into: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(into)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: sdk::InstrumentKind) -> sdk::Temporality {
        self.0.temporality(kind)
    }
}

fn their_reader(temporality: sdk::Temporality) -> Shared {
    Shared(Arc::new(ManualReader::builder().with_temporality(temporality).build()))
}

fn their_words(reader: &Shared) -> Words {
    let mut batch = ResourceMetrics::default();
    reader.collect(&mut batch).unwrap();
    words::theirs(&batch)
}

/// What the SDK's preference for delta means: gauges too are reported only when they are measured.
fn delta() -> TemporalitySelector {
    TemporalitySelector::Custom(Arc::new(|kind| match kind {
        InstrumentKind::UpDownCounter | InstrumentKind::ObservableUpDownCounter => {
            Temporality::Cumulative
        }
        _ => Temporality::Delta,
    }))
}

fn check(seed: u64, views: &[BothViews]) {
    check_program(seed, views, &Program::random(&mut Rng::with_seed(seed)), 2);
}

/// Compares what so many of the readers see, the cumulative one first.
fn check_program(seed: u64, views: &[BothViews], program: &Program, compared: usize) {
    let their_readers = [sdk::Temporality::Cumulative, sdk::Temporality::Delta].map(their_reader);
    let mut builder = SdkMeterProvider::builder();
    for reader in &their_readers {
        builder = builder.with_reader(reader.clone());
    }
    let theirs = views.iter().fold(builder, |b, view| b.with_view(view.theirs)).build();

    let builder = views.iter().fold(Registry::builder(), |b, view| b.view((view.ours)()));
    let registry = builder.build().unwrap();
    let our_readers: [RegistryProducer; 2] = [TemporalitySelector::Cumulative, delta()]
        .map(|selector| registry.producer().temporality(&selector).build());
    let ours = RegistryMeterProvider::new(registry);

    let (on_theirs, on_ours) = (Running::new(program, &theirs), Running::new(program, &ours));
    for (at, step) in program.steps.iter().chain([&Step::Collect]).enumerate() {
        on_theirs.step(step);
        on_ours.step(step);
        if matches!(step, Step::Collect) {
            for (their_reader, our_reader) in their_readers.iter().zip(&our_readers).take(compared)
            {
                let (theirs, ours) =
                    (their_words(their_reader), words::ours(&our_reader.collect()));
                for (metric, points) in &theirs {
                    assert_eq!(
                        ours.get(metric),
                        Some(points),
                        "{metric}, seed {seed}, step {at}: ours left, theirs right\n{ours:#?}"
                    );
                }
                let more: Vec<_> = ours.keys().filter(|key| !theirs.contains_key(*key)).collect();
                assert!(more.is_empty(), "seed {seed}, step {at}: ours only {more:?}");
            }
        }
    }
}

#[test]
fn programs_give_what_the_sdk_gives() {
    for seed in 0..50 {
        check(seed, &[]);
    }
}

#[test]
fn programs_under_views_give_what_the_sdk_gives() {
    for seed in 1000..1050 {
        check(seed, &VIEWS);
    }
}

/// The SDK does not count the series without attributes, so there is none. Where it reports deltas,
/// its series hold their places for a collection longer than they are measured.
#[test]
fn programs_beyond_limits_give_what_the_sdk_gives() {
    for seed in 2000..2050 {
        let mut program = Program::random(&mut Rng::with_seed(seed));
        program.steps.retain(|step| match step {
            Step::Record { attributes, .. } => !attributes.is_empty(),
            Step::Collect | Step::Observe { .. } => true,
        });
        check_program(seed, &LIMITS, &program, 1);
    }
}
