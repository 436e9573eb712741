//! Every operation on columns against the same operation on a plain list of points.

use std::sync::Arc;

use super::*;

/// Small enough to repeat bounds, numbers and times, so that shared forms are met too.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }

    fn point<V>(&mut self, row: usize, value: V) -> Point<V> {
        let attributes = AttributeSet::from([("row", row as i64)]);
        let mut point = Point::new(attributes, value)
            .with_start(Timestamp::from_nanos(self.roll(2)))
            .with_time(Timestamp::from_nanos(7));
        if self.roll(5) == 0 {
            point.flags = Flags::NO_RECORDED_VALUE;
        }
        if self.roll(5) == 0 {
            let number = Number::from(self.roll(9));
            point = point.with_exemplar(Exemplar::new(number, Timestamp::from_nanos(3)));
        }
        point
    }

    fn number(&mut self) -> Number {
        match self.roll(3) {
            0 => Number::F64(0.5),
            1 => Number::I64(-1),
            _ => Number::U64(u64::MAX - self.roll(3)),
        }
    }

    fn stats(&mut self) -> Stats {
        let some = |there: u64| (there == 0).then_some(1.5);
        Stats {
            count: self.roll(100),
            sum: some(self.roll(2)),
            min: some(self.roll(2)),
            max: some(self.roll(2)),
        }
    }

    fn histogram(&mut self) -> HistogramValue {
        let buckets = match self.roll(3) {
            0 => Buckets::none(),
            n => {
                let bounds: Vec<_> = (0..n * 2).map(|i| i as f64).collect();
                let counts = (0..=n * 2).map(|_| self.roll(9)).collect();
                Buckets::new(Bounds::new(bounds).unwrap(), counts).unwrap()
            }
        };
        HistogramValue { stats: self.stats(), buckets }
    }

    fn exponential(&mut self) -> ExponentialValue {
        let mut buckets = || ExponentialBuckets {
            offset: self.roll(3) as i32 - 1,
            counts: (0..self.roll(4)).map(|_| self.roll(9)).collect(),
        };
        let (positive, negative) = (buckets(), buckets());
        ExponentialValue {
            stats: self.stats(),
            scale: self.roll(21) as i32,
            zero_count: self.roll(3),
            zero_threshold: 0.0,
            positive,
            negative,
        }
    }

    fn summary(&mut self) -> SummaryValue {
        let quantile = |i: u64| Quantile { quantile: i as f64 / 4.0, value: i as f64 };
        SummaryValue {
            count: self.roll(9),
            sum: 2.5,
            quantiles: (0..self.roll(4)).map(quantile).collect(),
        }
    }
}

fn check<R: Rows>(rows: usize, seed: u64, value: impl Fn(&mut Dice) -> R::Value) {
    let mut dice = Dice(seed);
    let list: Vec<Point<R::Value>> = (0..rows)
        .map(|row| {
            let value = value(&mut dice);
            dice.point(row, value)
        })
        .collect();
    let points: Points<R> = list.iter().cloned().collect();
    assert_eq!(points.len(), rows);
    assert_eq!(points.to_points(), list);
    assert_eq!(points, points.iter().zip(&list).map(|(_, point)| point.clone()).collect());

    for _ in 0..20 {
        let (a, b) = (dice.roll(rows as u64 + 3) as usize, dice.roll(rows as u64 + 3) as usize);
        let range = a.min(b)..a.max(b);
        let slice = points.slice(range.clone());
        let expected = &list[range.start.min(rows)..range.end.min(rows)];
        assert_eq!(slice.to_points(), expected, "{range:?}");
        let again = slice.slice(1..range.len());
        assert_eq!(again.to_points(), expected.get(1..).unwrap_or_default(), "{range:?}");
    }
    for modulus in [1, 2, 3, 100] {
        let keep = |attributes: &AttributeSet| match attributes.get("row") {
            Some(ValueRef::Int(row)) => row % modulus != 1,
            _ => unreachable!(),
        };
        let expected: Vec<_> =
            list.iter().filter(|point| keep(&point.attributes)).cloned().collect();
        assert_eq!(points.filter(keep).to_points(), expected, "{modulus}");
        let joined = Points::join([&points.filter(keep), &points, &Points::default()]);
        assert_eq!(joined.to_points(), [&*expected, &list].concat(), "{modulus}");
    }
}

