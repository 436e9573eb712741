//! Points become rows: buckets, sums and counts one histogram, and so on.

use std::borrow::Cow;

use meterport_core::{Exemplar, Quantile, Stats, SummaryValue, Timestamp};

use super::drafts::{Draft, Piece, Point};
use super::{Classic, Family, Kind, Label, Page, Row, Suffix, Value};
use crate::parse::{parse_float, parse_seconds};

/// Adds the family to the page. Where a point contradicts its type, such as a histogram with half
/// a measurement, the family's samples stay what they are: families of unknown type, so that
/// nothing is lost.
pub(super) fn assemble<'p>(draft: Draft<'p>, is_open_metrics: bool, page: &mut Page<'p>) {
    let Draft { name, help, unit, kind, points, mut pieces, .. } = draft;
    if pieces.is_empty() {
        return;
    }
    let kind = kind.unwrap_or_default();
    // Stable: of those that are there twice the first counts.
    let key = |piece: &Piece<'p>| (piece.point, piece.suffix);
    pieces.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.bound.cmp(&b.bound)));
    let all = pieces.len();
    pieces.dedup_by(|later, first| key(later) == key(first) && later.bound == first.bound);
    page.repeated += (all - pieces.len()) as u64;
    let suffix = match kind.own_suffix(is_open_metrics) {
        // A counter without the suffix is against OpenMetrics; to Prometheus it is one.
        Suffix::Total if pieces.iter().all(|piece| piece.suffix != Suffix::Total) => Suffix::None,
        suffix => suffix,
    };
    let of_points = pieces.chunk_by(|a, b| a.point == b.point).zip(&points);
    let rows: Option<Vec<Row>> =
        of_points.map(|(pieces, point)| row(kind, suffix, pieces, point)).collect();
    let full = |suffix: Suffix| match suffix {
        Suffix::None => name.clone(),
        suffix => Cow::Owned([&name, suffix.as_str()].concat()),
    };
    match rows {
        Some(rows) => page.families.push(Family { name: full(suffix), help, unit, kind, rows }),
        None => {
            for suffix in [Suffix::None].into_iter().chain(Suffix::ALL) {
                let own = pieces.iter_mut().filter(|piece| piece.suffix == suffix);
                let labels = &mut page.labels;
                let rows: Vec<_> = own.map(|piece| alone(piece, kind, &points, labels)).collect();
                if !rows.is_empty() {
                    page.families.push(Family {
                        name: full(suffix),
                        help: help.clone(),
                        unit: Cow::Borrowed(""),
                        kind: Kind::Unknown,
                        rows,
                    });
                }
            }
        }
    }
}

