use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Received;
use crate::guard::within_or;
use crate::json::Rules;
use crate::script::{Reply, Script};

/// What the test and the server's thread share.
pub(super) struct Records {
    state: Mutex<State>,
    changed: Condvar,
    version: watch::Sender<u64>,
}

pub(super) type Choose = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

pub(super) struct State {
    pub(super) script: Script<Reply>,
    pub(super) choose: Option<Choose>,
    pub(super) rules: Rules,
    pub(super) received: Vec<Arc<Received>>,
    pub(super) violations: Vec<String>,
    pub(super) connections: u64,
    pub(super) open: u64,
}

/// How long a test waits before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

impl Default for Records {
    fn default() -> Self {
        let state = State {
            script: Script::new(Reply::Ok),
            choose: None,
            rules: Rules::Writer,
            received: Vec::new(),
            violations: Vec::new(),
            connections: 0,
            open: 0,
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), version: watch::Sender::new(0) }
    }
}

impl Records {
    /// No code of a test runs under the lock, so that a poisoned one is still sound.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock())
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let output = change(&mut self.lock());
        self.changed.notify_all();
        self.version.send_modify(|version| *version += 1);
        output
    }

    /// Waits in any executor. The guard goes by the real clock: the test's may be paused.
    pub(super) async fn wait(&self, what: &str, enough: impl Fn(&State) -> bool) {
        let mut version = self.version.subscribe();
        let waiting = async {
            while !self.read(&enough) {
                // The sender is ours, so that it cannot be gone.
                let _ = version.changed().await;
            }
        };
        within_or(PATIENCE, waiting, || self.complaint(what)).await;
    }

    pub(super) fn wait_blocking(&self, what: &str, enough: impl Fn(&State) -> bool) {
        let end = Instant::now() + PATIENCE;
        let mut state = self.lock();
        while !enough(&state) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(state);
                panic!("{}", self.complaint(what));
            }
            let woken = self.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn complaint(&self, what: &str) -> String {
        format!("waited {PATIENCE:?} for {what}, but there are: {self:?}")
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read(|state| {
            f.debug_struct("Records")
                .field("connections", &state.connections)
                .field("open", &state.open)
                .field("scripted", &state.script.len())
                .field("violations", &state.violations)
                .field("received", &state.received)
                .finish()
        })
    }
}
