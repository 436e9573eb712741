use std::sync::Arc;

use meterport_core::Bounds;

/// The bounds of a histogram, and how the bucket of a value is found. A clone is the same.
#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    bounds: Bounds,
    table: Table,
}

/// Floats that are not below zero are in the order of their bits. The upper ones, cut off so that
/// no two bounds have them in common, lead to a slot, and there one comparison decides, of bits
/// too: a chain of loads and comparisons is what recording takes longest for.
#[derive(Clone, Debug)]
struct Table {
    /// How many bits are cut off.
    shift: u32,
    /// The bits of the first slot. What is below them belongs there too.
    first: u64,
    /// None where the bounds are to be searched by halves.
    slots: Arc<[Slot]>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The bits of the bound within, or [`NO_BOUND`].
    bound: u64,
    /// How many bounds are below the slot.
    below: usize,
}

/// More than the bits of any float that is not below zero.
const NO_BOUND: u64 = u64::MAX;

/// A table stays within a few pages of memory. Usual bounds need 25 slots or so.
const MAX_SLOTS: usize = 512;

/// Bits of a float after the exponent.
const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;

impl Buckets {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let table = Table::new(bounds.as_slice());
        Self { bounds, table }
    }

    pub(crate) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// How many there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.bounds.buckets()
    }

    /// Which one a value belongs to.
    pub(crate) fn find(&self, value: f64) -> usize {
        let search = || self.bounds.as_slice().partition_point(|bound| value > *bound);
        self.look_up(value).unwrap_or_else(search)
    }

    /// The same, if it takes no search.
    #[inline(always)]
    pub(crate) fn look_up(&self, value: f64) -> Option<usize> {
        self.table.find(value)
    }
}

impl PartialEq for Buckets {
    fn eq(&self, other: &Self) -> bool {
        self.bounds == other.bounds
    }
}

impl Table {
    /// The smallest that holds no two bounds in one slot; without slots if it were too large.
    fn new(bounds: &[f64]) -> Self {
        // No value is above infinity.
        let bounds = bounds.strip_suffix(&[f64::INFINITY]).unwrap_or(bounds);
        let coarsest_first = (1..=MANTISSA).rev();
        let sizes = coarsest_first.map(|shift| Self::empty(bounds, shift));
        // More bits, more slots.
        let small = sizes.map_while(|table| table);
        let mut filled = small.filter_map(|(table, len)| table.filled(bounds, len));
        filled.next().unwrap_or_else(|| Self { shift: 0, first: 0, slots: Arc::default() })
    }

    /// Without slots yet, and how many it needs; `None` if that is too many.
    fn empty(bounds: &[f64], shift: u32) -> Option<(Self, usize)> {
        let first = match *bounds {
            // Below zero the order is another one.
            [first, ..] if first < 0.0 => return None,
            [] | [_] => 0,
            // The slot before that of the second bound, which must not begin with zero.
            [0.0, second, ..] => (bits(second) >> shift).max(1) - 1,
            [first, ..] => bits(first) >> shift,
        };
        let table = Self { shift, first, slots: Arc::default() };
        let len = if let [.., _, last] = *bounds { table.place(bits(last)) + 1 } else { 1 };
        (len <= MAX_SLOTS).then_some((table, len))
    }

    /// With its slots; `None` if two bounds share one.
    fn filled(self, bounds: &[f64], len: usize) -> Option<Self> {
        let mut slots = vec![Slot { bound: NO_BOUND, below: 0 }; len];
        for (below, bound) in bounds.iter().enumerate() {
            let at = if below == 0 { 0 } else { self.place(bits(*bound)) };
            if slots[at].bound != NO_BOUND || (below > 0 && at == 0) {
                return None;
            }
            slots[at].bound = bits(*bound);
            slots[at..].iter_mut().for_each(|slot| slot.below = below);
            slots[at + 1..].iter_mut().for_each(|slot| slot.below = below + 1);
        }
        Some(Self { slots: slots.into(), ..self })
    }

    /// Branches would often be foretold wrongly here.
    #[inline(always)]
    fn place(&self, bits: u64) -> usize {
        let upper = bits >> self.shift;
        std::hint::select_unpredictable(upper > self.first, upper.wrapping_sub(self.first), 0)
            as usize
    }

    /// `None` if there is no table, or if the value is below zero.
    #[inline(always)]
    fn find(&self, value: f64) -> Option<usize> {
        if value.is_sign_negative() {
            return None;
        }
        let bits = value.to_bits();
        let (at, last) = (self.place(bits), self.slots.len().wrapping_sub(1));
        let at = std::hint::select_unpredictable(at < last, at, last);
        let Slot { bound, below } = *self.slots.get(at)?;
        Some(below + usize::from(bits > bound))
    }
}

/// There is one zero.
fn bits(bound: f64) -> u64 {
    (bound + 0.0).to_bits()
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
            assert_eq!(!buckets.table.slots.is_empty(), tabled, "{bounds:?}");
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