/// A point as a row, if it is what its type says.
fn row(kind: Kind, own: Suffix, pieces: &[Piece<'_>], point: &Point) -> Option<Row> {
    let start = start(pieces);
    let value = match kind {
        Kind::GaugeHistogram => {
            Value::Histogram(histogram(pieces, [Suffix::GaugeCount, Suffix::GaugeSum])?)
        }
        Kind::Histogram => Value::Histogram(histogram(pieces, [Suffix::Count, Suffix::Sum])?),
        Kind::Summary => Value::Summary(summary(pieces)?),
        Kind::Counter | Kind::Gauge | Kind::Info | Kind::StateSet | Kind::Unknown => {
            let mut values = pieces.iter().filter(|piece| piece.suffix != Suffix::Created);
            let value = values.next().filter(|value| value.suffix == own)?;
            if values.next().is_some() {
                return None;
            }
            Value::Number(value.value)
        }
    };
    let exemplars = pieces.iter().filter_map(|piece| piece.exemplar.as_deref().cloned());
    let mut exemplars: Vec<Exemplar> = exemplars.collect();
    // In the order of their buckets.
    exemplars.sort_by(|a, b| a.value.as_f64().total_cmp(&b.value.as_f64()));
    Some(Row { labels: point.labels.clone(), time: point.time, start, exemplars, value })
}

/// When the point began, by its sample `_created`; unset where there is none, or where it says what
/// no clock does, such as milliseconds for seconds.
fn start(pieces: &[Piece<'_>]) -> Timestamp {
    let created = pieces.iter().find(|piece| piece.suffix == Suffix::Created);
    let start = created.and_then(|created| parse_seconds(created.written).ok());
    start.unwrap_or(Timestamp::UNSET)
}

fn only<'a, 'p>(pieces: &'a [Piece<'p>], suffix: Suffix) -> Option<&'a Piece<'p>> {
    pieces.iter().find(|piece| piece.suffix == suffix)
}

/// A histogram that lacks its count or its bucket up to infinity, of which one says what the other
/// does, is completed; of two that differ, as a target that counts while it is read may have them,
/// the larger counts.
fn histogram(pieces: &[Piece<'_>], [count, sum]: [Suffix; 2]) -> Option<Classic> {
    let mut buckets = Vec::new();
    for piece in pieces {
        match piece.suffix {
            Suffix::Bucket => {
                let bound = parse_float(piece.bound.as_deref()?).filter(|bound| !bound.is_nan())?;
                buckets.push((bound, piece.count()?));
            }
            Suffix::Created => {}
            suffix if suffix == count || suffix == sum => {}
            _ => return None,
        }
    }
    if !buckets.is_sorted_by(|a, b| a.0 < b.0) {
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        buckets.dedup_by_key(|bucket| bucket.0);
    }
    if !buckets.is_sorted_by_key(|bucket| bucket.1) {
        return None;
    }
    let count = match only(pieces, count) {
        Some(count) => Some(count.count()?),
        None => None,
    };
    let infinite = buckets.last().filter(|last| last.0 == f64::INFINITY).map(|last| last.1);
    let sum = only(pieces, sum).map(|sum| sum.value);
    let count = count.max(infinite)?;
    if buckets.last().is_some_and(|last| last.1 > count) {
        return None;
    }
    Some(Classic { stats: Stats { count, sum, min: None, max: None }, buckets })
}

fn summary(pieces: &[Piece<'_>]) -> Option<SummaryValue> {
    let mut quantiles = Vec::new();
    for piece in pieces {
        match piece.suffix {
            Suffix::None => {
                let quantile = parse_float(piece.bound.as_deref()?)?;
                quantiles.push(Quantile { quantile, value: piece.value });
            }
            Suffix::Count | Suffix::Created | Suffix::Sum => {}
            _ => return None,
        }
    }
    let count = only(pieces, Suffix::Count)?.count()?;
    let sum = only(pieces, Suffix::Sum)?.value;
    Some(SummaryValue { count, sum, quantiles })
}

impl Piece<'_> {
    /// A number of measurements: to the last digit, where it is spelled as an integer.
    fn count(&self) -> Option<u64> {
        self.written.parse().ok().or_else(|| whole(self.value))
    }
}

/// A number of measurements.
pub(crate) fn whole(number: f64) -> Option<u64> {
    /// 2^64, which the largest count is rounded to.
    const END: f64 = 18_446_744_073_709_551_616.0;
    ((0.0..=END).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

/// A sample as a row of its own, with its bound as the label that it was.
fn alone<'p>(
    piece: &mut Piece<'p>,
    kind: Kind,
    points: &[Point],
    labels: &mut Vec<Label<'p>>,
) -> Row {
    let point = &points[piece.point as usize];
    let bound = piece.suffix.bound_label(kind).zip(piece.bound.take());
    let labels = match bound {
        None => point.labels.clone(),
        Some((name, bound)) => {
            let first = labels.len();
            labels.extend_from_within(point.labels.clone());
            let at = labels[first..].partition_point(|label| *label.0 < *name);
            labels.insert(first + at, (Cow::Borrowed(name), bound));
            first..labels.len()
        }
    };
    let exemplars = piece.exemplar.take().map(|exemplar| *exemplar).into_iter().collect();
    let value = Value::Number(piece.value);
    Row { labels, time: point.time, start: Timestamp::UNSET, exemplars, value }
}
