//! The same random programs on `opentelemetry_sdk` and on the registry: two readers, cumulative
//! and delta, see the same.
//!
//! What is left out of the comparison, since it differs with a reason:
//!
//! - when cumulative points start (here with their series); that starts and times follow one another
//!   in the same way is compared;
//! - the start of gauges (the specification asks for none);
//! - metrics without points (the SDK reports them);
//! - whether integers have a sign (OTLP has one type of integer, and so has our model as far as
//!   values fit into it);
//! - observable counters that fall, in deltas (the SDK subtracts below zero, and panics in a debug
//!   build), and what is not observed any more, in cumulative points (the SDK goes on with its last
//!   value). Where they agree, they are compared.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use meterport_core::{InstrumentKind, Temporality, TemporalitySelector};
use meterport_opentelemetry::RegistryMeterProvider;
use meterport_registry::{Registry, RegistryProducer};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{self as sdk, ManualReader, Pipeline, SdkMeterProvider};

use super::program::{Program, Running, Step};
use super::times::{self, Times};
use super::views::{BothViews, LIMITS, VIEWS};
use super::words::{self, Words};

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

fn their_words(reader: &Shared) -> (Words, Times) {
    let mut batch = ResourceMetrics::default();
    reader.collect(&mut batch).unwrap();
    (words::theirs(&batch), times::theirs(&batch))
}

fn our_words(reader: &RegistryProducer) -> (Words, Times) {
    let batch = reader.collect();
    (words::ours(&batch), times::ours(&batch))
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
    check_program(seed, views, &Program::random(&mut Rng::with_seed(seed)), &[0, 1]);
}

/// Compares what these readers see: the first is the cumulative one.
fn check_program(seed: u64, views: &[BothViews], program: &Program, compared: &[usize]) {
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
    let mut before = [const { (Times::new(), Times::new()) }; 2];
    for (at, step) in program.steps.iter().chain([&Step::Collect]).enumerate() {
        on_theirs.step(step);
        on_ours.step(step);
        if matches!(step, Step::Collect) {
            for &reader in compared {
                let (theirs, their_times) = their_words(&their_readers[reader]);
                let (ours, our_times) = our_words(&our_readers[reader]);
                times::follow(&before[reader].0, &their_times);
                times::follow(&before[reader].1, &our_times);
                before[reader] = (their_times, our_times);
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
        check_program(seed, &LIMITS, &program, &[0]);
    }
}

/// Totals that fall: a process behind the callback began anew.
#[test]
fn observable_counters_that_fall_give_what_the_sdk_gives() {
    for seed in 3000..3050 {
        let mut random = Rng::with_seed(seed);
        let mut program = Program::random(&mut random);
        for step in &mut program.steps {
            if let Step::Observe { values, .. } = step
                && random.bool()
            {
                values.iter_mut().for_each(|(value, _)| *value = random.i32(0..9));
            }
        }
        check_program(seed, &VIEWS, &program, &[0]);
    }
}

/// Series that are not observed for a while, and then are again.
#[test]
fn observed_series_that_come_and_go_give_what_the_sdk_gives() {
    for seed in 4000..4050 {
        let mut random = Rng::with_seed(seed);
        let mut program = Program::random(&mut random);
        for step in &mut program.steps {
            if let Step::Observe { values, .. } = step {
                values.retain(|_| random.bool());
            }
        }
        check_program(seed, &VIEWS, &program, &[1]);
    }
}
