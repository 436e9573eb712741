use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::attributes::AttributeSet;
use super::column::{Column, Sparse};
use super::exemplar::Exemplar;
use super::point::{Flags, Point, PointRef};
use super::series::Series;
use super::time::Timestamp;

/// The value columns of one kind of point. The kinds are those of OTLP; the trait is sealed.
pub trait Rows: sealed::Columns {}

pub(super) mod sealed {
    use std::fmt::Debug;
    use std::ops::Range;

    pub trait Columns: Clone + Debug + Send + Sync + 'static {
        /// What [`Point::value`](super::super::point::Point::value) holds.
        type Value: Clone + Debug + PartialEq + Send + Sync + 'static;
        /// What [`PointRef::value`](super::super::point::PointRef::value) holds.
        type Ref<'a>: Copy + Debug + PartialEq;

        fn from_values(values: Vec<Self::Value>) -> Self;
        fn len(&self) -> usize;
        fn at(&self, row: usize) -> Self::Ref<'_>;
        fn to_value(value: Self::Ref<'_>) -> Self::Value;
        fn select(&self, rows: &[Range<usize>]) -> Self;
        fn concat(parts: &[&Self]) -> Self;
        /// About how many bytes the values take.
        fn footprint(&self) -> usize;
    }
}

/// The points of one metric, kept as columns over a shared [`Series`]; written and read as
/// ordinary points.
///
/// A clone costs a reference count. Filter, slice and join share the attribute sets and
/// everything that encoders remember of them.
///
/// ```
/// use meterport_core::{AttributeSet, Number, NumberPoint, Numbers};
///
/// let point = |method: &str, value: i64| {
///     NumberPoint::new(AttributeSet::from([("method", method)]), Number::I64(value))
/// };
/// let points: Numbers = [point("GET", 7), point("POST", 3)].into_iter().collect();
/// let posts = points.filter(|attributes| attributes.get("method").unwrap().as_str() == Some("POST"));
/// assert_eq!(posts.iter().next().unwrap().value, Number::I64(3));
/// ```
#[derive(Clone)]
pub struct Points<R: Rows>(Arc<Columns<R>>);

#[derive(Clone)]
struct Columns<R> {
    series: Series,
    start: Column<Timestamp>,
    time: Column<Timestamp>,
    flags: Sparse<Flags>,
    exemplars: Sparse<Arc<[Exemplar]>>,
    rows: R,
}

/// Columns of different lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthMismatch;

impl fmt::Display for LengthMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the columns of a metric differ in length")
    }
}

impl std::error::Error for LengthMismatch {}

impl<R: Rows> Points<R> {
    /// From columns: what a source with long-lived series makes a snapshot of. Users with points
    /// in hand collect them instead.
    ///
    /// # Errors
    /// The columns differ in length.
    pub fn from_columns(
        series: Series,
        start: Column<Timestamp>,
        time: Column<Timestamp>,
        rows: R,
    ) -> Result<Self, LengthMismatch> {
        let len = series.len();
        if rows.len() != len || !start.fits(len) || !time.fits(len) {
            return Err(LengthMismatch);
        }
        let (flags, exemplars) = (Sparse::default(), Sparse::default());
        Ok(Self(Arc::new(Columns { series, start, time, flags, exemplars, rows })))
    }

    /// From a value for each row of the series, in its order: what a decorator makes that computes
    /// new values for the points of a batch.
    ///
    /// # Errors
    /// The columns differ in length.
    pub fn from_values(
        series: Series,
        start: Column<Timestamp>,
        time: Column<Timestamp>,
        values: Vec<R::Value>,
    ) -> Result<Self, LengthMismatch> {
        Self::from_columns(series, start, time, R::from_values(values))
    }

    /// The same points under other attributes, row by row.
    ///
    /// # Errors
    /// There are not as many rows as points.
    pub fn with_series(self, series: Series) -> Result<Self, LengthMismatch> {
        if series.len() != self.len() {
            return Err(LengthMismatch);
        }
        Ok(Self(Arc::new(Columns { series, ..Arc::unwrap_or_clone(self.0) })))
    }

