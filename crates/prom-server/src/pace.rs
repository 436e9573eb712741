//! How long a client may take for what it does now.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::limits::Limits;

/// What a connection is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The next request.
    Idle,
    /// The rest of a request's head.
    Head,
    /// Our answer, which is not the client's fault.
    Answering,
    /// The client, to take the answer.
    Writing,
}

/// The pace of one connection, told by its stream and its service, watched by its task.
#[derive(Debug)]
pub(crate) struct Pace {
    limits: Limits,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    until: Option<Instant>,
    /// Whether anything of the answer was written.
    wrote: bool,
}

impl Pace {
    /// Of a connection that has just been opened: its first request must come soon.
    pub(crate) fn begin(limits: Limits) -> Arc<Self> {
        let until = Instant::now().checked_add(limits.header);
        let state = Mutex::new(State { phase: Phase::Head, until, wrote: false });
        Arc::new(Self { limits, state, changed: Notify::new() })
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.enter_from(&mut self.state(), phase);
    }

    fn enter_from(&self, state: &mut State, phase: Phase) {
        let limit = match phase {
            Phase::Idle => Some(self.limits.idle),
            Phase::Head => Some(self.limits.header),
            Phase::Answering => None,
            Phase::Writing => Some(self.limits.write),
        };
        let until = limit.and_then(|limit| Instant::now().checked_add(limit));
        *state = State { phase, until, wrote: false };
        self.changed.notify_one();
    }

    fn was_read(&self) {
        let mut state = self.state();
        if state.phase == Phase::Idle {
            self.enter_from(&mut state, Phase::Head);
        }
    }

    fn was_written(&self) {
        self.state().wrote = true;
    }

    /// Nothing more is to be written. An answer is handed over whole, so if some of it was
    /// written, this was its end.
    fn was_flushed(&self) {
        let mut state = self.state();
        if state.phase == Phase::Writing && state.wrote {
            self.enter_from(&mut state, Phase::Idle);
        }
    }

    /// Waits until the client has taken too long.
    pub(crate) async fn exceeded(&self) -> Phase {
        loop {
            let until = self.state().until;
            let passed = async {
                match until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = passed => {
                    let state = self.state();
                    if state.until == until {
                        return state.phase;
                    }
                }
                () = self.changed.notified() => {}
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that tells the pace what happens.
#[derive(Debug)]
pub(crate) struct Paced<S> {
    stream: S,
    pace: Arc<Pace>,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S, pace: Arc<Pace>) -> Self {
        Self { stream, pace }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.pace.was_read();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if polled.is_ready() {
            self.pace.was_written();
        }
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        if polled.is_ready() {
            self.pace.was_written();
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        if polled.is_ready() {
            self.pace.was_flushed();
        }
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
