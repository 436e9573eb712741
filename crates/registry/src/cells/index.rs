//! The bucket of a value in a base-2 exponential histogram, exactly.

use std::f64::consts::LN_2;

/// The finest scale: 2^20 buckets for each power of two.
pub(crate) const MAX_SCALE: i8 = 20;

/// The index at [`MAX_SCALE`] of the bucket that holds `value`, which is above zero and finite:
/// the `i` for which `2^(i / 2^20) < value <= 2^((i + 1) / 2^20)`. At a smaller scale it is
/// `index >> (MAX_SCALE - scale)`, since buckets merge in pairs.
pub(crate) fn index(value: f64) -> i32 {
    let (exponent, mantissa) = split(value);
    let octave = exponent << MAX_SCALE;
    if mantissa == 1.0 {
        // A power of two is the upper bound of its bucket.
        return octave - 1;
    }
    const BUCKETS_PER_E: f64 = (1 << MAX_SCALE) as f64 / LN_2;
    let place = mantissa.ln() * BUCKETS_PER_E;
    // A conversion cuts off, where `floor` and `round` may be calls.
    let (below, nearest) = (place as i32, (place + 0.5) as i32);
    // The logarithm is good to a few units in the last place, which is 1e-9 buckets. Within that
    // of a bound it takes more digits to say on which side the value lies.
    let below = if (place - f64::from(nearest)).abs() > 1e-6 {
        below
    } else {
        nearest - i32::from(!above_bound(mantissa, nearest.unsigned_abs()))
    };
    octave + below.clamp(0, (1 << MAX_SCALE) - 1)
}

/// `value = mantissa * 2^exponent` with a mantissa in `[1, 2)`.
fn split(value: f64) -> (i32, f64) {
    const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    const ONE: u64 = 1023 << MANTISSA_BITS;
    let bits = value.to_bits();
    let (biased, fraction) = (bits >> MANTISSA_BITS, bits & ((1 << MANTISSA_BITS) - 1));
    if biased > 0 {
        return (biased as i32 - 1023, f64::from_bits(fraction | ONE));
    }
    // Subnormal: shift the leading one to where it belongs.
    let shift = fraction.leading_zeros() - (u64::BITS - f64::MANTISSA_DIGITS);
    let fraction = (fraction << shift) & ((1 << MANTISSA_BITS) - 1);
    (-1022 - shift as i32, f64::from_bits(fraction | ONE))
}

/// Whether `mantissa` is above `2^(place / 2^20)`, calculated with twice a float's digits.
#[cold]
fn above_bound(mantissa: f64, place: u32) -> bool {
    let mut bound = Double { high: 1.0, low: 0.0 };
    let mut root = Double { high: 2.0, low: 0.0 };
    for bit in (0..=u32::from(MAX_SCALE.unsigned_abs())).rev() {
        if place >> bit & 1 == 1 {
            bound = bound.times(root);
        }
        root = root.square_root();
    }
    mantissa > bound.high || (mantissa == bound.high && bound.low < 0.0)
}

/// A number as the sum of two floats, the second below the last place of the first.
#[derive(Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}

impl Double {
    fn sum(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self { high: sum, low: low - (sum - high) }
    }

    fn times(self, other: Self) -> Self {
        let high = self.high * other.high;
        let rest = self.high.mul_add(other.high, -high);
        Self::sum(high, rest + (self.high * other.low + self.low * other.high))
    }

    fn square_root(self) -> Self {
        let root = self.high.sqrt();
        let missing = (-root).mul_add(root, self.high) + self.low;
        Self::sum(root, missing / (2.0 * root))
    }
}

#[cfg(test)]
mod tests;
