//! One call of the exporter inside, cut at its deadline.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use meterport_core::{Clock, Component, Deadline, ErrorKind, ExportError, RetryAdvice};
use meterport_worker::NoTimer;
use tokio::task::{unconstrained, yield_now};
use tokio::time::{Sleep, sleep};

/// The deadline passed, and the call had not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut;

/// Awaits `call`, and drops it at the deadline.
///
/// Whoever is inside gets the same deadline and knows more of what happened; so it has one turn
/// more, after the timer that woke both. Where there are no timers, it alone keeps the deadline.
pub(crate) async fn bounded<F: Future>(
    deadline: Deadline,
    clock: &dyn Clock,
    call: F,
) -> Result<F::Output, Cut> {
    let mut call = pin!(call);
    let mut alarm = pin!(None::<Sleep>);
    let in_time = poll_fn(|context| {
        if let Poll::Ready(output) = call.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        // Only a call that waits needs a timer.
        if alarm.is_none() {
            let Some(left) = deadline.remaining(clock.now()) else { return Poll::Pending };
            if NoTimer::check().is_err() {
                return Poll::Pending;
            }
            alarm.set(Some(sleep(left)));
        }
        alarm.as_mut().as_pin_mut().map_or(Poll::Pending, |alarm| ring(alarm, context))
    });
    if let Some(output) = in_time.await {
        return Ok(output);
    }
    yield_now().await;
    poll_fn(|context| match call.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => Poll::Ready(Err(Cut)),
    })
    .await
}

/// A call that has used up its task's budget must not keep the alarm from ringing.
fn ring<T>(alarm: Pin<&mut Sleep>, context: &mut Context<'_>) -> Poll<Option<T>> {
    pin!(unconstrained(alarm)).poll(context).map(|()| None)
}

impl Cut {
    /// The error of a call that was cut: what was sent may have arrived.
    pub(crate) fn error(self, component: &Component) -> ExportError {
        ExportError::new(ErrorKind::Timeout, "it did not end by its deadline and was cut")
            .with_component(component)
            .with_advice(RetryAdvice::Backoff)
            .unconfirmed()
    }
}

/// The error of a call for which no time is left. Nothing was sent.
pub(crate) fn no_time(component: &Component) -> ExportError {
    ExportError::new(ErrorKind::Timeout, "the deadline had passed before")
        .with_component(component)
        .with_advice(RetryAdvice::Backoff)
}

/// The error of a call that needs a timer where there is none.
pub(crate) fn no_timer(missing: NoTimer, component: &Component) -> ExportError {
    ExportError::new(ErrorKind::NoRuntime, missing.to_string())
        .with_component(component)
        .with_source(missing)
}
