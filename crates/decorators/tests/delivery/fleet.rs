//! Fault 61: many clients after one outage: none comes when all come.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use meterport_core::{Chance, ErrorKind, RetryAdvice};
use tokio::task::JoinSet;

use super::*;

/// A generator with a fixed seed (SplitMix64).
#[derive(Debug)]
struct Seeded(AtomicU64);

impl Chance for Seeded {
    fn ratio(&self) -> f64 {
        let step = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(step, Ordering::Relaxed).wrapping_add(step);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

const CLIENTS: u64 = 10_000;

/// When the clients' requests come, in buckets of 100 ms since `from`, after an outage that all have
/// seen and in which they are refused with this advice.
async fn arrivals(advice: RetryAdvice, outage: Duration, from: Duration) -> Vec<u64> {
    let begin = tokio::time::Instant::now();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(async move {
            let inner = ScriptedExporter::new("inner");
            let error = ExportError::new(ErrorKind::Unavailable, "").with_advice(advice);
            inner.default_answer(Answer::Fail(error));
            let policy = RetryPolicy::default()
                .with_initial_interval(Duration::from_secs(30))
                .with_max_elapsed(None)
                .with_budget(None);
            let stack = inner
                .clone()
                .retry(policy)
                .with_chance(Arc::new(Seeded(AtomicU64::new(client.wrapping_mul(7919)))));
            let batch = tagged("fleet", 1);
            let export = stack.export(&batch, Deadline::NONE);
            let recovery = async {
                tokio::time::sleep_until(begin + outage).await;
                inner.default_answer(Answer::Deliver);
            };
            let (result, ()) = tokio::join!(export, recovery);
            let books = result.expect("it recovers");
            assert_eq!((books.delivered, books.points(), inner.taken_points()), (1, 1, 1));
            inner.calls().last().expect("a call").at
        });
    }
    let mut buckets = vec![0; 300];
    while let Some(last) = clients.join_next().await {
        let since = last.expect("no panic").duration_since(begin + from);
        let bucket = since.as_millis() as usize / 100;
        buckets.resize(buckets.len().max(bucket + 1), 0);
        buckets[bucket] += 1;
    }
    buckets
}

/// The busiest 100 ms hold at most three times the mean of the time over which they are to spread.
#[track_caller]
fn check(buckets: &[u64], spread: Duration) {
    assert_eq!(buckets.iter().sum::<u64>(), CLIENTS);
    let mean = CLIENTS as f64 / (spread.as_millis() / 100) as f64;
    let busiest = *buckets.iter().max().expect("buckets") as f64;
    assert!(busiest <= 3.0 * mean, "{busiest} in 100 ms, {mean} on average");
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn row_61_no_stampede_behind_an_outage() {
    let buckets = arrivals(RetryAdvice::Backoff, MINUTE, MINUTE).await;
    check(&buckets, Duration::from_secs(30));
}

/// All are told the same delay again and again: what is added to it grows up to the longest interval.
#[tokio::test(start_paused = true)]
async fn row_61_no_stampede_behind_a_delay_that_the_server_names() {
    let named = RetryAdvice::After(Duration::from_secs(7));
    let buckets = arrivals(named, MINUTE, MINUTE).await;
    check(&buckets, Duration::from_secs(23));
}

/// All are told the delay once: nobody comes before it, and the tenth that is added keeps them apart.
#[tokio::test(start_paused = true)]
async fn row_61_one_delay_is_a_floor_and_spread() {
    let (named, instant) = (Duration::from_secs(20), Duration::from_millis(1));
    let buckets = arrivals(RetryAdvice::After(named), instant, named).await;
    check(&buckets, Duration::from_secs(2));
}
