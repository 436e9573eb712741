//! Buckets as intervals, those without a measurement left out.

use meterport_core::{Bounds, ExponentialValueRef};

use super::words::float;

/// `3 buckets: (-Inf, 1.0]=2 (5.0, +Inf)=1`.
pub(super) fn explicit(bounds: &Bounds, counts: &[u64]) -> String {
    let bounds = bounds.as_slice();
    let filled = counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(at, count)| {
        let bound = |at: usize| bounds.get(at).copied();
        let low = at.checked_sub(1).and_then(bound).unwrap_or(f64::NEG_INFINITY);
        match bound(at) {
            Some(high) => format!("({}, {}]={count}", float(low), float(high)),
            None => format!("({}, +Inf)={count}", float(low)),
        }
    });
    row(counts.len(), "", filled)
}

/// A line for each sign that has buckets.
pub(super) fn exponential(value: &ExponentialValueRef<'_>) -> Vec<String> {
    let bound = |index: i64| rounded((index as f64 * (-f64::from(value.scale)).exp2()).exp2());
    let interval = |sign: &str, offset: i32, at: usize, count: u64| {
        let index = i64::from(offset).saturating_add(at as i64);
        let (near, far) = (bound(index), bound(index.saturating_add(1)));
        match sign {
            "negative" => format!("[-{far}, -{near})={count}"),
            _ => format!("({near}, {far}]={count}"),
        }
    };
    let line = |sign: &str, (offset, counts): (i32, &[u64])| {
        let filled = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let filled = filled.map(|(at, count)| interval(sign, offset, at, *count));
        let first = format!("{sign} from index {offset}, ");
        (!counts.is_empty()).then(|| row(counts.len(), &first, filled))
    };
    let lines = [line("negative", value.negative), line("positive", value.positive)];
    lines.into_iter().flatten().collect()
}

fn row(total: usize, first: &str, filled: impl Iterator<Item = String>) -> String {
    let filled: Vec<_> = filled.collect();
    let buckets = if total == 1 { "bucket" } else { "buckets" };
    let filled = if filled.is_empty() { "all empty".to_owned() } else { filled.join(" ") };
    format!("{first}{total} {buckets}: {filled}")
}

/// To six digits.
fn rounded(number: f64) -> String {
    let digits = format!("{number:.5e}").parse().unwrap_or(number);
    float(digits).trim_start_matches('+').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_rounded_to_six_digits() {
        let table =
            [(1.0, "1.0"), (1.090_507_732, "1.09051"), (1e-300, "1e-300"), (f64::INFINITY, "Inf")];
        for (number, expected) in table {
            assert_eq!(rounded(number), expected);
        }
    }
}
