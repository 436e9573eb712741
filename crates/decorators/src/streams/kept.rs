use std::time::{Duration, Instant};

use meterport_core::AttributeSet;

use super::Streams;
use super::slots::{NO_SLOT, Slots};

/// How much is kept of how many series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most series.
    pub(crate) series: usize,
    /// How long a series is kept that does not come.
    pub(crate) idle: Duration,
}

/// Enough for every program that is not out of control, at about 200 bytes each.
const MOST_SERIES: usize = 1_000_000;
const IDLE: Duration = Duration::from_secs(60 * 60);

impl Default for Limits {
    fn default() -> Self {
        Self { series: MOST_SERIES, idle: IDLE }
    }
}

/// A state for each series of a metric.
#[derive(Debug)]
pub(crate) struct Kept<S> {
    pub(crate) slots: Slots,
    states: Vec<Option<Entry<S>>>,
}

#[derive(Debug)]
struct Entry<S> {
    seen: Instant,
    state: S,
}

impl<S> Default for Kept<S> {
    fn default() -> Self {
        Self { slots: Slots::default(), states: Vec::new() }
    }
}

impl<S> Kept<S> {
    /// The state of a series that has come now, if it has one; `make` makes it one.
    pub(crate) fn visit<T>(
        &mut self,
        slot: u32,
        now: Instant,
        make: impl FnOnce(Option<&mut S>) -> (T, Option<S>),
    ) -> Option<T> {
        if slot == NO_SLOT {
            return None;
        }
        let at = slot as usize;
        if at >= self.states.len() {
            self.states.resize_with(at + 1, || None);
        }
        let entry = &mut self.states[at];
        let (result, new) = make(entry.as_mut().map(|entry| &mut entry.state));
        match (new, &mut *entry) {
            (Some(state), entry) => *entry = Some(Entry { seen: now, state }),
            (None, Some(entry)) => entry.seen = now,
            (None, None) => {}
        }
        Some(result)
    }

    /// The state of a series.
    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut S> {
        Some(&mut self.states.get_mut(slot as usize)?.as_mut()?.state)
    }

    /// All states.
    pub(crate) fn states_mut(&mut self) -> impl Iterator<Item = &mut S> {
        self.states.iter_mut().flatten().map(|entry| &mut entry.state)
    }

    /// All series that have a state.
    pub(crate) fn each_mut(&mut self) -> impl Iterator<Item = (&AttributeSet, &mut S)> {
        let mut states: Vec<_> = self.states.iter_mut().map(Option::as_mut).collect();
        self.slots.iter().filter_map(move |(attributes, slot)| {
            let entry = states.get_mut(slot as usize)?.take()?;
            Some((attributes, &mut entry.state))
        })
    }

    /// Forgets the series that have been idle for too long, but for those `needed` all the same, and
    /// says how many those were.
    pub(crate) fn forget_idle(
        &mut self,
        now: Instant,
        limits: Limits,
        needed: impl Fn(&S) -> bool,
    ) -> usize {
        let Some(since) = now.checked_sub(limits.idle) else { return 0 };
        let states = &mut self.states;
        self.slots.retain(|slot| {
            let Some(entry) = states.get_mut(slot as usize) else { return false };
            let kept =
                entry.as_ref().is_some_and(|entry| entry.seen >= since || needed(&entry.state));
            if !kept {
                *entry = None;
            }
            kept
        })
    }
}

/// When the series that do not come any more are looked for, which costs a walk over all.
#[derive(Debug, Default)]
pub(crate) struct Sweeps(Option<Instant>);

impl Sweeps {
    /// Whether it is time again: eight times within the idle time.
    pub(crate) fn is_due(&mut self, now: Instant, limits: Limits) -> bool {
        let every = limits.idle / 8;
        match self.0 {
            Some(last) if now.saturating_duration_since(last) < every => false,
            before => {
                self.0 = Some(now);
                before.is_some()
            }
        }
    }
}

impl<S> Streams<Kept<S>> {
    /// Forgets the series that have been idle for too long, and says how many those were.
    pub(crate) fn forget_idle(&mut self, now: Instant, limits: Limits) -> usize {
        let mut gone = 0;
        self.retain(|kept| {
            gone += kept.forget_idle(now, limits, |_| false);
            kept.slots.len() > 0
        });
        gone
    }
}
