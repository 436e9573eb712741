use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::*;

/// Fails the test if `body` does not end.
fn guarded(body: impl FnOnce() + Send + 'static) {
    let (done, wait) = mpsc::channel();
    let thread = thread::spawn(move || {
        body();
        let _ = done.send(());
    });
    match wait.recv_timeout(Duration::from_secs(30)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("hangs"),
        _ => thread.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload)),
    }
}

fn late() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(20))
}

fn runtime(threads: usize) -> Runtime {
    match threads {
        0 => Builder::new_current_thread().build(),
        _ => Builder::new_multi_thread().worker_threads(threads).build(),
    }
    .unwrap()
}

/// Works, answers, and ends: the same everywhere.
fn check_blocking() {
    let (sender, receiver) = oneshot::channel();
    let worker = Worker::builder("blocking").start(|mut stop| async move {
        // Panics without timers; the first tick is due at once.
        tokio::time::interval(Duration::from_secs(1)).tick().await;
        let _ = sender.send(7);
        stop.requested().await;
    });
    let worker = worker.unwrap();
    assert_eq!(block_on(late(), receiver), Ok(Ok(7)));
    assert_eq!(worker.ending(), None);
    worker.stop();
    assert_eq!(worker.join_blocking(late()), Ok(Ending::Finished));
}

async fn check_async() {
    let worker =
        Worker::builder("async").start(|mut stop| async move { stop.requested().await }).unwrap();
    assert_eq!(worker.spawn(async { 7 }).await.unwrap(), 7);
    assert_eq!(worker.join(Deadline::at(Instant::now())).await, Err(Elapsed));
    worker.stop();
    assert_eq!(worker.join(late()).await, Ok(Ending::Finished));
}

struct InDrop;
impl Drop for InDrop {
    fn drop(&mut self) {
        check_blocking();
    }
}

#[test]
fn it_works_without_a_runtime() {
    guarded(|| {
        check_blocking();
        block_on(late(), check_async()).unwrap();
    });
}

#[test]
fn it_works_on_every_kind_of_runtime() {
    for threads in [0, 1] {
        guarded(move || {
            runtime(threads).block_on(async {
                check_blocking();
                check_async().await;
                drop(InDrop);
                tokio::spawn(async {
                    check_blocking();
                    check_async().await;
                    drop(InDrop);
                })
                .await
                .unwrap();
            });
        });
    }
}

#[test]
fn it_outlives_the_runtime_it_was_started_on() {
    guarded(|| {
        let app = runtime(1);
        let worker = app.block_on(async {
            Worker::builder("outlives").start(|mut stop| async move { stop.requested().await })
        });
        let worker = worker.unwrap();
        drop(app);
        assert_eq!(block_on(late(), worker.spawn(async { 7 })).unwrap().unwrap(), 7);
        worker.stop();
        assert_eq!(worker.join_blocking(late()), Ok(Ending::Finished));
        assert!(block_on(late(), worker.spawn(async { 7 })).unwrap().unwrap_err().is_cancelled());
    });
}

#[test]
fn the_hook_runs_first_and_its_guard_goes_last() {
    guarded(|| {
        struct Guard(
            mpsc::Sender<&'static str>,
            #[expect(dead_code, reason = "not `Send`")] Rc<()>,
        );
        impl Drop for Guard {
            fn drop(&mut self) {
                let _ = self.0.send("left");
            }
        }
        let (sender, log) = mpsc::channel();
        let main = sender.clone();
        let hook = StartHook::new(move || {
            let _ = sender.send("entered");
            Guard(sender.clone(), Rc::new(()))
        });
        let worker = Worker::builder("hook").on_start(hook).start(|_| async move {
            let named = thread::current().name() == Some("hook");
            let _ = main.send(if named { "ran" } else { "ran elsewhere" });
        });
        assert_eq!(worker.unwrap().join_blocking(late()), Ok(Ending::Finished));
        assert_eq!(log.try_iter().collect::<Vec<_>>(), ["entered", "ran", "left"]);
    });
}

#[test]
fn a_panic_is_reported() {
    guarded(|| {
        let ending = |worker: io::Result<Worker>| match worker.unwrap().join_blocking(late()) {
            Ok(Ending::Panicked(panicked)) => panicked.message().to_owned(),
            other => panic!("{other:?}"),
        };
        let worker = Worker::builder("main").start(|_| async { panic!("in the future") });
        assert_eq!(ending(worker), "in the future");
        let hook = StartHook::new(|| -> () { panic!("in the hook") });
        let worker = Worker::builder("hook").on_start(hook).start(|_| async {});
        assert_eq!(ending(worker), "in the hook");
    });
}

#[test]
fn a_blocked_thread_does_not_block_who_joins_or_drops_it() {
    guarded(|| {
        let (release, blocked) = mpsc::channel::<()>();
        let worker = Worker::builder("blocked").start(|_| async move {
            let _ = blocked.recv();
        });
        let worker = worker.unwrap();
        worker.stop();
        let soon = || Deadline::after(Instant::now(), Duration::from_millis(5));
        assert_eq!(worker.join_blocking(soon()), Err(Elapsed));
        assert_eq!(block_on(late(), worker.join(soon())), Ok(Err(Elapsed)));
        drop(worker);
        drop(release);
    });
}

#[test]
fn a_blocking_task_left_behind_does_not_keep_the_thread() {
    guarded(|| {
        let (release, blocked) = mpsc::channel::<()>();
        let worker = Worker::builder("leaves").start(|_| async move {
            drop(tokio::task::spawn_blocking(move || blocked.recv()));
        });
        assert_eq!(worker.unwrap().join_blocking(late()), Ok(Ending::Finished));
        drop(release);
    });
}

#[test]
fn dropping_it_asks_the_future_to_end() {
    guarded(|| {
        let ended = Arc::new(AtomicBool::new(false));
        let (sender, receiver) = mpsc::channel();
        let flag = Arc::clone(&ended);
        let worker = Worker::builder("dropped").start(|mut stop| async move {
            stop.requested().await;
            flag.store(stop.is_requested(), Ordering::SeqCst);
            let _ = sender.send(());
        });
        drop(worker.unwrap());
        receiver.recv().unwrap();
        assert!(ended.load(Ordering::SeqCst));
    });
}

#[test]
fn joining_oneself_or_a_thread_left_in_the_parent_ends_at_once() {
    guarded(|| {
        let (sender, receiver) = oneshot::channel::<Arc<Worker>>();
        let (answer, answered) = mpsc::channel();
        let worker = Worker::builder("self").start(|_| async move {
            let worker = receiver.await.unwrap();
            let _ = answer.send(worker.join_blocking(Deadline::NONE));
        });
        let worker = Arc::new(worker.unwrap());
        sender.send(Arc::clone(&worker)).unwrap();
        assert_eq!(answered.recv(), Ok(Err(Elapsed)));
        assert_eq!(worker.join_blocking(late()), Ok(Ending::Finished));
        drop(worker);

        let worker =
            Worker::builder("fork").start(|mut stop| async move { stop.requested().await });
        let mut worker = worker.unwrap();
        worker.process = worker.process.wrapping_add(1);
        assert!(worker.is_forked());
        assert_eq!(worker.join_blocking(Deadline::NONE), Err(Elapsed));
        assert_eq!(block_on(late(), worker.join(Deadline::NONE)), Ok(Err(Elapsed)));
    });
}

#[test]
fn a_name_that_no_thread_can_have_is_an_error() {
    let error = Worker::builder("a\0b").start(|_| async {}).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}
