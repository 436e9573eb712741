use std::sync::atomic::{AtomicU64, Ordering};

use super::policy::RetryBudget;

/// One repetition, in the unit that is counted in.
const WHOLE: u64 = 1_000;

/// What has been earned and not spent.
#[derive(Debug)]
pub(super) struct Savings {
    earned: u64,
    most: u64,
    saved: AtomicU64,
}

impl Savings {
    pub(super) fn new(budget: RetryBudget) -> Self {
        let most = u64::from(budget.reserve) * WHOLE;
        // The conversion saturates, and makes zero of NaN and of what is negative.
        let earned = (budget.ratio * WHOLE as f64) as u64;
        Self { earned, most, saved: AtomicU64::new(most) }
    }

    /// An export begins.
    pub(super) fn earn(&self) {
        self.change(|saved| Some(saved.saturating_add(self.earned).min(self.most.max(WHOLE))));
    }

    /// Whether a repetition could be paid for, which it has been then.
    pub(super) fn spend(&self) -> bool {
        self.change(|saved| saved.checked_sub(WHOLE))
    }

    fn change(&self, change: impl FnMut(u64) -> Option<u64>) -> bool {
        self.saved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_and_then_one_in_ten() {
        let savings = Savings::new(RetryBudget::new(0.1, 3));
        let spent = |exports: u32| {
            let spend = |_: u32| {
                savings.earn();
                std::iter::from_fn(|| savings.spend().then_some(())).count()
            };
            (0..exports).map(spend).sum::<usize>()
        };
        assert_eq!(spent(1), 3);
        assert_eq!(spent(100), 10);
    }

    #[test]
    fn senseless_budgets_allow_nothing_or_everything() {
        for (ratio, allowed) in [(f64::NAN, false), (-1.0, false), (f64::INFINITY, true)] {
            let savings = Savings::new(RetryBudget::new(ratio, 0));
            savings.earn();
            assert_eq!(savings.spend(), allowed, "{ratio}");
        }
    }
}
