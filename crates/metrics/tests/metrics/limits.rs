use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use meterport_core::{Clock, Timestamp};
use meterport_registry::Registry;
use metrics::{Counter, counter};

use super::support::{lines, run};

#[derive(Debug)]
struct HandClock(Instant, AtomicU64);

impl Clock for HandClock {
    fn now(&self) -> Instant {
        self.0 + Duration::from_secs(self.1.load(Ordering::SeqCst))
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_secs(self.1.load(Ordering::SeqCst))
    }
}

#[test]
fn keys_beyond_the_limit_are_counted_together() {
    let registry = Registry::builder().cardinality_limit(2).build().unwrap();
    let producer = registry.producer().build();
    let _recorder = run(
        &registry,
        |b| b,
        || {
            for _ in 0..2 {
                for user in 0..5 {
                    counter!("c", "user" => user.to_string()).increment(1);
                }
            }
            // A total of one key is none of many.
            counter!("c", "user" => "9").absolute(1000);
        },
    );
    assert_eq!(
        lines(&producer.collect()),
        [
            r#"c [] "" {"otel.metric.overflow": true} 6 counted"#,
            r#"c [] "" {"user": "0"} 2 counted"#,
            r#"c [] "" {"user": "1"} 2 counted"#,
        ]
    );
}

#[test]
fn series_expire_unless_the_program_holds_their_handle() {
    let clock = Arc::new(HandClock(Instant::now(), AtomicU64::new(1)));
    let registry = Registry::builder()
        .clock(Arc::clone(&clock) as _)
        .idle_after(Duration::from_secs(60))
        .build()
        .unwrap();
    let producer = registry.producer().build();
    let mut held: Option<Counter> = None;
    let recorder = run(
        &registry,
        |b| b,
        || {
            counter!("once").increment(1);
            counter!("told").absolute(7);
            held = Some(counter!("held"));
            held.as_ref().unwrap().increment(2);
        },
    );
    for _ in 0..4 {
        assert!(!lines(&producer.collect()).is_empty());
        clock.1.fetch_add(50, Ordering::SeqCst);
    }
    let left = [r#"held [] "" {} 2 counted"#, r#"told [] "" {} 7 counted"#];
    assert_eq!(lines(&producer.collect()), left);
    // It comes back as a new series.
    metrics::with_local_recorder(&recorder, || counter!("once").increment(1));
    let batch = producer.collect();
    assert_eq!(lines(&batch)[1], r#"once [] "" {} 1 counted"#);
}

#[test]
fn a_known_key_allocates_nothing() {
    let registry = Registry::new();
    let _producer = registry.producer().build();
    let recorder = run(&registry, |b| b, || ());
    metrics::with_local_recorder(&recorder, || {
        let count = || counter!("c", "method" => "GET", "code" => "200").increment(1);
        count();
        let allocations = allocation_counter::measure(|| (0..100).for_each(|_| count()));
        assert_eq!(allocations.count_total, 0);
    });
}
