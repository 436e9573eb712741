use std::any::Any;
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::thread::{self, ThreadId};

use meterport_core::Deadline;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{Elapsed, Panicked, StartHook, block_on, within};

#[cfg(test)]
mod tests;

/// A named thread with a tokio runtime of its own: `current_thread`, with timers, and with
/// sockets wherever some crate of the process turned tokio's `net` on.
///
/// It does not care where it is used: without a runtime, on any kind of runtime, in `Drop`, after
/// the application's runtime has ended. Dropping it asks the thread to [`stop`](Self::stop) and
/// never blocks.
///
/// After a fork, the child has no such thread: [`is_forked`](Self::is_forked) tells.
pub struct Worker {
    name: String,
    thread: ThreadId,
    process: u32,
    runtime: Handle,
    stop: watch::Sender<bool>,
    ended: watch::Receiver<Option<Ending>>,
}

/// How the future of a [`Worker`] ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a future has no third way to end")]
pub enum Ending {
    /// It ran to its end.
    Finished,
    /// It panicked.
    Panicked(Panicked),
}

/// Settings of a [`Worker`].
#[derive(Clone, Debug)]
pub struct WorkerBuilder {
    name: String,
    hook: Option<StartHook>,
}

/// Tells the future of a [`Worker`] that it should end.
#[derive(Clone, Debug)]
pub struct StopSignal(watch::Receiver<bool>);

impl StopSignal {
    /// Waits until [`Worker::stop`] was called or the worker was dropped.
    pub async fn requested(&mut self) {
        // An error means that the worker was dropped.
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// Whether the future should end now.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

impl WorkerBuilder {
    /// Runs `hook` on the thread before anything else.
    #[must_use]
    pub fn on_start(mut self, hook: StartHook) -> Self {
        self.hook = Some(hook);
        self
    }

    /// Starts the thread, and on it the future that `main` makes there; it need not be `Send`.
    /// The thread ends when the future does: tasks it has spawned are cancelled, and blocking
    /// tasks are left behind.
    ///
    /// # Errors
    /// The operating system gave no thread or no event queue, or the name holds a NUL.
    pub fn start<M, F>(self, main: M) -> io::Result<Worker>
    where
        M: FnOnce(StopSignal) -> F + Send + 'static,
        F: Future<Output = ()>,
    {
        let Self { name, hook } = self;
        if name.contains('\0') {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a thread's name holds a NUL"));
        }
        let runtime = Builder::new_current_thread().enable_all().thread_name(&name).build()?;
        let runtime = Owned(Some(runtime));
        let handle = runtime.handle();
        let (stop, stopped) = watch::channel(false);
        let (ended, ending) = watch::channel(None);
        let body = move || {
            let end = catch_unwind(AssertUnwindSafe(move || {
                // The guard must outlive the runtime: cancelled tasks run code when dropped.
                let _guard: Option<Box<dyn Any>> = hook.map(|hook| hook.enter());
                let runtime = runtime;
                runtime.block_on(async move { main(StopSignal(stopped)).await });
            }));
            ended.send_replace(Some(match end {
                Ok(()) => Ending::Finished,
                Err(payload) => Ending::Panicked(Panicked::new(&*payload)),
            }));
        };
        let thread = thread::Builder::new().name(name.clone()).spawn(body)?;
        let thread = thread.thread().id();
        Ok(Worker { name, thread, process: process::id(), runtime: handle, stop, ended: ending })
    }
}

impl Worker {
    /// A worker whose thread has this name. Linux shows its first 15 bytes.
    pub fn builder(name: impl Into<String>) -> WorkerBuilder {
        WorkerBuilder { name: name.into(), hook: None }
    }

    /// Spawns a further task on the worker's runtime, without blocking. It is cancelled when the
    /// worker's own future ends; the handle can be awaited under any executor.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.runtime.spawn(future)
    }

    /// Asks the future to end, by its [`StopSignal`]. Returns at once.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// How it ended, or `None` while it runs.
    pub fn ending(&self) -> Option<Ending> {
        self.ended.borrow().clone()
    }

    /// Waits until the work on the thread has ended, whatever executor polls this. It does not
    /// ask it to end.
    ///
    /// # Errors
    /// [`Elapsed`] if the thread still runs at the deadline, or does not exist in this process.
    pub async fn join(&self, deadline: Deadline) -> Result<Ending, Elapsed> {
        if self.is_forked() {
            return Err(Elapsed);
        }
        within(deadline, self.ended()).await
    }

    /// As [`join`](Self::join), blocking this thread; also inside a runtime and in `Drop`.
    ///
    /// # Errors
    /// [`Elapsed`] if the thread still runs at the deadline, is the calling thread itself, or
    /// does not exist in this process.
    pub fn join_blocking(&self, deadline: Deadline) -> Result<Ending, Elapsed> {
        if self.is_current() || self.is_forked() {
            return self.ending().ok_or(Elapsed);
        }
        block_on(deadline, self.ended())
    }

    /// Whether the calling thread is this worker's.
    pub fn is_current(&self) -> bool {
        thread::current().id() == self.thread
    }

    /// Whether this process is a fork of the one that started the thread, and so lacks it.
    pub fn is_forked(&self) -> bool {
        self.process != process::id()
    }

    async fn ended(&self) -> Ending {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(ending)) => ending.clone(),
            // The sender went without a word: not even catching the panic worked.
            _ => Ending::Panicked(Panicked::new(&"the thread was lost")),
        }
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("name", &self.name)
            .field("ending", &self.ending())
            .finish_non_exhaustive()
    }
}

/// A runtime that may be dropped anywhere: tokio's own `Drop` waits for blocking tasks, and
/// panics inside another runtime.
struct Owned(Option<Runtime>);

impl Owned {
    fn handle(&self) -> Handle {
        self.runtime().handle().clone()
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime().block_on(future)
    }

    fn runtime(&self) -> &Runtime {
        self.0.as_ref().expect("taken by drop alone")
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
