//! The points of a metric: what the four kinds of point have in common.

use std::sync::Arc;

use meterport_core::{Exemplar, Points, Rows, Timestamp};

use super::super::field::{data, number};
use super::attributes::Block;
use super::exemplars::{Marks, exemplars_len};
use super::out::{Out, Wire, message_len, varint_field_len};

/// What the first walk leaves for the second, in the order in which it is needed.
pub(super) struct Plan {
    /// Lengths of envelopes, metrics and data.
    pub(super) lengths: Vec<usize>,
    /// The attributes of each run.
    pub(super) blocks: Vec<Arc<Block>>,
    /// Lengths of values and their parts, where it is dear to find them out again.
    pub(super) dear: Vec<usize>,
}

/// The plan, read from its start.
pub(super) struct Replay<'a> {
    pub(super) lengths: std::slice::Iter<'a, usize>,
    pub(super) blocks: std::slice::Iter<'a, Arc<Block>>,
    pub(super) dear: std::slice::Iter<'a, usize>,
}

impl Plan {
    /// Keeps a length for the second walk.
    pub(super) fn dear(&mut self, len: usize) -> usize {
        self.dear.push(len);
        len
    }

    pub(super) fn replay(&self) -> Replay<'_> {
        Replay { lengths: self.lengths.iter(), blocks: self.blocks.iter(), dear: self.dear.iter() }
    }
}

impl Replay<'_> {
    pub(super) fn length(&mut self) -> usize {
        self.lengths.next().copied().unwrap_or_default()
    }

    pub(super) fn dear(&mut self) -> usize {
        self.dear.next().copied().unwrap_or_default()
    }
}

/// One point without its value.
pub(super) struct Head<'a> {
    /// The length of the whole point.
    pub(super) len: usize,
    pub(super) times: &'a Times,
    pub(super) flags: u32,
    pub(super) exemplars: &'a [Exemplar],
    /// Encoded, as fields of the point.
    pub(super) attributes: &'a [u8],
}

impl Head<'_> {
    /// Begins the point and writes its times.
    #[inline(always)]
    pub(super) fn begin(&self, out: &mut Out<'_>) {
        out.short_len_prefix(data::POINTS, self.len);
        self.times.write(out);
    }

    /// Begins the point and writes its times and a field of fixed width. Nearly all points have
    /// both times and a length of two bytes, and then all of it goes into the buffer as one.
    #[inline(always)]
    pub(super) fn begin_with(&self, out: &mut Out<'_>, field: u32, bits: u64) {
        if self.times.len != 18 || !(0x80..0x4000).contains(&self.len) {
            self.begin(out);
            return out.fixed(field, bits);
        }
        let mut all = [0; 30];
        all[0] = (data::POINTS << 3 | Wire::Len as u32) as u8;
        all[1] = self.len as u8 | 0x80;
        all[2] = (self.len >> 7) as u8;
        all[3..21].copy_from_slice(&self.times.bytes);
        all[21] = (field << 3 | Wire::Fixed64 as u32) as u8;
        all[22..].copy_from_slice(&bits.to_le_bytes());
        out.raw(&all);
    }
}

/// Start and time as they are written: they have the same numbers in every kind of point, and
/// mostly the same values in every row of a metric.
pub(super) struct Times {
    bytes: [u8; 18],
    len: usize,
    shared: bool,
}

impl Times {
    fn new<R: Rows>(points: &Points<R>) -> Self {
        let (starts, times) = (points.starts(), points.times());
        let mut written = Self { bytes: [0; 18], len: 0, shared: false };
        if let (Some(start), Some(time)) = (starts.shared(), times.shared()) {
            written.set(start, time);
            written.shared = true;
        }
        written
    }

    /// To be called for each row before the others.
    #[inline(always)]
    fn at<R: Rows>(&mut self, points: &Points<R>, row: usize) {
        if !self.shared {
            self.set(points.starts().at(row), points.times().at(row));
        }
    }

    fn set(&mut self, start: Timestamp, time: Timestamp) {
        self.len = 0;
        for (field, at) in [(number::START, start), (number::TIME, time)] {
            if at.is_set() {
                self.bytes[self.len] = (field << 3 | Wire::Fixed64 as u32) as u8;
                self.bytes[self.len + 1..self.len + 9]
                    .copy_from_slice(&at.as_nanos().to_le_bytes());
                self.len += 9;
            }
        }
    }

    #[inline(always)]
    pub(super) fn write(&self, out: &mut Out<'_>) {
        out.raw(&self.bytes[..self.len]);
    }
}

/// A kind of point.
pub(super) trait Kind: Rows {
    const ATTRIBUTES: u32;
    /// The field of exemplars, for the kinds that have one.
    const EXEMPLARS: Option<u32>;

    /// What is prepared once per metric.
    type Scratch: Default;

