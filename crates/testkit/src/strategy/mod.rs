//! Generated batches: everything the model can hold, in small.
//!
//! Every kind of point and of attribute value, nested; exemplars, flags, metadata, schema URLs and
//! dropped counts; integers and floats in one metric, differing bounds and no buckets; empty metrics,
//! scopes and resources; metrics that were cut and joined, so that their rows begin in the middle of
//! a chunk, and now and then one of several chunks.

mod points;
#[cfg(test)]
mod tests;
mod values;

use std::sync::Arc;

use meterport_core::{
    Descriptor, ExponentialHistogram, Gauge, Histogram, Metric, MetricBatch, MetricData, Resource,
    ResourceMetrics, Scope, ScopeMetrics, Sum, Summary, Temporality,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub use self::points::{
    exemplar, exponential, exponential_points, histogram, histogram_points, number_points, summary,
    summary_points,
};
pub use self::values::{attribute_value, attributes, double, number, text, timestamp};

/// Which numbers are generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no third")]
pub enum Numbers {
    /// All: NaN and infinities, and unsigned integers for which OTLP has no form.
    Any,
    /// Finite floats, and integers up to `i64::MAX`: those that come back from OTLP as they were
    /// and equal themselves.
    Finite,
}

/// A batch of up to two resources.
pub fn batch(numbers: Numbers) -> impl Strategy<Value = MetricBatch> {
    vec(resource_metrics(numbers), 0..=2).prop_map(MetricBatch::new)
}

/// `count` batches that `seed` alone decides on; made without what proptest needs to shrink a
/// failing case, so that there can be many.
///
/// ```
/// use meterport_testkit::strategy::{Numbers, batches};
///
/// let all: Vec<_> = batches(Numbers::Finite, 20, 7).collect();
/// assert_eq!(all.len(), 20);
/// assert!(all.iter().any(|batch| batch.points() > 0));
/// assert_eq!(all, batches(Numbers::Finite, 20, 7).collect::<Vec<_>>());
/// ```
pub fn batches(numbers: Numbers, count: usize, seed: u64) -> impl Iterator<Item = MetricBatch> {
    samples(batch(numbers), count, seed)
}

/// As [`batches`], of any strategy that rejects nothing.
///
/// # Panics
/// The strategy rejects more than proptest's default allows.
pub fn samples<S: Strategy>(
    strategy: S,
    count: usize,
    seed: u64,
) -> impl Iterator<Item = S::Value> {
    let mut bytes = [0x5a; 16];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::XorShift, &bytes);
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    (0..count).map(move |_| {
        let tree = strategy.new_tree(&mut runner).expect("the strategy rejects too much");
        tree.current()
    })
}

/// The metrics of one resource, of up to two scopes.
pub fn resource_metrics(numbers: Numbers) -> impl Strategy<Value = ResourceMetrics> {
    let resource = (attributes(numbers, 0..=3), dropped()).prop_map(
        |(attributes, dropped_attributes_count)| Resource { attributes, dropped_attributes_count },
    );
    (resource, text(), vec(scope_metrics(numbers), 0..=2)).prop_map(
        |(resource, schema_url, scopes)| ResourceMetrics {
            resource,
            schema_url: schema_url.into(),
            scopes,
        },
    )
}

/// The metrics of one scope, up to four.
pub fn scope_metrics(numbers: Numbers) -> impl Strategy<Value = ScopeMetrics> {
    let scope = (text(), text(), attributes(numbers, 0..=2), dropped()).prop_map(
        |(name, version, attributes, dropped_attributes_count)| Scope {
            name: name.into(),
            version: version.into(),
            attributes,
            dropped_attributes_count,
        },
    );
    (scope, text(), vec(metric(numbers), 0..=4)).prop_map(|(scope, schema_url, metrics)| {
        ScopeMetrics { scope, schema_url: schema_url.into(), metrics }
    })
}

/// A metric of any kind.
pub fn metric(numbers: Numbers) -> impl Strategy<Value = Metric> {
    let metadata = prop_oneof![3 => Just(None), 1 => attributes(numbers, 1..=2).prop_map(Some)];
    let descriptor =
        (text(), text(), text(), metadata).prop_map(|(name, description, unit, metadata)| {
            Descriptor {
                name: name.into(),
                description: description.into(),
                unit: unit.into(),
                metadata: metadata.unwrap_or_default(),
            }
        });
    (descriptor, metric_data(numbers))
        .prop_map(|(descriptor, data)| Metric { descriptor: Arc::new(descriptor), data })
}

/// Points of any kind.
pub fn metric_data(numbers: Numbers) -> impl Strategy<Value = MetricData> {
    prop_oneof![
        (exponential_points(numbers), temporality()).prop_map(|(points, temporality)| {
            ExponentialHistogram { points, temporality }.into()
        }),
        number_points(numbers).prop_map(|points| Gauge { points }.into()),
        (histogram_points(numbers), temporality()).prop_map(|(points, temporality)| Histogram {
            points,
            temporality
        }
        .into()),
        (number_points(numbers), temporality(), any::<bool>()).prop_map(
            |(points, temporality, monotonic)| Sum { points, temporality, monotonic }.into()
        ),
        summary_points(numbers).prop_map(|points| Summary { points }.into()),
    ]
}

fn temporality() -> impl Strategy<Value = Temporality> {
    prop_oneof![Just(Temporality::Cumulative), Just(Temporality::Delta)]
}

fn dropped() -> impl Strategy<Value = u32> {
    prop_oneof![3 => Just(0), 1 => any::<u32>()]
}
