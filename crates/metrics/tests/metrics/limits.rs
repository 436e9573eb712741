use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use meterport_core::{Clock, Timestamp};
use meterport_registry::{Registry, View};
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
    assert_eq!(lines(&producer.collect()), [r#"held [] "" {} 2 counted"#]);
    // It comes back as a new series.
    metrics::with_local_recorder(&recorder, || counter!("once").increment(1));
    let batch = producer.collect();
    assert_eq!(lines(&batch)[1], r#"once [] "" {} 1 counted"#);
}

/// What a counter is told, by whether its handle was let go and its series expired in between.
#[test]
fn absolute_values_are_true_whatever_was_let_go() {
    let clock = Arc::new(HandClock(Instant::now(), AtomicU64::new(1)));
    let registry = Registry::builder()
        .clock(Arc::clone(&clock) as _)
        .idle_after(Duration::from_secs(60))
        .view(View::named("merged").without_attributes(["of"]))
        .build()
        .unwrap();
    let producer = registry.producer().build();
    let recorder = run(&registry, |b| b, || ());
    let told = |value| {
        metrics::with_local_recorder(&recorder, || {
            counter!("told").absolute(value);
            // One series of two, each with a total of its own.
            counter!("merged", "of" => "a").absolute(value);
            counter!("merged", "of" => "b").absolute(value);
        });
    };
    // Seconds that pass after it was told a value; the sums that are shown then.
    for (value, seconds, merged, alone) in [
        (7, 0, 14, Some(7)),
        (9, 50, 18, Some(9)),
        (9, 5, 18, Some(9)),
        (11, 50, 22, Some(11)),
        // Of the merged series the registry does not know who told what: it stays.
        (11, 70, 22, None),
        (12, 0, 24, Some(12)),
        (13, 0, 26, Some(13)),
    ] {
        told(value);
        // Who is not told a value between two collections is let go.
        (0..2).for_each(|_| drop(producer.collect()));
        clock.1.fetch_add(seconds, Ordering::SeqCst);
        let lines = lines(&producer.collect());
        let merged = format!(r#"merged [] "" {{}} {merged} counted"#);
        let alone = alone.map(|told| format!(r#"told [] "" {{}} {told} counted"#));
        assert_eq!(lines, iter::once(merged).chain(alone).collect::<Vec<_>>(), "{value}");
    }
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
