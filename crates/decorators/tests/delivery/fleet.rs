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

/// When the clients' requests come after an outage of a minute that all have seen, in buckets of
/// 100 ms, if they are refused with this advice until then.
async fn arrivals(advice: RetryAdvice) -> Vec<u64> {
    let outage = Duration::from_secs(60);
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
        let since = last.expect("no panic").duration_since(begin + outage);
        let bucket = since.as_millis() as usize / 100;
        buckets.resize(buckets.len().max(bucket + 1), 0);
        buckets[bucket] += 1;
    }
    buckets
}

async fn check(advice: RetryAdvice, spread: Duration) {
    let buckets = arrivals(advice).await;
    assert_eq!(buckets.iter().sum::<u64>(), CLIENTS);
    let mean = CLIENTS as f64 / (spread.as_millis() / 100) as f64;
    let busiest = *buckets.iter().max().expect("buckets") as f64;
    assert!(busiest <= 3.0 * mean, "{advice:?}: {busiest} in 100 ms, {mean} on average");
}

#[tokio::test(start_paused = true)]
async fn row_61_no_stampede_behind_an_outage() {
    check(RetryAdvice::Backoff, Duration::from_secs(30)).await;
}
