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

/// What is to happen to one request, as far as it is known when its head arrives.
pub(super) struct Turn {
    scripted: Option<Reply>,
    choose: Option<Choose>,
    standing: Reply,
    pub(super) rules: Rules,
    /// Whether what is not OTLP is answered as if it were.
    pub(super) takes_anything: bool,
}

impl Turn {
    /// How many bytes of the body are enough, if the connection is to be reset in it.
    pub(super) fn early(&self) -> Option<u64> {
        match (&self.scripted, &self.choose, &self.standing) {
            (Some(Reply::ResetDuringRequest(bytes)), _, _)
            | (None, None, Reply::ResetDuringRequest(bytes)) => Some(*bytes as u64),
            _ => None,
        }
    }

    pub(super) fn reply(self, received: &Received) -> Reply {
        match (self.scripted, self.choose) {
            (Some(reply), _) => reply,
            (None, Some(choose)) => choose(received),
            (None, None) => self.standing,
        }
    }
}

/// A connection, counted as open while this lives.
pub(super) struct Open {
    records: Arc<Records>,
    /// Its number, from 1.
    pub(super) number: u64,
}

impl Open {
    pub(super) fn begin(records: &Arc<Records>) -> Self {
        let number = records.change(|state| {
            state.connections += 1;
            state.open += 1;
            state.connections
        });
        Self { records: Arc::clone(records), number }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.records.change(|state| state.open -= 1);
    }
}

pub(super) struct State {
    pub(super) script: Script<Reply>,
    pub(super) choose: Option<Choose>,
    pub(super) rules: Rules,
    pub(super) takes_anything: bool,
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
            takes_anything: false,
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

    /// Takes the next reply out of the script.
    pub(super) fn turn(&self) -> Turn {
        self.change(|state| Turn {
            scripted: state.script.pop(),
            choose: state.choose.clone(),
            standing: state.script.standing().clone(),
            rules: state.rules,
            takes_anything: state.takes_anything,
        })
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
