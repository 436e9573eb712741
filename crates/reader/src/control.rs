//! Between a reader's owner and its thread: no queue, so nothing grows and nothing blocks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meterport_core::{Clock, Deadline, Outcome};
use tokio::sync::{Notify, watch};

use crate::brake::Brake;
use crate::{ReaderError, budget};

/// What a flush or the shutdown led to.
pub(crate) type Answer = Result<Outcome, ReaderError>;

/// The owner's end. Dropping it abandons the reader.
#[derive(Debug)]
pub(crate) struct Control {
    wanted: Arc<Wanted>,
    stop: watch::Sender<Option<Deadline>>,
    answered: watch::Receiver<(u64, Answer)>,
    ended: watch::Receiver<Option<Answer>>,
}

/// The thread's end.
#[derive(Debug)]
pub(crate) struct Orders {
    wanted: Arc<Wanted>,
    stop: watch::Receiver<Option<Deadline>>,
    answered: watch::Sender<(u64, Answer)>,
    ended: watch::Sender<Option<Answer>>,
}

/// Flushes that are asked for and not begun; one serves them all.
#[derive(Debug, Default)]
struct Wanted {
    flush: Mutex<Flush>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Flush {
    ticket: u64,
    deadline: Option<Deadline>,
}

impl Wanted {
    fn flush(&self) -> MutexGuard<'_, Flush> {
        self.flush.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn control() -> (Control, Orders) {
    let wanted = Arc::<Wanted>::default();
    let (stop, stopped) = watch::channel(None);
    let (answer, answered) = watch::channel((0, Ok(Outcome::default())));
    let (end, ended) = watch::channel(None);
    let orders =
        Orders { wanted: Arc::clone(&wanted), stop: stopped, answered: answer, ended: end };
    (Control { wanted, stop, answered, ended }, orders)
}

impl Control {
    /// Asks for a flush, and waits for one that begins after this. `None`: the thread is lost.
    pub(crate) async fn flush(&self, deadline: Deadline) -> Option<Answer> {
        if self.has_ended() {
            return Some(Err(ReaderError::Shutdown));
        }
        let ticket = {
            let mut flush = self.wanted.flush();
            let before = flush.deadline.unwrap_or(deadline);
            flush.deadline = Some(budget::later(before, deadline));
            flush.ticket += 1;
            flush.ticket
        };
        self.wanted.bell.notify_one();
        let mut answered = self.answered.clone();
        let answered = async {
            let answer = answered.wait_for(|answer| answer.0 >= ticket).await.ok()?;
            Some(answer.1.clone())
        };
        tokio::select! {
            biased;
            Some(answer) = answered => Some(answer),
            // The last collection had begun when the flush was asked for, or there was none.
            Some(_) = self.ended() => Some(Err(ReaderError::Shutdown)),
            else => None,
        }
    }

    /// Asks for the shutdown, and waits for it; the first one's deadline is what the work obeys.
    /// Once it is done, there is nothing to do. `None`: the thread is lost.
    pub(crate) async fn shutdown(&self, deadline: Deadline) -> Option<Answer> {
        if self.has_ended() {
            return Some(Ok(Outcome::default()));
        }
        self.stop.send_if_modified(|stop| {
            let first = stop.is_none();
            stop.get_or_insert(deadline);
            first
        });
        self.ended().await
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.borrow().is_some()
    }

    async fn ended(&self) -> Option<Answer> {
        let mut ended = self.ended.clone();
        let answer = ended.wait_for(Option::is_some).await.ok()?;
        answer.clone()
    }
}

/// What the thread is to do next.
#[derive(Debug)]
pub(crate) enum Order {
    /// The owner is gone.
    Abandon,
    Flush {
        ticket: u64,
        deadline: Deadline,
    },
    Shutdown {
        deadline: Deadline,
    },
}

impl Orders {
    /// A shutdown goes before a flush.
    pub(crate) async fn next(&mut self) -> Order {
        let stopped = async {
            match self.stop.wait_for(Option::is_some).await.as_deref() {
                Ok(Some(deadline)) => Order::Shutdown { deadline: *deadline },
                _ => Order::Abandon,
            }
        };
        let flush = async {
            loop {
                let taken = {
                    let mut flush = self.wanted.flush();
                    flush.deadline.take().map(|deadline| (flush.ticket, deadline))
                };
                if let Some((ticket, deadline)) = taken {
                    return Order::Flush { ticket, deadline };
                }
                self.wanted.bell.notified().await;
            }
        };
        tokio::select! {
            biased;
            order = stopped => order,
            order = flush => order,
        }
    }

    /// The flush that is asked for and not begun, if there is one: what comes next serves it.
    pub(crate) fn open_flush(&self) -> Option<u64> {
        let mut flush = self.wanted.flush();
        flush.deadline.take().map(|_| flush.ticket)
    }

    /// A brake for what is done next.
    pub(crate) fn brake(&self, clock: &Arc<dyn Clock>) -> Brake {
        Brake::new(Arc::clone(clock), self.stop.clone())
    }

    pub(crate) fn answer(&self, ticket: u64, answer: Answer) {
        drop(self.answered.send_replace((ticket, answer)));
    }

    pub(crate) fn end(&self, answer: Answer) {
        self.ended.send_replace(Some(answer));
    }
}