    /// The same with exemplars for some rows; later entries of a row win, rows that do not exist
    /// are ignored.
    #[must_use]
    pub fn with_exemplars(
        self,
        exemplars: impl IntoIterator<Item = (usize, Arc<[Exemplar]>)>,
    ) -> Self {
        let exemplars = by_row(exemplars, self.len());
        Self(Arc::new(Columns { exemplars, ..Arc::unwrap_or_clone(self.0) }))
    }

    /// The same with flags for some rows; later entries of a row win, rows that do not exist are
    /// ignored.
    #[must_use]
    pub fn with_flags(self, flags: impl IntoIterator<Item = (usize, Flags)>) -> Self {
        let flags = by_row(flags, self.len());
        Self(Arc::new(Columns { flags, ..Arc::unwrap_or_clone(self.0) }))
    }

    /// How many points.
    pub fn len(&self) -> usize {
        self.0.series.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.series.is_empty()
    }

    /// The points in order.
    pub fn iter(&self) -> impl Iterator<Item = PointRef<'_, R::Ref<'_>>> {
        let columns = &*self.0;
        columns.series.iter().enumerate().map(|(row, attributes)| PointRef {
            attributes,
            start: columns.start.at(row),
            time: columns.time.at(row),
            flags: columns.flags.at(row).copied().unwrap_or_default(),
            exemplars: columns.exemplars.at(row).map_or(&[], |exemplars| exemplars),
            value: columns.rows.at(row),
        })
    }

    /// The value of a row, for itself.
    ///
    /// # Panics
    /// Beyond the last row.
    pub fn value(&self, row: usize) -> R::Value {
        R::to_value(self.0.rows.at(row))
    }

    /// The points for themselves.
    pub fn to_points(&self) -> Vec<Point<R::Value>> {
        let owned = |point: PointRef<'_, R::Ref<'_>>| Point {
            attributes: point.attributes.clone(),
            start: point.start,
            time: point.time,
            flags: point.flags,
            exemplars: point.exemplars.to_vec(),
            value: R::to_value(point.value),
        };
        self.iter().map(owned).collect()
    }

    /// The points whose attributes `keep` likes.
    #[must_use]
    pub fn filter(&self, mut keep: impl FnMut(&AttributeSet) -> bool) -> Self {
        let mut series = self.0.series.iter();
        self.filter_rows(|_| series.next().is_some_and(&mut keep))
    }

    /// The points whose rows `keep` likes; it is asked once for each row, in order.
    #[must_use]
    pub fn filter_rows(&self, mut keep: impl FnMut(usize) -> bool) -> Self {
        let mut kept: Vec<Range<usize>> = Vec::new();
        for row in 0..self.len() {
            if !keep(row) {
                continue;
            }
            match kept.last_mut() {
                Some(last) if last.end == row => last.end = row + 1,
                _ => kept.push(row..row + 1),
            }
        }
        self.select(&kept)
    }

