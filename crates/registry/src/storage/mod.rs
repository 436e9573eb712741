//! The series of one metric: found by attributes, recorded in cells, collected into points.

mod chunks;
mod collect;
mod collector;
mod columns;
mod form;
mod keys;
mod mask;
mod rows;
mod table;

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use meterport_core::{AttributeSet, Clock, Temporality, Timestamp};

pub(crate) use collect::Cycle;
pub(crate) use keys::{Filter, Keys};

use crate::attributes::Attributes;
use crate::cells::{Aggregator, Block, CellPlan, Cells};
use crate::lock::lock;
use crate::measure::Measure;
use crate::sync::{AtomicBool, AtomicUsize, Mutex};
use crate::tally::{Tally, count};
use collector::Collector;
use keys::{Known, Whole};
use rows::{Place, Rows};
use table::{Entry, Query, Table};

/// When the points of a metric begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// At a series' first measurement: one store serves all readers that want this.
    Cumulative,
    /// At its reader's last collection: each reader has a store of its own.
    Delta,
    /// The points are what callbacks observe for a reader.
    Observed(Temporality),
}

/// Who reads a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// All readers that want it so.
    Everybody,
    /// A reader that is gone: it takes no measurements.
    Former,
    /// No reader yet.
    Nobody,
    /// One reader, by its number.
    Reader(u64),
}

/// How a metric is stored. Readers whose plans are equal may share a store.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) cells: CellPlan,
    /// The most series, the overflow series not among them.
    pub(crate) limit: usize,
    /// Series without measurements for so long go.
    pub(crate) idle: Option<Duration>,
}

/// The store of one metric for one reader or several.
pub(crate) struct Storage {
    pub(crate) plan: Plan,
    pub(crate) keys: Arc<Keys>,
    clock: Arc<dyn Clock>,
    tally: Tally,
    /// No reader wants what is recorded here.
    closed: AtomicBool,
    /// Readers want what was recorded since its series began.
    cumulative: AtomicBool,
    table: Table,
    series: AtomicUsize,
    /// Made when it is needed.
    overflow: OnceLock<(Arc<Block>, usize)>,
    /// There is no more room to be made until the next snapshot.
    exhausted: AtomicBool,
    rows: Mutex<Rows>,
    collector: Mutex<Collector>,
}

/// A series' cell for a bound handle: while there is one, the series stays.
pub(crate) struct Slot {
    storage: Arc<Storage>,
    block: Arc<Block>,
    row: usize,
}

/// The attribute of the series that takes what has no place (`metrics/sdk.md`, "Overflow
/// attribute").
const OVERFLOW: &str = "otel.metric.overflow";