#[test]
fn columns_do_what_a_list_does() {
    for rows in [0, 1, 2, 40, 255, 256, 257, 600] {
        for seed in 0..4 {
            check::<NumberRows>(rows, seed, Dice::number);
            check::<NumberRows>(rows, seed, |dice| Number::I64(dice.roll(9) as i64));
            check::<NumberRows>(rows, seed, |dice| Number::F64(dice.roll(9) as f64));
            check::<HistogramRows>(rows, seed, Dice::histogram);
            check::<ExponentialRows>(rows, seed, Dice::exponential);
            check::<SummaryRows>(rows, seed, Dice::summary);
        }
    }
}

fn numbers(rows: usize) -> Numbers {
    let point = |row| Point::new(AttributeSet::from([("row", row as i64)]), Number::I64(1));
    (0..rows).map(point).collect()
}

#[test]
fn slices_share_chunks_and_what_they_remember() {
    let points = numbers(600);
    let sizes: Vec<_> = points.series().runs().iter().map(Run::len).collect();
    assert_eq!(sizes, [256, 256, 88]);
    let slice = points.slice(250..300);
    let chunks = |points: &Numbers| -> Vec<_> {
        points.series().runs().iter().map(|run| Arc::as_ptr(run.chunk())).collect()
    };
    assert_eq!(chunks(&slice), chunks(&points)[..2]);
    let back = Points::join([&points.slice(0..300), &points.slice(300..600)]);
    assert_eq!(chunks(&back), chunks(&points), "runs that touch become one again");
}

#[test]
fn numbers_take_the_narrowest_form() {
    let rows = |values: &[Number]| {
        let point = |value: &Number| Point::new(AttributeSet::empty(), *value);
        values.iter().map(point).collect::<Numbers>().rows().clone()
    };
    assert!(matches!(rows(&[Number::I64(1), Number::U64(2)]), NumberRows::I64(_)));
    assert!(matches!(rows(&[Number::F64(1.0)]), NumberRows::F64(_)));
    assert!(matches!(rows(&[Number::I64(1), Number::F64(2.0)]), NumberRows::Mixed(_)));
    assert!(matches!(rows(&[Number::U64(u64::MAX)]), NumberRows::Mixed(_)));
}

#[test]
fn columns_must_have_one_length() {
    let series = numbers(3).series().clone();
    let time = || Column::Same(Timestamp::UNSET);
    let with = |time, rows: &[i64]| {
        Points::from_columns(
            series.clone(),
            Column::Same(Timestamp::UNSET),
            time,
            NumberRows::I64(rows.into()),
        )
    };
    assert_eq!(with(time(), &[1; 3]).unwrap(), numbers(3));
    assert_eq!(with(time(), &[1; 2]).unwrap_err(), LengthMismatch);
    assert!(with(Column::Each([Timestamp::UNSET; 4].into()), &[1; 3]).is_err());
}

#[test]
fn buckets_are_checked() {
    let bounds = |bounds: &[f64]| Bounds::new(bounds);
    for bad in [&[1.0, 1.0][..], &[2.0, 1.0], &[f64::NAN], &[1.0, f64::NAN]] {
        assert_eq!(bounds(bad), Err(BucketsError::NotAscending), "{bad:?}");
    }
    let two = bounds(&[0.0, f64::INFINITY]).unwrap();
    let wrong = Buckets::new(two.clone(), vec![1, 2]);
    assert_eq!(wrong, Err(BucketsError::WrongCount { bounds: 2, counts: 2 }));
    assert_eq!(Buckets::new(two, vec![1, 2, u64::MAX]).unwrap().total(), u64::MAX);
    let stats = StatsRows::from_stats([Stats::default(); 2]);
    assert!(HistogramRows::uniform(bounds(&[]).unwrap(), [1; 3].into(), stats).is_err());
}

fn batch(shape: &[&[usize]]) -> MetricBatch {
    let scopes = shape.iter().enumerate().map(|(i, metrics)| {
        let metric =
            |rows: &usize| Metric::new("m", Gauge { points: numbers(*rows) }).with_unit("s");
        ScopeMetrics {
            scope: Scope::new(i.to_string()),
            schema_url: "schema".into(),
            metrics: metrics.iter().map(metric).collect(),
        }
    });
    let mut resource = ResourceMetrics::new(Resource::new([("a", 1)]));
    resource.scopes = scopes.collect();
    MetricBatch::from(resource)
}

