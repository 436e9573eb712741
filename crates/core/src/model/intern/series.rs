use std::ops::Range;
use std::sync::Arc;

use super::super::packed::sort_unique;
use super::super::series::{Series, SeriesChunk};
use super::super::value::ValueRef;
use super::rows::{RowTable, is_same};

/// Finds the series of one metric again, snapshot after snapshot, so that their chunks are
/// shared and what encoders remember of them stays.
///
/// For sources that give attributes with each point. A series keeps its row for as long as it is
/// named, whatever the order; new ones come behind, in a small chunk of their own that grows with
/// the next ones. Naming the same series in the same order as in the snapshot before, with
/// attributes in the order of their keys, costs a comparison for each; anything else a look-up.
///
/// Series that were not named in eight snapshots are forgotten once they are in the majority.
///
/// ```
/// use meterport_core::{
///     Column, Number, Numbers, Points, SeriesInterner, Timestamp, ValueRef,
/// };
///
/// fn snapshot(interner: &mut SeriesInterner, source: &[(&str, i64)]) -> Numbers {
///     let mut named = interner.snapshot(source.len());
///     for (method, _) in source {
///         named.push(|| [("method", ValueRef::String(method))]);
///     }
///     let (series, order) = named.finish();
///     let values = source.iter().map(|point| Number::I64(point.1)).collect();
///     let unset = Column::Same(Timestamp::UNSET);
///     Points::from_values(series, unset.clone(), unset, order.arrange(values)).unwrap()
/// }
///
/// let mut interner = SeriesInterner::default();
/// let first = snapshot(&mut interner, &[("GET", 1), ("PUT", 2)]);
/// let second = snapshot(&mut interner, &[("PUT", 4), ("GET", 3)]);
/// assert_eq!(second.iter().map(|point| point.value).collect::<Vec<_>>(), [3, 4].map(Number::I64));
/// let chunk = |points: &Numbers| std::sync::Arc::as_ptr(points.series().runs()[0].chunk());
/// assert_eq!(chunk(&first), chunk(&second));
/// ```
#[derive(Debug, Default)]
pub struct SeriesInterner {
    rows: RowTable,
    marks: Vec<Mark>,
    chunks: Vec<Arc<SeriesChunk>>,
    /// All chunks.
    all: Series,
    /// The rows of the snapshot before, as they were named.
    before: Vec<u32>,
    /// Counts snapshots, and wraps.
    snapshot: u32,
}

/// When a row was named last.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    snapshot: u32,
    /// How many were named before it.
    position: u32,
}

/// How many snapshots a series may miss.
const KEPT: u32 = 8;
/// How many rows may be kept in vain, however few others there are.
const SPARE: usize = SeriesChunk::MAX_ROWS;

/// The series of one snapshot, named one after another. See [`SeriesInterner`].
#[derive(Debug)]
pub struct SeriesSnapshot<'a> {
    interner: &'a mut SeriesInterner,
    named: Vec<u32>,
    /// Where in the snapshot before the next one is expected.
    expected: usize,
}

/// How the points of a snapshot are put beside their series. See [`SeriesInterner`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOrder(Option<Box<[u32]>>);

