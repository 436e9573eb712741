use meterport_core::Quantile;

use crate::loss::{Loss, Losses};

/// The quantiles that may be written, ascending: one that is there twice would be a series twice,
/// and OpenMetrics (`is_strict`) has none outside 0 to 1 and none that is negative ("Summary").
pub fn keep_quantiles(
    all: &[Quantile],
    is_strict: bool,
    kept: &mut Vec<Quantile>,
    losses: &mut Losses,
) {
    kept.clear();
    kept.extend(all);
    if !kept.is_sorted_by(|a, b| a.quantile < b.quantile) {
        kept.sort_by(|a, b| a.quantile.total_cmp(&b.quantile));
        kept.dedup_by(|later, first| {
            let both_nan = later.quantile.is_nan() && first.quantile.is_nan();
            both_nan || later.quantile == first.quantile
        });
    }
    if is_strict {
        kept.retain(|one| {
            let is_negative = one.value < 0.0;
            (0.0..=1.0).contains(&one.quantile) && !is_negative
        });
    }
    losses.add(Loss::Quantile, (all.len() - kept.len()) as u64);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(all: &[(f64, f64)], is_strict: bool, expected: &[(f64, f64)]) {
        let all: Vec<_> =
            all.iter().map(|&(quantile, value)| Quantile { quantile, value }).collect();
        let (mut kept, mut losses) = (Vec::new(), Losses::default());
        keep_quantiles(&all, is_strict, &mut kept, &mut losses);
        let kept: Vec<_> = kept.iter().map(|one| (one.quantile, one.value)).collect();
        assert_eq!(format!("{kept:?}"), format!("{expected:?}"));
        assert_eq!(losses.of(Loss::Quantile), (all.len() - expected.len()) as u64);
    }

    #[test]
    fn each_quantile_is_there_once_and_in_order() {
        let nan = f64::NAN;
        check(&[(0.5, 1.0), (0.9, nan)], true, &[(0.5, 1.0), (0.9, nan)]);
        check(&[(0.9, 2.0), (0.5, 1.0), (0.9, 3.0)], true, &[(0.5, 1.0), (0.9, 2.0)]);
        check(&[(0.0, 1.0), (-0.0, 2.0)], true, &[(-0.0, 2.0)]);
        check(&[(1.5, 1.0), (0.5, -1.0), (nan, 1.0)], true, &[]);
        check(
            &[(1.5, 1.0), (0.5, -1.0), (nan, 1.0)],
            false,
            &[(0.5, -1.0), (1.5, 1.0), (nan, 1.0)],
        );
    }
}
