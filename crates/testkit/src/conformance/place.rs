//! Where exporters are polled: which runtime is what many checks are about.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Runtime};

/// A kind of tokio runtime.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flavour {
    /// Driven only inside of `block_on`.
    CurrentThread,
    /// One worker, on which everything runs.
    OneWorker,
}

pub(super) const FLAVOURS: [Flavour; 2] = [Flavour::CurrentThread, Flavour::OneWorker];

impl Flavour {
    pub(super) fn runtime(self) -> Runtime {
        let mut builder = match self {
            Self::CurrentThread => Builder::new_current_thread(),
            Self::OneWorker => Builder::new_multi_thread(),
        };
        builder.worker_threads(1).enable_all().build().expect("a runtime")
    }

    /// Runs `task` where this kind of runtime runs tasks.
    pub(super) fn run<T: Send + 'static>(
        self,
        runtime: &Runtime,
        task: impl Future<Output = T> + Send + 'static,
    ) -> T {
        match self {
            Self::CurrentThread => runtime.block_on(task),
            Self::OneWorker => match runtime.block_on(runtime.spawn(task)) {
                Ok(output) => output,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            },
        }
    }

    /// Runs `task` in a runtime that ends behind it.
    pub(super) fn run_once<T: Send + 'static>(
        self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> T {
        self.run(&self.runtime(), task)
    }
}

/// A runtime that can run tasks and nothing else: neither timers nor sockets.
pub(super) fn without_drivers() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

/// A runtime whose clock leaps to the next timer as soon as there is nothing else to do.
pub(super) fn paused() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime")
}

/// Keeps the paused clock of the current runtime from leaping until it is dropped, so that
/// sockets have their time.
#[derive(Debug)]
pub(super) struct Standstill {
    _release: Sender<()>,
}

impl Standstill {
    pub(super) fn begin() -> Self {
        let (release, held) = channel::<()>();
        // A paused clock waits for blocking tasks.
        tokio::task::spawn_blocking(move || {
            let _ = held.recv();
        });
        Self { _release: release }
    }
}

/// Runs `future` on this thread without any runtime.
pub(super) fn nowhere<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Polls `future` until it is ready or has been polled `times`, then drops it.
pub(super) async fn poll_at_most<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut polls = 0;
    std::future::poll_fn(|context| {
        if polls == times {
            return Poll::Ready(None);
        }
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls == times => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
