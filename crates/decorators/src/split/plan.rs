//! Which points of a batch go next, and how many at once. Pure.

use std::ops::Range;

/// How much of a limit a request should use, so that points that are a bit larger than those
/// before still fit.
const FILL: f64 = 0.9;

/// What is known of requests: how large they may be, and how large points are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sizes {
    /// The most bytes of a request; a guess where nobody says.
    pub(super) limit: Option<u64>,
    /// Bytes of a point in the last request that was small enough.
    pub(super) point: Option<f64>,
    /// The largest request that was small enough.
    largest: u64,
}

impl Sizes {
    /// The points that fit into a request, as far as anything is known.
    pub(super) fn points(self) -> Option<u64> {
        let (limit, point) = (self.limit? as f64, self.point.filter(|bytes| *bytes > 0.0)?);
        Some(((limit * FILL / point) as u64).max(1))
    }

    fn fits(&mut self, points: u64, bytes: u64) {
        if bytes > 0 && points > 0 {
            self.point = Some(bytes as f64 / points as f64);
            self.largest = self.largest.max(bytes);
        }
    }

    fn too_large(&mut self, size: u64, limit: Option<u64>) {
        // Who does not name a limit has one below that size.
        let guess = || if self.largest < size { self.largest.max(size / 2) } else { size / 2 };
        self.limit = Some(limit.unwrap_or_else(guess).max(1));
    }
}

/// The way through one batch, from the first point to the last.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) sizes: Sizes,
    max_points: u64,
    next: u64,
    whole: Part,
    /// Parts that are being divided, each within the one before and the first within the whole.
    divided: Vec<Part>,
    ended: bool,
}

#[derive(Debug)]
struct Part {
    end: u64,
    step: u64,
}

/// What to do with points that were too large together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is one point, and it is too large alone.
    Alone,
    /// They go again in smaller pieces.
    Divided,
}

impl Plan {
    /// At most `max_points` at once, at least one. A batch without points is one piece.
    pub(super) fn new(points: u64, max_points: u64, sizes: Sizes) -> Self {
        let max_points = max_points.max(1);
        let step = sizes.points().map_or(max_points, |fit| fit.min(max_points));
        let whole = Part { end: points, step };
        Self { sizes, max_points, next: 0, whole, divided: Vec::new(), ended: false }
    }

    /// The points that go next.
    pub(super) fn piece(&self) -> Option<Range<u64>> {
        let part = self.divided.last().unwrap_or(&self.whole);
        let end = part.end.min(self.next.saturating_add(part.step));
        (!self.ended).then_some(self.next..end)
    }

    /// What has not gone yet, the next piece included.
    pub(super) fn left(&self) -> Range<u64> {
        self.next..self.whole.end
    }

    /// The piece is done with, in a request of so many bytes if it was small enough.
    pub(super) fn done(&mut self, bytes: Option<u64>) {
        let Some(piece) = self.piece() else { return };
        if let Some(bytes) = bytes {
            self.sizes.fits(piece.end - piece.start, bytes);
            if let Some(fit) = self.sizes.points() {
                // Not at once all that would fit: the giant that a part was divided for lies ahead.
                let most = (piece.end - piece.start).saturating_mul(2).min(self.max_points);
                let part = self.divided.last_mut().unwrap_or(&mut self.whole);
                part.step = fit.min(most.max(1));
            }
        }
        self.next = piece.end;
        self.ended = self.next >= self.whole.end;
        while self.divided.last().is_some_and(|part| part.end <= self.next) {
            self.divided.pop();
            if let Some(fit) = self.sizes.points() {
                let part = self.divided.last_mut().unwrap_or(&mut self.whole);
                part.step = part.step.min(fit);
            }
        }
    }