#[test]
fn pieces_keep_their_envelopes_and_no_point_is_lost() {
    let whole = batch(&[&[3, 0, 5], &[], &[2]]);
    for size in 1..=11 {
        let pieces: Vec<_> = whole.split(size).collect();
        assert!(pieces.iter().all(|piece| (1..=size).contains(&piece.points())), "{size}");
        assert_eq!(pieces.iter().map(MetricBatch::points).sum::<u64>(), 10, "{size}");
        for piece in &pieces {
            let resource = &piece.resources()[0];
            assert_eq!(resource.resource, whole.resources()[0].resource);
            assert!(resource.scopes.iter().all(|scope| &*scope.schema_url == "schema"));
            assert!(piece.metrics().all(|m| &*m.descriptor.unit == "s" && !m.data.is_empty()));
        }
    }
    assert_eq!(whole.slice(3..8), batch(&[&[0, 0, 5]]).filter(|_, _, _, _| true));
    assert_eq!(whole.split(0).count(), 10, "at least one point a piece");
    assert_eq!(batch(&[&[0]]).split(5).count(), 0);
}

#[test]
fn an_edit_copies_what_is_shared_and_forgets_encodings() {
    #[derive(Clone, PartialEq, Eq)]
    struct Key;
    impl crate::MemoKey for Key {
        type Value = u32;
    }
    let first = batch(&[&[2]]);
    first.memo().remember(&Key, || 1);
    let mut second = first.clone();
    assert_eq!(*second.memo().remember(&Key, || unreachable!()), 1, "clones share encodings");
    second.edit()[0].schema_url = "other".into();
    assert_eq!(*second.memo().remember(&Key, || 2), 2);
    assert_eq!(*first.memo().remember(&Key, || unreachable!()), 1);
    assert_ne!(first, second);
    second.edit();
    assert!(second.memo().is_empty(), "also when nobody shares it");
    assert!(first.bare().memo().is_empty());
    assert_eq!(first.bare(), first);
}

#[test]
fn batches_join_in_order() {
    let joined = MetricBatch::join([MetricBatch::default(), batch(&[&[1]]), batch(&[&[2]])]);
    assert_eq!((joined.points(), joined.resources().len()), (3, 2));
    assert_eq!(MetricBatch::join([]), MetricBatch::default());
}

#[test]
fn rows_are_taken_by_number_and_put_under_other_attributes() {
    let points = numbers(5);
    let odd = points.filter_rows(|row| row % 2 == 1);
    assert_eq!(odd, points.filter(|set| matches!(set.get("row"), Some(ValueRef::Int(1 | 3)))));
    let other: Series =
        [AttributeSet::from([("a", 1)]), AttributeSet::empty()].into_iter().collect();
    let moved = odd.clone().with_series(other.clone()).unwrap();
    assert_eq!(moved.series().iter().collect::<Vec<_>>(), other.iter().collect::<Vec<_>>());
    assert_eq!(
        moved.iter().map(|p| p.value).collect::<Vec<_>>(),
        odd.iter().map(|p| p.value).collect::<Vec<_>>()
    );
    assert_eq!(points.with_series(other).unwrap_err(), LengthMismatch);
}

#[test]
fn runs_are_cut_to_their_chunks() {
    let series = numbers(5).series().clone();
    let chunk = Arc::clone(series.runs()[0].chunk());
    let runs = [(Arc::clone(&chunk), 1..2), (Arc::clone(&chunk), 2..3), (chunk, 4..9)];
    let some = Series::from_runs(runs);
    assert_eq!((some.len(), some.runs().len()), (3, 2));
}

#[test]
fn a_footprint_follows_the_columns_and_not_the_attributes() {
    let footprint = |rows| MetricData::from(Gauge { points: numbers(rows) }).footprint();
    assert!((800..1_100).contains(&(footprint(200) - footprint(100))), "{}", footprint(200));
    assert!(AttributeSet::from([("key", "value")]).footprint() > AttributeSet::empty().footprint());
}
