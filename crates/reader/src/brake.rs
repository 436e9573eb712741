use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use meterport_core::{Clock, Deadline};
use tokio::sync::watch;

use crate::budget;

/// Why work was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Abandoned,
    Deadline,
}

/// The reader was dropped: its work ends at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Abandoned;

/// Cuts work at its deadline; earlier when a shutdown is asked for meanwhile, so that time is
/// left for the last export; and at once when the reader is dropped.
#[derive(Debug)]
pub(crate) struct Brake {
    clock: Arc<dyn Clock>,
    stop: Option<watch::Receiver<Option<Deadline>>>,
    /// Half of the time that the shutdown gives, once it was asked for.
    tightened: Deadline,
}

impl Brake {
    /// For work that a shutdown should cut short.
    pub(crate) fn new(clock: Arc<dyn Clock>, stop: watch::Receiver<Option<Deadline>>) -> Self {
        Self { clock, stop: Some(stop), tightened: Deadline::NONE }
    }

    /// For the shutdown's own work.
    pub(crate) fn deadline_only(clock: Arc<dyn Clock>) -> Self {
        Self { clock, stop: None, tightened: Deadline::NONE }
    }

    /// Polls `future` at least once and until then.
    pub(crate) async fn run<F: Future>(
        &mut self,
        deadline: Deadline,
        future: F,
    ) -> Result<F::Output, Cut> {
        let mut future = pin!(future);
        loop {
            let deadline = deadline.earliest(self.tightened);
            let now = self.clock.now();
            let expired = async {
                match deadline.remaining(now) {
                    Some(left) if left.is_zero() => {}
                    Some(left) => tokio::time::sleep(left).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                output = &mut future => return Ok(output),
                () = expired => return Err(Cut::Deadline),
                stop = stopped(self.stop.as_mut()) => {
                    let deadline = stop.ok_or(Cut::Abandoned)?;
                    self.tightened = budget::half(deadline, self.clock.now());
                    self.stop = None;
                }
            }
        }
    }

    /// Whether no time is left for work with this deadline.
    pub(crate) fn has_passed(&self, deadline: Deadline) -> bool {
        deadline.earliest(self.tightened).has_passed(self.clock.now())
    }
}

/// The deadline of the shutdown, once it was asked for; `None` once the reader was dropped
/// without.
async fn stopped(stop: Option<&mut watch::Receiver<Option<Deadline>>>) -> Option<Deadline> {
    match stop {
        Some(stop) => stop.wait_for(Option::is_some).await.ok().and_then(|stop| *stop),
        None => std::future::pending().await,
    }
}