    /// The points of these rows; rows that do not exist are left out.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let rows = rows.start.min(self.len())..rows.end.min(self.len());
        if rows.is_empty() { Self::default() } else { self.select(&[rows]) }
    }

    fn select(&self, ranges: &[Range<usize>]) -> Self {
        if let [all] = ranges
            && *all == (0..self.len())
        {
            return self.clone();
        }
        let Columns { series, start, time, flags, exemplars, rows } = &*self.0;
        Self(Arc::new(Columns {
            series: series.select(ranges),
            start: start.select(ranges),
            time: time.select(ranges),
            flags: flags.select(ranges),
            exemplars: exemplars.select(ranges),
            rows: rows.select(ranges),
        }))
    }

    /// About how many bytes they take in memory, without their attribute sets, which chunks share.
    pub fn footprint(&self) -> usize {
        let Columns { series, start, time, flags, exemplars, rows } = &*self.0;
        let times = start.footprint() + time.footprint();
        let exemplar = |(_, row): &(usize, Arc<[Exemplar]>)| {
            row.iter().map(Exemplar::footprint).sum::<usize>() + 40
        };
        let sparse =
            flags.entries().len() * 16 + exemplars.entries().iter().map(exemplar).sum::<usize>();
        size_of_val(series.runs()) + times + sparse + rows.footprint()
    }

    /// The points of all parts, one after another.
    pub fn join<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let parts: Vec<_> = parts.into_iter().map(|part| &*part.0).collect();
        Self(Arc::new(Columns {
            series: Series::concat(parts.iter().map(|part| &part.series)),
            start: Column::concat(&each(&parts, |part| &part.start)),
            time: Column::concat(&each(&parts, |part| &part.time)),
            flags: Sparse::concat(&each(&parts, |part| &part.flags)),
            exemplars: Sparse::concat(&each(&parts, |part| &part.exemplars)),
            rows: R::concat(&parts.iter().map(|part| &part.rows).collect::<Vec<_>>()),
        }))
    }
}

/// The columns as they lie, for encoders.
impl<R: Rows> Points<R> {
    /// The attribute sets, in runs over shared chunks.
    pub fn series(&self) -> &Series {
        &self.0.series
    }

    /// Since when the points count.
    pub fn starts(&self) -> &Column<Timestamp> {
        &self.0.start
    }

    /// When they were taken.
    pub fn times(&self) -> &Column<Timestamp> {
        &self.0.time
    }

    /// The rows that have flags, ascending.
    pub fn flags(&self) -> &[(usize, Flags)] {
        self.0.flags.entries()
    }

    /// The rows that have exemplars, ascending.
    pub fn exemplars(&self) -> &[(usize, Arc<[Exemplar]>)] {
        self.0.exemplars.entries()
    }

    /// The values.
    pub fn rows(&self) -> &R {
        &self.0.rows
    }
}

fn each<'a, R, C>(
    parts: &[&'a Columns<R>],
    column: impl Fn(&'a Columns<R>) -> &'a C,
) -> Vec<(&'a C, usize)> {
    parts.iter().map(|part| (column(part), part.series.len())).collect()
}

fn by_row<T: Clone>(entries: impl IntoIterator<Item = (usize, T)>, rows: usize) -> Sparse<T> {
    let mut entries: Vec<_> = entries.into_iter().filter(|entry| entry.0 < rows).collect();
    entries.reverse();
    entries.sort_by_key(|entry| entry.0);
    entries.dedup_by_key(|entry| entry.0);
    Sparse::new(entries)
}

impl<R: Rows> Default for Points<R> {
    fn default() -> Self {
        std::iter::empty().collect()
    }
}

impl<R: Rows> FromIterator<Point<R::Value>> for Points<R> {
    fn from_iter<I: IntoIterator<Item = Point<R::Value>>>(points: I) -> Self {
        let points = points.into_iter();
        let mut attributes = Vec::with_capacity(points.size_hint().0);
        let (mut starts, mut times, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let (mut flags, mut exemplars) = (Vec::new(), Vec::new());
        for (row, point) in points.enumerate() {
            attributes.push(point.attributes);
            starts.push(point.start);
            times.push(point.time);
            values.push(point.value);
            if point.flags != Flags::default() {
                flags.push((row, point.flags));
            }
            if !point.exemplars.is_empty() {
                exemplars.push((row, point.exemplars.into()));
            }
        }
        Self(Arc::new(Columns {
            series: attributes.into_iter().collect(),
            start: Column::from_values(starts),
            time: Column::from_values(times),
            flags: Sparse::new(flags),
            exemplars: Sparse::new(exemplars),
            rows: R::from_values(values),
        }))
    }
}

/// Compares point by point: how the rows lie in chunks and columns does not matter. As
/// everywhere, a NaN equals nothing.
impl<R: Rows> PartialEq for Points<R> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<R: Rows> fmt::Debug for Points<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
