use std::sync::Arc;
use std::thread;

use tokio::task::JoinSet;

use crate::conformance::batches::tagged;
use crate::conformance::place::FLAVOURS;
use crate::conformance::subject::{Make, Subject, deliver};

const RUNTIMES: usize = 2;
const TASKS: usize = 8;
const EXPORTS: usize = 4;

/// Exports of several tasks in several runtimes at once are all delivered, each whole and once.
pub fn concurrent_exports_are_all_delivered(make: Make) {
    for flavour in FLAVOURS {
        Subject::check(make, move |subject| {
            let numbers = 0..RUNTIMES * TASKS * EXPORTS;
            let batches: Arc<[_]> =
                numbers.map(|number| tagged(&format!("export {number}"), 20)).collect();
            let (exporter, limit) = (subject.exporter(), subject.limit());
            thread::scope(|scope| {
                for runtime in 0..RUNTIMES {
                    let (exporter, batches) = (exporter.clone(), Arc::clone(&batches));
                    let work = async move {
                        let mut tasks = JoinSet::new();
                        for task in 0..TASKS {
                            let (exporter, batches) = (exporter.clone(), Arc::clone(&batches));
                            let first = (runtime * TASKS + task) * EXPORTS;
                            tasks.spawn(async move {
                                for batch in &batches[first..first + EXPORTS] {
                                    deliver(&*exporter, batch, limit).await;
                                }
                            });
                        }
                        tasks.join_all().await;
                    };
                    scope.spawn(move || flavour.run_once(work));
                }
            });
            subject.expect_arrived(&*batches);
        });
    }
}
