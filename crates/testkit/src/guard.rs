//! Limits for tests that could hang, by the real clock: a paused one would pass at once.

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

/// Awaits `future`, and panics if it takes longer than `limit` of real time.
///
/// Works in every runtime and in none, and with a paused clock. It can end a future that waits, not
/// one that blocks its thread: use [`hang_guard`] for that.
pub async fn within<F: Future>(limit: Duration, future: F) -> F::Output {
    within_or(limit, future, || format!("still waiting after {limit:?}")).await
}

/// [`within`] with words of one's own for the panic.
pub(crate) async fn within_or<F: Future>(
    limit: Duration,
    future: F,
    complaint: impl Fn() -> String,
) -> F::Output {
    let alarm = Alarm::set(limit);
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        assert!(!alarm.has_rung(context.waker()), "{}", complaint());
        Poll::Pending
    })
    .await
}

/// Runs `test` on a thread of its own, and panics if it takes longer than `limit` of real time.
///
/// A panic inside `test` goes on in the caller. A thread that hangs is left behind: the process of
/// the tests ends it.
#[track_caller]
pub fn hang_guard<T: Send + 'static>(
    limit: Duration,
    test: impl FnOnce() -> T + Send + 'static,
) -> T {
    let name = thread::current().name().unwrap_or("guarded").to_owned();
    let (done, wait) = channel();
    let thread = thread::Builder::new().name(name).spawn(move || {
        let output = test();
        // Nobody listens any more if the limit has passed.
        let _ = done.send(output);
    });
    let thread = thread.expect("a thread for the guarded test");
    match wait.recv_timeout(limit) {
        Ok(output) => {
            // The thread is past the test; what is left is the end of its thread-locals.
            drop(thread);
            output
        }
        Err(RecvTimeoutError::Timeout) => panic!("still running after {limit:?}"),
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(()) => unreachable!("the thread sends before it ends"),
            Err(panic) => resume_unwind(panic),
        },
    }
}

/// Wakes a task once, after a time of the real clock.
pub(crate) struct Alarm {
    bell: Arc<Mutex<Bell>>,
    /// Dropped with the alarm, which ends the thread.
    _disarm: Sender<()>,
}

#[derive(Default)]
struct Bell {
    rung: bool,
    waker: Option<Waker>,
}

impl Alarm {
    pub(crate) fn set(after: Duration) -> Self {
        let bell = Arc::new(Mutex::new(Bell::default()));
        let (disarm, disarmed) = channel::<()>();
        let ringer = Arc::clone(&bell);
        let thread = thread::Builder::new().name("alarm".into()).spawn(move || {
            if disarmed.recv_timeout(after) == Err(RecvTimeoutError::Timeout) {
                let mut bell = ringer.lock().unwrap_or_else(PoisonError::into_inner);
                bell.rung = true;
                let waker = bell.waker.take();
                drop(bell);
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
        });
        thread.expect("a thread for the alarm");
        Self { bell, _disarm: disarm }
    }

    /// Whether the time has passed; if not, `waker` is woken when it has.
    pub(crate) fn has_rung(&self, waker: &Waker) -> bool {
        let mut bell = self.bell.lock().unwrap_or_else(PoisonError::into_inner);
        if !bell.rung {
            bell.waker = Some(waker.clone());
        }
        bell.rung
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn message(test: impl FnOnce()) -> String {
        let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("it should have panicked");
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap()
    }

    fn paused<F: Future>(future: F) -> F::Output {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(future)
    }

    #[test]
    fn what_ends_in_time_gives_its_output() {
        assert_eq!(paused(within(Duration::from_secs(60), ready(7))), 7);
        assert_eq!(hang_guard(Duration::from_secs(60), || 7), 7);
    }

    #[test]
    fn what_hangs_fails() {
        let short = Duration::from_millis(5);
        assert!(message(|| paused(within(short, pending::<()>()))).contains("still waiting"));
        let (hold, held) = channel::<()>();
        let hang = move || {
            let _ = held.recv();
        };
        assert!(message(|| hang_guard(short, hang)).contains("still running"));
        drop(hold);
    }

    #[test]
    fn a_panic_goes_on_in_the_caller() {
        let panic = || -> () { panic!("as it was") };
        assert_eq!(message(|| hang_guard(Duration::from_secs(60), panic)), "as it was");
    }
}
