use std::collections::HashSet;
use std::sync::Arc;

use super::*;

fn shares(batch: &MetricBatch) -> [usize; 4] {
    let mut shares = [0; 4];
    for metric in batch.metrics() {
        let kind = match metric.data {
            MetricData::Sum(_) => 0,
            MetricData::Gauge(_) => 1,
            MetricData::Histogram(_) => 2,
            _ => 3,
        };
        shares[kind] += metric.data.len();
    }
    shares
}

#[test]
fn every_size_has_its_points_and_shares() {
    for (workload, metrics, expected) in [
        (Workload::mixed(0), 0, [0, 0, 0, 0]),
        (Workload::mixed(1), 1, [0, 0, 1, 0]),
        (Workload::mixed(1_000), 20, [700, 150, 150, 0]),
        (Workload::mixed(10_000), 20, [7_000, 1_500, 1_500, 0]),
        (Workload::mixed(100_000), 100, [70_000, 15_000, 15_000, 0]),
        (Workload::counters(1_001), 20, [1_001, 0, 0, 0]),
        (Workload::gauges(30), 20, [0, 30, 0, 0]),
        (Workload::histograms(30), 20, [0, 0, 30, 0]),
        (Workload::exponential(30), 20, [0, 0, 0, 30]),
    ] {
        let batch = workload.batch(3);
        assert_eq!(shares(&batch), expected);
        assert_eq!(batch.metrics().count(), metrics);
        assert_eq!(batch, workload.clone().fresh(3));
    }
}

#[test]
fn series_of_an_instrument_differ_and_stay() {
    let workload = Workload::mixed(2_000);
    let runs = |batch: &MetricBatch| -> Vec<_> {
        let sums = batch.metrics().filter_map(|metric| match &metric.data {
            MetricData::Sum(sum) => Some(sum.points.series().clone()),
            _ => None,
        });
        sums.flat_map(|series| series.runs().to_vec()).map(|run| Arc::as_ptr(run.chunk())).collect()
    };
    let (first, second) = (workload.batch(0), workload.batch(1));
    assert_eq!(runs(&first), runs(&second));
    assert_ne!(runs(&first), runs(&workload.fresh(1)));
    for series in &workload.series {
        let sets: HashSet<_> = series.iter().collect();
        assert_eq!(sets.len(), series.len());
        assert!(sets.iter().all(|set| matches!(set.len(), 5 | 6)));
    }
}

#[test]
fn points_stay_the_same_when_nothing_is_remembered_of_them() {
    for batch in crate::strategy::batches(crate::strategy::Numbers::Finite, 300, 11) {
        assert_eq!(unremembered(&batch), batch);
    }
}

#[test]
fn measurements_and_buckets_agree() {
    for instrument in [Mix::Histograms, Mix::Exponential].map(|mix| mix.instruments(20)[3]) {
        let row = instrument.distribution(0, 2);
        assert_eq!(row.counts.iter().sum::<u64>(), row.count);
        assert_eq!(row.count, 3 * instrument.measurements(0).len() as u64);
        assert!(row.min < row.max && row.max < row.sum);
    }
    let buckets = Workload::exponential(1).batch(0);
    let Some(MetricData::ExponentialHistogram(data)) = buckets.metrics().map(|m| &m.data).next()
    else {
        panic!("an exponential histogram")
    };
    let (_, counts) = data.points.rows().value(0).positive;
    assert_eq!(counts.len(), 84);
    assert!(counts.iter().all(|count| *count > 0));
}

#[test]
fn mixes_are_found_by_name() {
    for mix in Mix::ALL {
        assert_eq!(Mix::from_name(mix.name()), Some(mix));
    }
    assert_eq!(Mix::from_name("none"), None);
}

#[test]
fn times_are_as_given() {
    let start = Timestamp::from_secs(100);
    let workload = Workload::gauges(1).with_times(start, Duration::from_secs(60));
    let batch = workload.batch(1);
    let Some(MetricData::Gauge(gauge)) = batch.metrics().map(|m| &m.data).next() else {
        panic!("a gauge")
    };
    let point = gauge.points.iter().next().expect("a point");
    assert_eq!((point.start, point.time), (start, Timestamp::from_secs(220)));
}