impl SeriesInterner {
    /// Begins a snapshot of about this many points.
    pub fn snapshot(&mut self, points: usize) -> SeriesSnapshot<'_> {
        SeriesSnapshot { named: Vec::with_capacity(points), expected: 0, interner: self }
    }

    /// A whole snapshot: names the series of all points by their attributes, as
    /// [`SeriesSnapshot::push`] does, and puts the points into the order of the series.
    pub fn arrange<'p, P, I>(
        &mut self,
        points: impl ExactSizeIterator<Item = &'p P>,
        attributes: impl Fn(&'p P) -> I,
    ) -> (Series, Vec<&'p P>)
    where
        I: IntoIterator<Item = (&'p str, ValueRef<'p>)>,
    {
        let mut named = self.snapshot(points.len());
        let points: Vec<_> = points.inspect(|point| named.push(|| attributes(point))).collect();
        let (series, order) = named.finish();
        (series, order.arrange(points))
    }

    /// How many series it remembers.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it remembers none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn finish(&mut self, mut named: Vec<u32>) -> (Series, RowOrder) {
        self.snapshot = self.snapshot.wrapping_add(1);
        self.marks.resize(self.rows.len(), Mark::default());
        for (position, row) in named.iter().enumerate() {
            self.marks[*row as usize] = Mark { snapshot: self.snapshot, position: position as u32 };
        }
        self.forget(&mut named);
        self.cut_chunks();
        let order = RowOrder::of(&named);
        let series = self.select(&order.arrange(named.clone()));
        self.before = named;
        (series, order)
    }

    /// These rows, which ascend.
    fn select(&self, rows: &[u32]) -> Series {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for row in rows {
            let row = *row as usize;
            match ranges.last_mut() {
                Some(last) if last.end == row => last.end += 1,
                _ => ranges.push(row..row + 1),
            }
        }
        match &ranges[..] {
            [all] if *all == (0..self.rows.len()) => self.all.clone(),
            ranges => self.all.select(ranges),
        }
    }

    /// Puts new rows into chunks. Each chunk at the end is larger than all that come after it, so
    /// that a row moves into a larger one eight times at most, and few chunks are small.
    fn cut_chunks(&mut self) {
        let sets = self.rows.sets();
        let mut start = self.chunks.iter().map(|chunk| chunk.attributes().len()).sum();
        if start == sets.len() {
            return;
        }
        while let Some(last) = self.chunks.last().map(|chunk| chunk.attributes().len())
            && last < SeriesChunk::MAX_ROWS
            && last <= sets.len() - start
        {
            self.chunks.pop();
            start -= last;
        }
        let cut = sets[start..].chunks(SeriesChunk::MAX_ROWS);
        self.chunks.extend(cut.filter_map(SeriesChunk::new).map(Arc::new));
        self.all = Series::from_chunks(self.chunks.iter().cloned());
    }

    /// Forgets the rows that were not named for long, if they are many. Chunks of which no row
    /// goes stay.
    fn forget(&mut self, named: &mut [u32]) {
        let rows = self.rows.len();
        if rows - named.len().min(rows) <= SPARE {
            return;
        }
        let stays = |row: &usize| self.snapshot.wrapping_sub(self.marks[*row].snapshot) < KEPT;
        let staying = (0..rows).filter(stays).count();
        if rows - staying <= staying.max(SPARE) {
            return;
        }
        let mut order = Vec::with_capacity(staying);
        let mut moved = Vec::new();
        let mut start = 0;
        self.chunks.retain(|chunk| {
            let rows = start..start + chunk.attributes().len();
            start = rows.end;
            let whole = rows.clone().all(|row| stays(&row));
            if whole { &mut order } else { &mut moved }
                .extend(rows.filter(stays).map(|row| row as u32));
            whole
        });
        moved.extend((start..rows).filter(stays).map(|row| row as u32));
        order.append(&mut moved);
        let mut place = vec![0; rows];
        for (new, old) in order.iter().enumerate() {
            place[*old as usize] = new as u32;
        }
        self.rows.retain(&order);
        self.marks = order.iter().map(|old| self.marks[*old as usize]).collect();
        named.iter_mut().for_each(|row| *row = place[*row as usize]);
        self.all = Series::from_chunks(self.chunks.iter().cloned());
    }
}

impl SeriesSnapshot<'_> {
    /// Names the series of the next point. `attributes` is called once or twice and gives its
    /// attributes, in any order; of two with one key the last counts.
    pub fn push<'v, I>(&mut self, attributes: impl Fn() -> I)
    where
        I: IntoIterator<Item = (&'v str, ValueRef<'v>)>,
    {
        let Self { interner, named, expected } = self;
        if let Some(row) = interner.before.get(*expected)
            && is_same(&interner.rows.sets()[*row as usize], attributes().into_iter())
        {
            *expected += 1;
            return named.push(*row);
        }
        let mut pairs: Vec<_> = attributes().into_iter().collect();
        sort_unique(&mut pairs);
        let row = interner.rows.row_of(&pairs);
        // Others may have come or gone before it: the next one is expected where it followed.
        if let Some(mark) = interner.marks.get(row as usize)
            && mark.snapshot == interner.snapshot
        {
            *expected = mark.position as usize + 1;
        }
        named.push(row);
    }

    /// The series of the points, and how the points are put beside them.
    pub fn finish(self) -> (Series, RowOrder) {
        self.interner.finish(self.named)
    }
}

impl RowOrder {
    fn of(rows: &[u32]) -> Self {
        if rows.is_sorted() {
            return Self(None);
        }
        let mut order: Box<[u32]> = (0..rows.len() as u32).collect();
        order.sort_by_key(|at| rows[*at as usize]);
        Self(Some(order))
    }

    /// Something of each point, in the order in which the points were named, put into the order
    /// of the series.
    pub fn arrange<T>(&self, points: Vec<T>) -> Vec<T> {
        let Some(order) = &self.0 else { return points };
        let mut points: Vec<_> = points.into_iter().map(Some).collect();
        order.iter().filter_map(|at| points.get_mut(*at as usize)?.take()).collect()
    }
}