impl Storage {
    pub(crate) fn new(
        plan: Plan,
        keys: Arc<Keys>,
        since: Timestamp,
        clock: Arc<dyn Clock>,
        tally: Tally,
    ) -> Arc<Self> {
        Arc::new(Self {
            plan,
            keys,
            clock,
            tally,
            closed: AtomicBool::new(false),
            cumulative: AtomicBool::new(false),
            table: Table::new(),
            series: AtomicUsize::new(0),
            overflow: OnceLock::new(),
            exhausted: AtomicBool::new(false),
            rows: Mutex::default(),
            collector: Mutex::new(Collector::new(since)),
        })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    /// Takes the store for a reader, if it can serve a plan like this.
    pub(crate) fn claim(&self, plan: &Plan, mode: Mode, reader: u64) -> bool {
        let alike =
            (&self.plan.cells.aggregator, self.plan.limit) == (&plan.cells.aggregator, plan.limit);
        let mut collector = lock(&self.collector);
        let (free, anew) = match (collector.owner, collector.mode) {
            (Owner::Nobody, _) => (!matches!(mode, Mode::Observed(_)), false),
            (Owner::Everybody, of) => (of == mode, false),
            (Owner::Former, of) => (of == mode, true),
            (Owner::Reader(_), _) => (false, false),
        };
        if !(alike && free) {
            return false;
        }
        if anew {
            self.discard(&mut collector);
            self.closed.store(false, Relaxed);
        }
        self.own(&mut collector, mode, reader);
        true
    }

    /// The same of a store that was just made for it.
    pub(crate) fn claim_new(&self, mode: Mode, reader: u64) {
        self.own(&mut lock(&self.collector), mode, reader);
    }

    fn own(&self, collector: &mut Collector, mode: Mode, reader: u64) {
        collector.own(mode, reader);
        self.cumulative.store(mode == Mode::Cumulative, Relaxed);
    }

    /// Gives the store back, if it is this reader's own.
    pub(crate) fn release(&self, reader: u64) {
        let mut collector = lock(&self.collector);
        if collector.owner == Owner::Reader(reader) {
            collector.owner = Owner::Former;
            self.closed.store(true, Relaxed);
            self.discard(&mut collector);
        }
    }

    /// Takes no more measurements, if no reader has come for them.
    pub(crate) fn close_unclaimed(&self) {
        let mut collector = lock(&self.collector);
        if collector.owner == Owner::Nobody {
            // In no mode that a reader could ask for.
            (collector.owner, collector.mode) = (Owner::Former, Mode::Observed(Temporality::Delta));
            self.closed.store(true, Relaxed);
            self.discard(&mut collector);
        }
    }

    /// How many series there are.
    pub(crate) fn series(&self) -> usize {
        self.series.load(Relaxed)
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// When it was last collected, or what it was made with.
    pub(crate) fn since(&self) -> Timestamp {
        lock(&self.collector).since
    }

    /// Calls `then` with the cell of the series of these attributes, made if there is none; with
    /// the overflow series' if there is no place for one.
    #[inline]
    pub(crate) fn with_cell<R>(
        &self,
        attributes: &(impl Attributes + ?Sized),
        then: impl FnMut(&Arc<Block>, usize) -> R,
    ) -> R {
        self.with_cell_since(attributes, || self.clock.wall(), then)
    }

    /// The same; a new series begins at `start`.
    #[inline]
    fn with_cell_since<A: Attributes + ?Sized, R>(
        &self,
        attributes: &A,
        start: impl FnOnce() -> Timestamp,
        mut then: impl FnMut(&Arc<Block>, usize) -> R,
    ) -> R {
        let find = |query: &Known<'_, A>| {
            self.table.with(query, |entry| then(&entry.block, entry.row.into()))
        };
        match self.keys.known(attributes, find) {
            Some(Some(result)) => return result,
            Some(None) if self.is_exhausted() => return self.overflow(start(), then),
            Some(None) => {}
            None => self.keys.learn(attributes),
        }
        self.with_new_cell(&self.keys.kept(attributes), start(), then)
    }

    #[cold]
    fn with_new_cell<R>(
        &self,
        set: &AttributeSet,
        start: Timestamp,
        mut then: impl FnMut(&Arc<Block>, usize) -> R,
    ) -> R {
        let query = self.keys.whole(set);
        let found = self.table.with(&query, |entry| then(&entry.block, entry.row.into()));
        if let Some(result) = found {
            return result;
        }
        let within_limit = || {
            let more = |series| (series < self.plan.limit).then_some(series + 1);
            self.series.fetch_update(Relaxed, Relaxed, more).is_ok()
        };
        for turn in 0..2 {
            if self.is_exhausted() {
                break;
            }
            let make = || within_limit().then(|| self.make(&query, start));
            let made =
                self.table.with_new(&query, make, |entry| then(&entry.block, entry.row.into()));
            if let Some(result) = made {
                return result;
            }
            if turn == 0 {
                self.make_room();
            }
        }
        self.overflow(start, then)
    }

    /// Whether there is no place for a new series, nor room to be made.
    fn is_exhausted(&self) -> bool {
        self.exhausted.load(Relaxed) && self.series() >= self.plan.limit
    }

    #[cold]
    fn overflow<R>(&self, start: Timestamp, mut then: impl FnMut(&Arc<Block>, usize) -> R) -> R {
        count(&self.tally.overflowed);
        let (block, row) = self.overflow.get_or_init(|| self.make_overflow(start));
        then(block, *row)
    }

    /// Removes the series that nothing was measured for since the last snapshot, where it would
    /// leave them out. What is measured until the next one counts against the limit, and nothing
    /// else: so such room can be made once.
    fn make_room(&self) {
        let mut collector = lock(&self.collector);
        if collector.mode == Mode::Delta {
            self.forget_untouched(&mut collector);
        }
        self.exhausted.store(true, Relaxed);
    }

    /// The series that takes what has no place. It is beside the limit, as the specification
    /// guarantees that many true series; and it stays.
    fn make_overflow(&self, start: Timestamp) -> (Arc<Block>, usize) {
        let set = AttributeSet::from([(OVERFLOW, true)]);
        let (place, block) = lock(&self.rows).give(&self.plan.cells, set, start);
        block.handles(place.row).fetch_add(1, Relaxed);
        (block, place.row)
    }

    fn make(&self, query: &Whole<'_>, start: Timestamp) -> Entry {
        let set = query.set.clone();
        let (place, block) = lock(&self.rows).give(&self.plan.cells, set.clone(), start);
        // A block has at most 256 rows.
        let row = place.row as u16;
        Entry { set, form: query.form.clone(), block, hash: query.hash(), row, list: query.list }
    }

    /// Records what a callback observed. Where the filter makes one series of several, sums add
    /// up; otherwise the last observation counts.
    pub(crate) fn observe<T: Measure>(
        &self,
        attributes: &impl Attributes,
        value: T,
        start: Timestamp,
    ) {
        let adds = self.plan.cells.aggregator == Aggregator::Sum
            && matches!(self.keys.filter(), Filter::Where(_));
        self.with_cell_since(
            attributes,
            || start,
            |block, row| {
                block.observe(row, value, adds, &self.tally);
            },
        );
    }

    /// Whether a cell is that of the overflow series.
    pub(crate) fn is_overflow(&self, block: &Block, row: usize) -> bool {
        let overflow = self.overflow.get();
        overflow.is_some_and(|(own, own_row)| std::ptr::eq(&**own, block) && *own_row == row)
    }

    /// A cell that stays.
    pub(crate) fn bind(self: &Arc<Self>, attributes: &impl Attributes) -> Slot {
        let (block, row) = self.with_cell(attributes, |block, row| {
            // Under the table's lock: whoever removes the series has seen it or waits.
            block.handles(row).fetch_add(1, Relaxed);
            (Arc::clone(block), row)
        });
        Slot { storage: Arc::clone(self), block, row }
    }

    /// Removes a series that nobody holds and nothing was measured for.
    fn forget(&self, set: &AttributeSet, place: Place, idle: impl Fn(&Block) -> bool) -> bool {
        let unused = |entry: &Entry| {
            let block = &*entry.block;
            // Together with the release of a slot: whoever sees that it went sees all it recorded.
            if block.handles(place.row).load(Acquire) > 0 || !idle(block) {
                return false;
            }
            block.clear(place.row);
            true
        };
        if !self.table.remove(&self.keys.whole(set), unused) {
            return false;
        }
        self.series.fetch_sub(1, Relaxed);
        lock(&self.rows).take_back(place);
        true
    }
}

impl Slot {
    #[inline]
    pub(crate) fn change<T: Measure>(&self, value: T, change: &impl Fn(&Block, usize, T, &Tally)) {
        change(&self.block, self.row, value, &self.storage.tally);
    }

    /// Records a measurement as [`Block::try_spread`] does.
    #[inline(always)]
    pub(crate) fn try_spread<T: Measure>(&self, value: T) -> bool {
        self.block.try_spread(self.row, value, &self.storage.tally)
    }

    pub(crate) fn block(&self) -> &Block {
        &self.block
    }

    /// The bits of the sum since the series began, where that is kept, and of no other series.
    pub(crate) fn total(&self) -> Option<u64> {
        let whole = matches!(self.storage.keys.filter(), Filter::All);
        match &self.block.cells {
            Cells::Numbers(cells) if whole && self.storage.cumulative.load(Relaxed) => {
                Some(cells.read(self.row))
            }
            _ => None,
        }
    }

    pub(crate) fn row(&self) -> usize {
        self.row
    }

    pub(crate) fn storage(&self) -> &Arc<Storage> {
        &self.storage
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.block.handles(self.row).fetch_sub(1, Release);
    }
}
