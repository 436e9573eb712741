//! What a Collector is known to change: it is changed on both sides before they are compared.

use meterport_testkit::proto::exponential_histogram_data_point::Buckets;
use meterport_testkit::proto::metric::Data;
use meterport_testkit::proto::{InstrumentationScope, Resource, ResourceMetrics, ScopeMetrics};

/// Fills in what the Collector's own model cannot leave out, as it has these by value:
///
/// - a resource and a scope of which nothing is known are there, and empty;
/// - so are both sides of an exponential histogram;
/// - where zero is the default and is not written (the zero threshold, a summary's figures), a
///   negative zero is taken for it.
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
        match &mut metric.data {
            Some(Data::ExponentialHistogram(histogram)) => {
                for point in &mut histogram.data_points {
                    point.positive.get_or_insert_with(Buckets::default);
                    point.negative.get_or_insert_with(Buckets::default);
                    unsign(&mut point.zero_threshold);
                }
            }
            Some(Data::Summary(summary)) => {
                for point in &mut summary.data_points {
                    unsign(&mut point.sum);
                    for entry in &mut point.quantile_values {
                        unsign(&mut entry.quantile);
                        unsign(&mut entry.value);
                    }
                }
            }
            Some(Data::Gauge(_) | Data::Histogram(_) | Data::Sum(_)) | None => {}
        }
    }
}

/// Zero for a negative zero.
fn unsign(number: &mut f64) {
    if *number == 0.0 {
        *number = 0.0;
    }
}