    /// The length of the value's fields, for the first walk.
    fn value_len(&self, row: usize, plan: &mut Plan) -> usize;

    /// The same for the second walk.
    fn value_len_again(replay: &mut Replay<'_>) -> usize;

    /// Writes the point, its fields in ascending order (that of prost, which puts a oneof where its
    /// lowest field is); says how many numbers were rounded.
    fn write(
        &self,
        out: &mut Out<'_>,
        row: usize,
        head: &Head<'_>,
        scratch: &mut Self::Scratch,
        replay: &mut Replay<'_>,
    ) -> u64;
}

/// The length of flags and exemplars. Flags are field 8 or 10: one byte of tag.
#[inline(always)]
fn marks_len<R: Kind>(flags: u32, exemplars: &[Exemplar]) -> usize {
    if flags == 0 && exemplars.is_empty() {
        return 0;
    }
    let exemplars = R::EXEMPLARS.map_or(0, |field| exemplars_len(field, exemplars));
    varint_field_len(8, flags.into()) + exemplars
}

/// The length of all points as fields of their data message.
pub(super) fn points_len<R: Kind>(points: &Points<R>, plan: &mut Plan) -> usize {
    let mut walk = Walk::new(points);
    let mut total = 0;
    for run in points.series().runs() {
        let block = Block::of(run.chunk(), R::ATTRIBUTES);
        total += if walk.is_plain(run.len()) {
            run_len::<R, true>(&mut walk, block.lens(run.rows()), plan)
        } else {
            run_len::<R, false>(&mut walk, block.lens(run.rows()), plan)
        };
        plan.blocks.push(block);
    }
    total
}

/// Writes all points as fields of their data message; says how many numbers were rounded.
pub(super) fn write_points<R: Kind>(
    out: &mut Out<'_>,
    points: &Points<R>,
    replay: &mut Replay<'_>,
) -> u64 {
    let mut walk = Walk::new(points);
    let mut scratch = R::Scratch::default();
    let mut rounded = 0;
    for run in points.series().runs() {
        let Some(block) = replay.blocks.next() else { return rounded };
        let attributes = block.rows(run.rows());
        rounded += if walk.is_plain(run.len()) {
            write_run::<R, true>(out, &mut walk, attributes, &mut scratch, replay)
        } else {
            write_run::<R, false>(out, &mut walk, attributes, &mut scratch, replay)
        };
    }
    rounded
}

/// A walk through the points of a metric, row by row.
struct Walk<'a, R: Rows> {
    points: &'a Points<R>,
    marks: Marks<'a>,
    times: Times,
    row: usize,
}

impl<'a, R: Rows> Walk<'a, R> {
    fn new(points: &'a Points<R>) -> Self {
        Self { points, marks: Marks::new(points), times: Times::new(points), row: 0 }
    }

    /// Whether the next rows share their times and have neither flags nor exemplars. The loops
    /// are compiled once for such rows, which are nearly all, and once for the others.
    fn is_plain(&self, rows: usize) -> bool {
        self.times.shared && !self.marks.within(self.row + rows)
    }

    #[inline(always)]
    fn next<const PLAIN: bool>(&mut self) -> (usize, u32, &'a [Exemplar]) {
        let row = self.row;
        self.row += 1;
        if PLAIN {
            return (row, 0, &[]);
        }
        self.times.at(self.points, row);
        let (flags, exemplars) = self.marks.at(row);
        (row, flags, exemplars)
    }
}

#[inline(always)]
fn run_len<R: Kind, const PLAIN: bool>(
    walk: &mut Walk<'_, R>,
    attributes: impl Iterator<Item = usize>,
    plan: &mut Plan,
) -> usize {
    let rows = walk.points.rows();
    let mut total = 0;
    for attributes in attributes {
        let (row, flags, exemplars) = walk.next::<PLAIN>();
        let value = rows.value_len(row, plan);
        let len = attributes + walk.times.len + value + marks_len::<R>(flags, exemplars);
        total += message_len(data::POINTS, len);
    }
    total
}

#[inline(always)]
fn write_run<'b, R: Kind, const PLAIN: bool>(
    out: &mut Out<'_>,
    walk: &mut Walk<'_, R>,
    attributes: impl Iterator<Item = &'b [u8]>,
    scratch: &mut R::Scratch,
    replay: &mut Replay<'_>,
) -> u64 {
    let rows = walk.points.rows();
    let mut rounded = 0;
    for attributes in attributes {
        let (row, flags, exemplars) = walk.next::<PLAIN>();
        let value = R::value_len_again(replay);
        let len = attributes.len() + walk.times.len + value + marks_len::<R>(flags, exemplars);
        let head = Head { len, times: &walk.times, flags, exemplars, attributes };
        rounded += rows.write(out, row, &head, scratch, replay);
        out.hand_over();
    }
    rounded
}
