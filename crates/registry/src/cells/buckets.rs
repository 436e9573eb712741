use std::sync::Arc;

use meterport_core::Bounds;

/// The bounds of a histogram, and how the bucket of a value is found. A clone is the same.
#[derive(Clone, Debug)]
pub(crate) struct Buckets(Arc<Search>);

#[derive(Debug)]
struct Search {
    bounds: Bounds,
    /// Without a table the bounds are searched by halves.
    table: Option<Table>,
}

/// Floats that are not below zero are in the order of their bits. The upper ones, cut off so that
/// no two bounds have them in common, lead to a slot, and there one comparison decides, of bits
/// too: a chain of loads and comparisons is what recording takes longest for.
#[derive(Debug)]
struct Table {
    /// How many bits are cut off.
    shift: u32,
    /// The bits of the first slot. What is below them belongs there too.
    first: i64,
    slots: Box<[Slot]>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The bits of the bound within; if there is none, more than those of any float.
    bound: i64,
    /// How many bounds are below the slot.
    below: usize,
}

/// A table stays within a few pages of memory. Usual bounds need 25 slots or so.
const MAX_SLOTS: i64 = 512;

/// Bits of a float after the exponent.
const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;

impl Buckets {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let table = Table::new(bounds.as_slice());
        Self(Arc::new(Search { bounds, table }))
    }

    pub(crate) fn bounds(&self) -> &Bounds {
        &self.0.bounds
    }

    /// How many there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.0.bounds.buckets()
    }

    /// Which one a value belongs to.
    pub(crate) fn find(&self, value: f64) -> usize {
        let search = || self.bounds().as_slice().partition_point(|bound| value > *bound);
        self.look_up(value).unwrap_or_else(search)
    }

    /// The same, if it takes no search.
    #[inline(always)]
    pub(crate) fn look_up(&self, value: f64) -> Option<usize> {
        self.0.table.as_ref().map(|table| table.find(value.to_bits() as i64))
    }
}

impl PartialEq for Buckets {
    fn eq(&self, other: &Self) -> bool {
        self.bounds() == other.bounds()
    }
}

impl Table {
    fn new(bounds: &[f64]) -> Option<Self> {
        // No value is above infinity.
        let bounds = bounds.strip_suffix(&[f64::INFINITY]).unwrap_or(bounds);
        // With a bit cut off, the distance of two floats is in range.
        let finer = (1..=MANTISSA).rev();
        finer.map_while(|shift| Self::with(bounds, shift)).find_map(|table| table)
    }

    /// `None` if there would be too many slots, or would be with more bits; `Some(None)` if two
    /// bounds would share one.
    fn with(bounds: &[f64], shift: u32) -> Option<Option<Self>> {
        let upper = |bound: f64| bits(bound) >> shift;
        let first = match *bounds {
            // Below zero the order is another one.
            [first, ..] if first < 0.0 => return None,
            [] | [_] => 0,
            // The slot before that of the second bound, which must not begin with zero.
            [0.0, second, ..] => upper(second).max(1) - 1,
            [first, ..] => upper(first),
        };
        let place = |bound: f64| (upper(bound) - first).max(0);
        let len = if let [.., _, last] = *bounds { place(last) + 1 } else { 1 };
        if len > MAX_SLOTS {
            return None;
        }
        let mut slots = vec![Slot { bound: i64::MAX, below: 0 }; len as usize];
        for (below, bound) in bounds.iter().enumerate() {
            let at = if below == 0 { 0 } else { place(*bound) as usize };
            if slots[at].bound != i64::MAX || (below > 0 && at == 0) {
                return Some(None);
            }
            slots[at].bound = bits(*bound);
            slots[at..].iter_mut().for_each(|slot| slot.below = below);
            slots[at + 1..].iter_mut().for_each(|slot| slot.below = below + 1);
        }
        Some(Some(Self { shift, first, slots: slots.into() }))
    }

    #[inline(always)]
    fn find(&self, value: i64) -> usize {
        // In range, as a bit at least is cut off.
        let at = (value >> self.shift).wrapping_sub(self.first).max(0) as usize;
        let Slot { bound, below } = self.slots[at.min(self.slots.len() - 1)];
        below + usize::from(value > bound)
    }
}

/// As a number that is below zero where the bound is. There is one zero.
fn bits(bound: f64) -> i64 {
    (bound + 0.0).to_bits() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(bounds: &[f64]) -> Buckets {
        Buckets::new(Bounds::new(bounds).unwrap())
    }

    /// Bounds, and whether there is a table for them.
    fn cases() -> Vec<(Vec<f64>, bool)> {
        let default = crate::instrument::DEFAULT_BOUNDS.to_vec();
        let linear = (1..=100).map(f64::from).collect();
        let negative = (-4..5).map(f64::from).collect();
        let tiny = f64::from_bits(1);
        vec![
            (vec![], true),
            (vec![0.0], true),
            (vec![-0.0, 1.0], true),
            (vec![-3.5], false),
            (vec![f64::INFINITY], true),
            (vec![f64::NEG_INFINITY, 1.0, f64::INFINITY], false),
            (vec![5.0], true),
            (vec![-1.0, 1.0, 1.5, f64::MAX], false),
            (vec![-7.0, 0.5, 3.0], false),
            (vec![0.1, 0.2, 0.4, 0.8, 1.6], true),
            (vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0], true),
            (vec![1.0, f64::from_bits(1.0_f64.to_bits() + 1)], false),
            (vec![0.0, tiny], false),
            (vec![0.0, f64::MIN_POSITIVE], true),
            (vec![tiny, 2.0 * tiny], true),
            (default, true),
            (linear, true),
            (negative, false),
            ((1..40).map(|at| 1.0 + f64::from(at) * 1e-9).collect(), true),
            (vec![1e-6, 1.0, 1.0 + 1e-9], false),
        ]
    }

    #[test]
    fn every_value_finds_its_bucket() {
        let tiny = f64::from_bits(1);
        let fixed = [0.0, -0.0, tiny, -tiny, f64::MIN_POSITIVE, 0.3, 1.0, 7.0, 1e300];
        for (bounds, tabled) in cases() {
            let buckets = buckets(&bounds);
            assert_eq!(buckets.0.table.is_some(), tabled, "{bounds:?}");
            assert_eq!(buckets.len(), bounds.len() + 1);
            let near = bounds.iter().flat_map(|bound| [bound.next_down(), *bound, bound.next_up()]);
            let all = near.chain(fixed).flat_map(|value| [value, -value, value * 1.3, f64::MAX]);
            for value in all.filter(|value| value.is_finite()) {
                let slow = bounds.iter().filter(|bound| value > **bound).count();
                assert_eq!(buckets.find(value), slow, "{value:e} in {bounds:?}");
            }
        }
    }
}