    /// The piece is too large, and nothing of it was taken.
    pub(super) fn too_large(&mut self, size: u64, limit: Option<u64>) -> Verdict {
        let Some(piece) = self.piece() else { return Verdict::Alone };
        let points = piece.end - piece.start;
        self.sizes.too_large(size, limit);
        if points <= 1 {
            return Verdict::Alone;
        }
        let most = self.sizes.limit.unwrap_or(1) as f64 * FILL;
        let pieces = ((size as f64 / most).ceil() as u64).clamp(2, points);
        self.divided.push(Part { end: piece.end, step: points.div_ceil(pieces) });
        Verdict::Divided
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces that were taken, those that were refused, the points that are too large alone,
    /// and what is known of sizes in the end.
    type Ran = (Vec<Range<u64>>, Vec<Range<u64>>, Vec<u64>, Sizes);

    /// The requests for points of these sizes at a receiver with a limit, which it names or not.
    fn run(points: &[u64], max_points: u64, limit: u64, named: bool, sizes: Sizes) -> Ran {
        let mut plan = Plan::new(points.len() as u64, max_points, sizes);
        let (mut taken, mut refused, mut alone) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(piece) = plan.piece() {
            assert!(taken.len() + refused.len() < 10_000, "it goes on for ever");
            assert_eq!(plan.left(), piece.start..points.len() as u64);
            let size = points[piece.start as usize..piece.end as usize].iter().sum();
            if size <= limit {
                plan.done(Some(size));
                taken.push(piece);
                continue;
            }
            refused.push(piece.clone());
            if plan.too_large(size, named.then_some(limit)) == Verdict::Alone {
                alone.push(piece.start);
                plan.done(None);
            }
        }
        let mut all: Vec<u64> = taken.iter().cloned().flatten().chain(alone.clone()).collect();
        all.sort_unstable();
        assert!(all.iter().copied().eq(0..points.len() as u64), "each point goes once: {all:?}");
        (taken, refused, alone, plan.sizes)
    }

    #[test]
    fn even_points_are_refused_once() {
        for named in [true, false] {
            let points = [50; 10_000];
            let (taken, refused, alone, sizes) =
                run(&points, 8_192, 150_000, named, Sizes::default());
            assert_eq!((refused.len(), alone.len()), (if named { 1 } else { 2 }, 0), "{named}");
            assert!(taken.len() <= 6, "{taken:?}");
            // What was learnt holds for the next batch.
            let (taken, refused, ..) = run(&points, 8_192, 150_000, named, sizes);
            assert_eq!((taken.len() <= 6, refused.len()), (true, 0), "{named}: {taken:?}");
        }
    }

    #[test]
    fn one_giant_is_found_and_costs_the_others_little() {
        for named in [true, false] {
            for at in [0, 1, 499, 998, 999] {
                let mut points = [50; 1_000];
                points[at] = 1_000_000;
                let (taken, refused, alone, _) =
                    run(&points, 8_192, 4_096, named, Sizes::default());
                assert_eq!(alone, [at as u64]);
                let requests = taken.len() + refused.len();
                assert!(requests < 70, "{requests} requests, limit named: {named}, at {at}");
            }
        }
    }

    #[test]
    fn senseless_sizes_end_too() {
        for (size, limit) in [(0, Some(0)), (0, None), (1, Some(u64::MAX)), (u64::MAX, Some(1))] {
            let mut plan = Plan::new(100, 0, Sizes::default());
            let mut refusals = 0;
            while plan.piece().is_some() {
                refusals += 1;
                assert!(refusals < 1_000, "{size} {limit:?}");
                if plan.too_large(size, limit) == Verdict::Alone {
                    plan.done(None);
                }
            }
        }
    }

    #[test]
    fn any_mixture_is_taken_apart() {
        let mut seed = 7_u64;
        let mut draw = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            (seed >> 33) % below
        };
        for round in 0..200 {
            let count = 1 + draw(400) as usize;
            let points: Vec<u64> = (0..count)
                .map(|_| if draw(20) == 0 { draw(20_000) } else { 1 + draw(200) })
                .collect();
            let limit = 1 + draw(6_000);
            let (_, _, alone, _) =
                run(&points, 1 + draw(300), limit, round % 2 == 0, Sizes::default());
            let giants = (0..).zip(&points).filter(|(_, size)| **size > limit).map(|(at, _)| at);
            assert!(giants.eq(alone.iter().copied()), "round {round}");
        }
    }
}
