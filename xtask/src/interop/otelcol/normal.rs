//! What a Collector is known to change: it is changed on both sides before they are compared.

use meterport_testkit::proto::exponential_histogram_data_point::Buckets;
use meterport_testkit::proto::metric::Data;
use meterport_testkit::proto::{
    InstrumentationScope, Resource, ResourceMetrics, ScopeMetrics,
};

/// Fills in what the Collector's own model cannot leave out, as it has these by value:
///
/// - a resource and a scope of which nothing is known are there, and empty;
/// - so are both sides of an exponential histogram.
///
/// The order stays, as do empty scopes and metrics without points.
pub(super) fn normalise(resources: &mut [ResourceMetrics]) {
    for entry in resources {
        entry.resource.get_or_insert_with(Resource::default);
        entry.scope_metrics.iter_mut().for_each(normalise_scope);
    }
}

fn normalise_scope(entry: &mut ScopeMetrics) {
    entry.scope.get_or_insert_with(InstrumentationScope::default);
    for metric in &mut entry.metrics {
        let Some(Data::ExponentialHistogram(histogram)) = &mut metric.data else { continue };
        for point in &mut histogram.data_points {
            point.positive.get_or_insert_with(Buckets::default);
            point.negative.get_or_insert_with(Buckets::default);
        }
    }
}
