use meterport_core::MetricBatch;

use crate::conformance::batches::tagged;
use crate::conformance::place::{FLAVOURS, poll_at_most};
use crate::conformance::subject::{Make, Subject, after, deliver};

/// More polls than any export takes.
const MOST_POLLS: usize = 1_000;

/// Whenever the future of an export is dropped, be it before its first poll or after any other,
/// the next export is delivered, once and whole.
pub fn a_dropped_export_leaves_it_usable(make: Make) {
    for flavour in FLAVOURS {
        Subject::check(make, move |subject| {
            let runtime = flavour.runtime();
            let mut next: Vec<MetricBatch> = Vec::new();
            let ended = (0..MOST_POLLS).find(|polls| {
                let (exporter, limit, polls) = (subject.exporter(), subject.limit(), *polls);
                let dropped = tagged(&format!("dropped after {polls} polls"), 50);
                let behind = tagged(&format!("behind {polls} polls"), 50);
                next.push(behind.clone());
                flavour.run(&runtime, async move {
                    let export = exporter.export(&dropped, after(limit));
                    let ended = poll_at_most(export, polls).await.is_some();
                    deliver(&*exporter, &behind, limit).await;
                    ended
                })
            });
            assert!(ended.is_some(), "still not ready after {MOST_POLLS} polls");
            for batch in &next {
                subject.expect_arrived_once(batch);
            }
        });
    }
}
