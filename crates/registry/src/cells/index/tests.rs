use super::*;

/// `floor(log2(mantissa) * 2^20)` for a mantissa in `(1, 2)` that is no power of two, by squaring:
/// each square says one more binary digit of the logarithm. All in integers of 128 bits, once
/// rounded down and once up, so that a place that needs more digits is noticed.
fn slow_place(mantissa: f64) -> u64 {
    let fixed = u128::from((mantissa.to_bits() & ((1 << 52) - 1)) | (1 << 52)) << 75;
    let digits = |up: bool| {
        let mut x = fixed; // 1.127 bits
        (0..MAX_SCALE).fold(0_u64, |digits, _| {
            let (high, low) = square(x);
            // The square has two bits before the point.
            let two = high >> 127 == 1;
            let (shifted, lost) =
                if two { (high, low != 0) } else { (high << 1 | low >> 127, low << 1 != 0) };
            x = shifted + u128::from(up && lost);
            digits << 1 | u64::from(two)
        })
    };
    let (low, high) = (digits(false), digits(true));
    assert_eq!(low, high, "{mantissa:e} needs more digits");
    low
}

/// The 256 bits of a square.
fn square(x: u128) -> (u128, u128) {
    let (a, b) = (x >> 64, x & u128::from(u64::MAX));
    let (aa, ab, bb) = (a * a, a * b, b * b);
    let (low, carry) = bb.overflowing_add(ab << 65);
    (aa + (ab >> 63) + u128::from(carry), low)
}

fn slow_index(value: f64) -> i32 {
    let mut exponent = 0;
    let mut mantissa = value;
    // Exact: nothing but the exponent changes, and subnormals become normal.
    while mantissa >= 2.0 {
        (mantissa, exponent) = (mantissa / 2.0, exponent + 1);
    }
    while mantissa < 1.0 {
        (mantissa, exponent) = (mantissa * 2.0, exponent - 1);
    }
    let octave = exponent * (1 << MAX_SCALE);
    if mantissa == 1.0 { octave - 1 } else { octave + slow_place(mantissa) as i32 }
}

fn check(value: f64) {
    assert_eq!(index(value), slow_index(value), "{value:e} ({:#x})", value.to_bits());
}

#[test]
fn a_million_values_are_where_the_slow_way_puts_them() {
    let mut state = 0x5eed_u64;
    for turn in 0..1_000_000 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = state >> 11 ^ state << 32;
        let bits = match turn % 4 {
            // A subnormal.
            0 => random & ((1 << 52) - 1),
            // Next to a power of two.
            1 => (((random >> 8) % 2046) << 52).wrapping_add(random % 5).wrapping_sub(2),
            // Any float.
            _ => random >> 1,
        };
        let value = f64::from_bits(bits & !(1 << 63));
        if value > 0.0 && value.is_finite() {
            check(value);
        }
    }
}

#[test]
fn powers_of_two_and_their_neighbours_are_exact() {
    for exponent in -1074..1024 {
        let power = if exponent < -1022 {
            f64::from_bits(1 << (exponent + 1074))
        } else {
            f64::from_bits(((exponent + 1023) as u64) << 52)
        };
        assert_eq!(index(power), exponent * (1 << MAX_SCALE) - 1);
        check(power.next_up().min(f64::MAX));
        if power.next_down() > 0.0 {
            check(power.next_down());
        }
    }
    check(f64::MAX);
    check(f64::from_bits(1));
}

/// The floats around every 97th bound: where a logarithm alone is wrong by one.
#[test]
fn the_floats_next_to_bounds_are_exact() {
    for place in (1..1_u32 << MAX_SCALE).step_by(97) {
        let near = (f64::from(place) / f64::from(1 << MAX_SCALE)).exp2();
        let mut value = near.next_down().next_down();
        for _ in 0..5 {
            if value > 1.0 && value < 2.0 {
                check(value);
                check(value * 1024.0);
            }
            value = value.next_up();
        }
    }
}
