//! What we make of the SDK's metrics, beside what opentelemetry-otlp makes of them.

use std::sync::{Arc, Mutex};

use meterport_core::{Aggregation, AggregationSelector, MetricBatch, MetricData, Number, ValueRef};
use meterport_testkit::proto::metric::Data;
use meterport_testkit::proto::{
    ExportMetricsServiceRequest, KeyValue as ProtoPair, ResourceMetrics as ProtoResource,
};
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest as Foreign;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{SdkMeterProvider, Temporality};
use prost::Message;

use super::*;
use crate::aggregation_view;
use crate::fakes::{chunks, record_everything, resource};

/// An exporter to the SDK that converts each snapshot twice.
#[derive(Clone)]
struct Witness {
    conversion: Arc<Mutex<Conversion>>,
    snapshots: Arc<Mutex<Vec<(MetricBatch, ExportMetricsServiceRequest)>>>,
    temporality: Temporality,
}

impl Witness {
    fn new(temporality: Temporality) -> Self {
        Self { conversion: Arc::default(), snapshots: Arc::default(), temporality }
    }

    fn take(&self) -> Vec<(MetricBatch, ExportMetricsServiceRequest)> {
        std::mem::take(&mut self.snapshots.lock().unwrap())
    }
}

impl PushMetricExporter for Witness {
    async fn export(&self, metrics: &SdkResourceMetrics) -> OTelSdkResult {
        let ours = self.conversion.lock().unwrap().batch(metrics);
        let foreign = Foreign::from(metrics).encode_to_vec();
        let foreign = ExportMetricsServiceRequest::decode(&*foreign).unwrap();
        self.snapshots.lock().unwrap().push((ours, foreign));
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: std::time::Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}

/// Attributes and points have no order in OTLP.
fn sorted(mut request: ExportMetricsServiceRequest) -> ExportMetricsServiceRequest {
    let sort = |attributes: &mut Vec<ProtoPair>| attributes.sort_by(|a, b| a.key.cmp(&b.key));
    for ProtoResource { resource, scope_metrics, .. } in &mut request.resource_metrics {
        resource.iter_mut().for_each(|resource| sort(&mut resource.attributes));
        scope_metrics.sort_by_key(|scope| scope.scope.as_ref().map(|scope| scope.name.clone()));
        let metrics = scope_metrics.iter_mut().flat_map(|scope| &mut scope.metrics);
        for data in metrics.filter_map(|metric| metric.data.as_mut()) {
            macro_rules! points {
                ($points:expr) => {{
                    $points.iter_mut().for_each(|point| sort(&mut point.attributes));
                    $points.sort_by_cached_key(|point| format!("{:?}", point.attributes));
                }};
            }
            if let Data::ExponentialHistogram(data) = data {
                for point in &mut data.data_points {
                    // Empty buckets are as good as none.
                    point.positive.take_if(|buckets| buckets.bucket_counts.is_empty());
                    point.negative.take_if(|buckets| buckets.bucket_counts.is_empty());
                }
            }
            match data {
                Data::ExponentialHistogram(data) => points!(data.data_points),
                Data::Gauge(data) => points!(data.data_points),
                Data::Histogram(data) => points!(data.data_points),
                Data::Sum(data) => points!(data.data_points),
                Data::Summary(data) => points!(data.data_points),
            }
        }
    }
    request
}

#[test]
fn everything_is_what_opentelemetry_otlp_makes_of_it() {
    for temporality in [Temporality::Cumulative, Temporality::Delta, Temporality::LowMemory] {
        for histograms in [Aggregation::Default, Aggregation::BASE2] {
            let witness = Witness::new(temporality);
            let provider = SdkMeterProvider::builder()
                .with_resource(resource())
                .with_periodic_exporter(witness.clone())
                .with_view(aggregation_view(AggregationSelector::histograms(histograms.clone())))
                .build();
            for _ in 0..3 {
                record_everything(&provider);
                provider.force_flush().unwrap();
            }
            let snapshots = witness.take();
            assert_eq!(snapshots.len(), 3);
            for (ours, foreign) in snapshots {
                assert_eq!(ours.metrics().count(), 14);
                assert_eq!(ours.points(), 13 * 7 + 1);
                let ours = sorted(meterport_testkit::to_proto(&ours));
                let foreign = sorted(foreign);
                let metrics = |of: &ExportMetricsServiceRequest| {
                    let scopes = of.resource_metrics.iter().flat_map(|of| &of.scope_metrics);
                    scopes.flat_map(|scope| scope.metrics.clone()).collect::<Vec<_>>()
                };
                for (ours, foreign) in metrics(&ours).iter().zip(&metrics(&foreign)) {
                    assert_eq!(ours, foreign, "{temporality:?} {histograms:?}");
                }
                assert_eq!(ours, foreign, "{temporality:?} {histograms:?}");
            }
            provider.shutdown().unwrap();
        }
    }
}

#[test]
fn a_counter_beyond_the_signed_range_keeps_its_value() {
    let witness = Witness::new(Temporality::Cumulative);
    let provider = SdkMeterProvider::builder().with_periodic_exporter(witness.clone()).build();
    let counter = provider.meter("m").u64_counter("c").build();
    counter.add(u64::MAX, &[KeyValue::new("size", "large")]);
    counter.add(1, &[KeyValue::new("size", "small")]);
    provider.force_flush().unwrap();
    let snapshots = witness.take();
    let Some(MetricData::Sum(sum)) = snapshots[0].0.metrics().next().map(|m| m.data.clone()) else {
        unreachable!()
    };
    let mut values: Vec<_> = sum.points.iter().map(|point| point.value).collect();
    values.sort_by(|a, b| a.as_f64().total_cmp(&b.as_f64()));
    assert_eq!(values, [Number::I64(1), Number::U64(u64::MAX)]);
}

#[test]
fn chunks_are_shared_until_a_series_appears() {
    for temporality in [Temporality::Cumulative, Temporality::Delta] {
        let witness = Witness::new(temporality);
        let provider = SdkMeterProvider::builder().with_periodic_exporter(witness.clone()).build();
        let meter = provider.meter("m");
        let counter = meter.u64_counter("c").build();
        let record = |series: std::ops::Range<i64>| {
            for i in series {
                counter.add(1, &[KeyValue::new("z", i), KeyValue::new("a", "unsorted")]);
            }
            provider.force_flush().unwrap();
            let (batch, _) = witness.take().remove(0);
            let mut keys: Vec<_> = batch
                .metrics()
                .flat_map(|metric| metric.data.series().iter())
                .map(|set| set.get("z"))
                .collect();
            keys.sort_by_key(|key| match key {
                Some(ValueRef::Int(key)) => *key,
                other => unreachable!("{other:?}"),
            });
            assert!(
                keys.iter().copied().eq((0..keys.len() as i64).map(|i| Some(ValueRef::Int(i))))
            );
            (chunks(&batch, "c"), keys.len())
        };
        let (first, _) = record(0..600);
        assert_eq!(first.len(), 3);
        assert_eq!(record(0..600).0, first);
        let (grown, points) = record(0..601);
        assert_eq!((&grown[..3], grown.len(), points), (&first[..], 4, 601));
    }
}

#[test]
fn descriptors_are_shared() {
    let witness = Witness::new(Temporality::Cumulative);
    let provider = SdkMeterProvider::builder().with_periodic_exporter(witness.clone()).build();
    let counter = provider.meter("m").u64_counter("c").build();
    for _ in 0..2 {
        counter.add(1, &[]);
        provider.force_flush().unwrap();
    }
    let snapshots = witness.take();
    let descriptor = |at: usize| Arc::clone(&snapshots[at].0.metrics().next().unwrap().descriptor);
    assert!(Arc::ptr_eq(&descriptor(0), &descriptor(1)));
}
