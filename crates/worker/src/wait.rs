use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use meterport_core::Deadline;

use crate::alarm::Alarm;

/// The deadline passed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "it says all there is to say")]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the deadline passed")
    }
}

impl Error for Elapsed {}

/// Waits for `future` until the deadline, under any executor.
///
/// It needs no timer of a runtime: it keeps the deadline by the real clock, even where tokio's
/// time is paused or its timers are off. The future is polled at least once, and dropped when
/// this is.
///
/// # Errors
/// [`Elapsed`] if the deadline passed first.
pub async fn within<F: Future>(deadline: Deadline, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let mut alarm = deadline.instant().map(Alarm::at);
    poll_fn(move |cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        if deadline.has_passed(Instant::now()) {
            return Poll::Ready(Err(Elapsed));
        }
        if let Some(alarm) = &mut alarm {
            alarm.set(cx.waker());
        }
        Poll::Pending
    })
    .await
}

/// Blocks this thread until `future` has ended or the deadline has passed; also inside a runtime
/// and in `Drop`, where tokio's own `block_on` panics.
///
/// The future must be driven from elsewhere: a channel or a task of a [`Worker`](crate::Worker),
/// not a timer or a socket of the runtime whose thread this blocks. It is polled at least once.
///
/// # Errors
/// [`Elapsed`] if the deadline passed first.
pub fn block_on<F: Future>(deadline: Deadline, future: F) -> Result<F::Output, Elapsed> {
    // Inside a tokio task, the task's budget would be spent by polling and never refilled.
    let mut future = pin!(tokio::task::unconstrained(future));
    let parked = Arc::new(Parked { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&parked));
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Ok(output);
        }
        // A future that wakes itself each time it is polled never gets to the wait below.
        if deadline.has_passed(Instant::now()) {
            return Err(Elapsed);
        }
        while !parked.woken.swap(false, Ordering::Acquire) {
            match deadline.remaining(Instant::now()) {
                None => thread::park(),
                Some(left) if left.is_zero() => return Err(Elapsed),
                Some(left) => thread::park_timeout(left),
            }
        }
    }
}

struct Parked {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::time::Duration;

    use super::*;

    fn soon() -> Deadline {
        Deadline::after(Instant::now(), Duration::from_millis(5))
    }

    /// Long enough never to matter.
    fn late() -> Deadline {
        Deadline::after(Instant::now(), Duration::from_secs(60))
    }

    #[test]
    fn a_passed_deadline_still_polls_once() {
        let passed = Deadline::at(Instant::now());
        assert_eq!(block_on(passed, ready(1)), Ok(1));
        assert_eq!(block_on(passed, pending::<()>()), Err(Elapsed));
        assert_eq!(block_on(late(), within(passed, ready(1))), Ok(Ok(1)));
        assert_eq!(block_on(late(), within(passed, pending::<()>())), Ok(Err(Elapsed)));
    }

    #[test]
    fn a_future_that_never_rests_is_cut_too() {
        let restless = poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        assert!(block_on(soon(), restless).is_err());
    }

    #[test]
    fn the_alarm_needs_no_runtime() {
        let deadline = soon();
        assert_eq!(block_on(late(), within(deadline, pending::<()>())), Ok(Err(Elapsed)));
        assert!(deadline.has_passed(Instant::now()));
        assert_eq!(block_on(soon(), pending::<()>()), Err(Elapsed));
    }

    #[tokio::test(start_paused = true)]
    async fn paused_time_does_not_move_the_deadline() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let sent = thread::spawn(move || sender.send(1));
        assert_eq!(within(late(), receiver).await, Ok(Ok(1)));
        sent.join().unwrap().unwrap();
    }

    #[test]
    fn it_blocks_inside_a_runtime_whose_budget_is_spent() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (sender, mut receiver) = tokio::sync::mpsc::channel(1_000);
            for i in 0..1_000 {
                sender.try_send(i).unwrap();
            }
            for i in 0..1_000 {
                assert_eq!(block_on(late(), receiver.recv()), Ok(Some(i)));
            }
        });
    }

    #[test]
    fn many_alarms_ring_and_the_dropped_ones_are_withdrawn() {
        let waiting: Vec<_> = (0..8)
            .map(|_| thread::spawn(|| block_on(late(), within(soon(), pending::<()>()))))
            .collect();
        let mut dropped = Box::pin(within(late(), pending::<()>()));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(dropped.as_mut().poll(&mut cx).is_pending());
        drop(dropped);
        for thread in waiting {
            assert_eq!(thread.join().unwrap(), Ok(Err(Elapsed)));
        }
    }
}
