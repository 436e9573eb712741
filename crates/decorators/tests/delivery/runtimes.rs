//! Faults 54 and 55: no shutdown, and every place that an export can be called from.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use meterport_core::{DropReason, ErrorKind};
use meterport_decorators::QueueSettings;
use meterport_testkit::{LogLines, hang_guard};
use meterport_worker::{StartHook, block_on};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_blocking};

use super::*;

/// Dropping waits for nobody; what was in memory is counted as lost, and the thread ends.
#[test]
fn row_54_dropped_without_a_shutdown() {
    hang_guard(GUARD, || {
        let inner = ScriptedExporter::new("inner");
        inner.default_answer(Answer::Hang);
        let (at_the_end, thread_ended) = mpsc::channel::<()>();
        let at_the_end = Mutex::new(Some(at_the_end));
        let queue = inner.clone().queue(QueueSettings::default());
        // What the hook returns goes with the thread.
        let hook = StartHook::new(move || at_the_end.lock().expect("no panic").take());
        let queue = queue.on_start(hook);
        let monitor = queue.monitor();
        for _ in 0..3 {
            block_on(soon(), queue.export(&batch(), Deadline::NONE)).unwrap().unwrap();
        }
        let log = LogLines::here();
        let begin = Instant::now();
        drop(queue);
        assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
        thread_ended.recv().expect_err("nothing is sent");
        let stats = monitor.stats();
        let found = (stats.produced, stats.dropped.total(), stats.queued, stats.delivered);
        assert_eq!(found, (3 * POINTS, 3 * POINTS, 0, 0), "{stats:?}");
        let lines = log.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("a queue was dropped without a shutdown"), "{lines:?}");
        assert!(lines[0].contains("points=30"), "{lines:?}");
    });
}

type Stack = Arc<Reliable<Box<dyn MetricExporter>>>;
type Answered = Result<Outcome, ExportError>;
/// A way to call it.
type Call = fn(Stack) -> Answered;

async fn export(stack: Stack) -> Answered {
    stack.export(&batch(), soon()).await
}

fn current() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap()
}

/// Exports when it is dropped, by a thread with a runtime of its own, as `Drop` cannot wait
/// otherwise.
struct ExportsAtItsEnd(Stack, mpsc::Sender<Answered>);

impl Drop for ExportsAtItsEnd {
    fn drop(&mut self) {
        let stack = Arc::clone(&self.0);
        let result = thread::spawn(|| current().block_on(export(stack))).join();
        let _ = self.1.send(result.expect("no panic"));
    }
}

/// One stack, called from everywhere in turn: connections of runtimes that are gone are no
/// hindrance, and without any the answer is an error.
#[test]
fn row_55_every_runtime_and_none() {
    hang_guard(2 * GUARD, || {
        for over in Over::BOTH {
            let collector = over.collector();
            let stack: Stack = Arc::new(stack(over.exporter(&collector)));
            let places: [(&str, Call); 7] = [
                ("current_thread", |stack| current().block_on(export(stack))),
                ("one worker", |stack| multi(1).block_on(export(stack))),
                ("two workers", |stack| multi(2).block_on(export(stack))),
                ("a task of a worker", |stack| {
                    let runtime = multi(1);
                    runtime.block_on(runtime.spawn(export(stack))).expect("no panic")
                }),
                ("a blocking thread", |stack| {
                    current().block_on(async {
                        let runtime = tokio::runtime::Handle::current();
                        let blocking = spawn_blocking(move || runtime.block_on(export(stack)));
                        blocking.await.expect("no panic")
                    })
                }),
                ("a local set", |stack| LocalSet::new().block_on(&current(), export(stack))),
                ("the drop of a worker's task", |stack| {
                    let (send, receive) = mpsc::channel();
                    let ends = ExportsAtItsEnd(stack, send);
                    let runtime = multi(1);
                    let task = runtime.spawn(async move { drop(ends) });
                    runtime.block_on(task).expect("no panic");
                    receive.recv().expect("an answer")
                }),
            ];
            for (place, call) in places {
                let before = collector.accepted_points();
                let result = call(Arc::clone(&stack));
                let books = accounted(place, POINTS, &result, collector.accepted_points() - before);
                assert_eq!(books.delivered, POINTS, "{place}, {over:?}: {result:?}");
            }
            let before = collector.requests().len();
            let result = block_on(soon(), export(Arc::clone(&stack))).expect("an answer");
            let books = accounted("no runtime", POINTS, &result, 0);
            assert_eq!(books.dropped.of(DropReason::NoRuntime), POINTS, "{over:?}");
            assert_eq!(result.unwrap_err().kind(), ErrorKind::NoRuntime);
            assert_eq!(collector.requests().len(), before);
        }
    });
}
