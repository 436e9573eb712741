use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use meterport_net::{RequestBody, SendErrorKind, ServiceError};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tonic::body::Body;

use super::Receiver;
use super::backend::Backend;
use super::failure::dialled_at;

/// Sends requests to the receiver's addresses in turn, from one runtime.
pub(super) struct Balancer {
    receiver: Arc<Receiver>,
    state: Mutex<State>,
    /// Held by who resolves while there is no address.
    first: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    backends: Vec<Arc<Backend>>,
    /// Whose turn it is.
    next: usize,
    resolved: Option<Instant>,
    /// A connection has failed since.
    doubted: bool,
    refresh: Option<JoinHandle<Result<Vec<SocketAddr>, ServiceError>>>,
}

/// How long an export that has found no connection waits for other addresses.
const PATIENCE: Duration = Duration::from_secs(2);

type Line = VecDeque<Arc<Backend>>;

impl Balancer {
    /// Nothing is resolved before the first request.
    pub(super) fn new(receiver: Arc<Receiver>) -> Self {
        Self { receiver, state: Mutex::default(), first: tokio::sync::Mutex::default() }
    }

    fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends to the address whose turn it is; to the next, if there is no connection to be had or
    /// the other side has not looked at the request.
    pub(super) async fn send(
        &self,
        request: Request<RequestBody>,
    ) -> Result<Response<Body>, ServiceError> {
        let began = Instant::now();
        let (parts, body) = request.into_parts();
        let mut line = self.line().await?;
        let mut resolved_anew = false;
        let mut sent_again = false;
        loop {
            let Some(backend) = line.pop_front() else {
                // Not reached: there is no line without a backend.
                return Err(ServiceError::with_detail(SendErrorKind::Connect, "no address"));
            };
            let attempt = Request::from_parts(parts.clone(), body.again());
            let error = match backend.send(attempt).await {
                Ok(response) => {
                    backend.has_worked();
                    return Ok(response);
                }
                Err(error) => error,
            };
            match error.kind() {
                // Somebody else's attempt, whose error was kept for us.
                SendErrorKind::Connect if dialled_at(&error).is_some_and(|at| at < began) => {
                    line.push_front(backend);
                }
                SendErrorKind::Connect => {
                    backend.has_failed(Instant::now());
                    self.with_state(|state| state.doubted = true);
                    if line.is_empty() && !resolved_anew {
                        resolved_anew = true;
                        line = self.others(&backend, began).await;
                    }
                    if line.is_empty() {
                        return Err(error);
                    }
                }
                _ if error.is_unprocessed() && !sent_again => {
                    sent_again = true;
                    line.push_back(backend);
                }
                _ => return Err(error),
            }
        }
    }

    /// All addresses, first the one whose turn it is; at the end those that have failed lately.
    async fn line(&self) -> Result<Line, ServiceError> {
        self.refresh().await;
        if self.with_state(|state| state.backends.is_empty()) {
            let _only_one = self.first.lock().await;
            if self.with_state(|state| state.backends.is_empty()) {
                let addresses = self.receiver.resolve().await?;
                self.take(addresses);
            }
        }
        let now = Instant::now();
        Ok(self.with_state(|state| {
            let count = state.backends.len().max(1);
            state.next = (state.next + 1) % count;
            let turn = (0..state.backends.len()).map(|at| (state.next + at) % count);
            let line = turn.map(|at| Arc::clone(&state.backends[at]));
            let (shunned, well): (Vec<_>, Vec<_>) =
                line.partition(|backend| backend.is_shunned(now));
            well.into_iter().chain(shunned).collect()
        }))
    }

    /// What else the name stands for by now, if nobody has asked since `began`: all have failed
    /// that it stood for before.
    async fn others(&self, failed: &Arc<Backend>, began: Instant) -> Line {
        if failed.address.is_none()
            || self.with_state(|state| state.resolved.is_some_and(|at| at >= began))
        {
            return Line::new();
        }
        let before = self.with_state(|state| state.backends.clone());
        if let Ok(Ok(addresses)) = timeout(PATIENCE, self.receiver.resolve()).await {
            self.take(addresses);
        }
        let known =
            |backend: &Arc<Backend>| before.iter().any(|other| other.address == backend.address);
        self.with_state(|state| {
            state.backends.iter().filter(|backend| !known(backend)).cloned().collect()
        })
    }

    /// Takes over what was resolved in the meantime, and begins to resolve anew if it is time. No
    /// export waits for that.
    async fn refresh(&self) {
        let done = self.with_state(|state| match &state.refresh {
            Some(task) if task.is_finished() => state.refresh.take(),
            _ => None,
        });
        if let Some(task) = done
            && let Ok(resolved) = task.await
        {
            match resolved {
                Ok(addresses) => self.take(addresses),
                // Asked again when the next interval is over.
                Err(_) => self.with_state(|state| state.resolved = Some(Instant::now())),
            }
        }
        let now = Instant::now();
        self.with_state(|state| {
            let Some(resolved) = state.resolved else { return };
            let interval = self.receiver.resolve_interval;
            let due = state.doubted || interval.is_some_and(|interval| now >= resolved + interval);
            let single = state.backends.first().is_none_or(|backend| backend.address.is_none());
            if due && !single && state.refresh.is_none() {
                state.doubted = false;
                let receiver = Arc::clone(&self.receiver);
                state.refresh = Some(tokio::spawn(async move { receiver.resolve().await }));
            }
        });
    }

    /// From now on these are the addresses; channels to those that stay are kept.
    fn take(&self, addresses: Vec<SocketAddr>) {
        let count = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
        let wanted: Vec<Option<SocketAddr>> = match addresses.is_empty() {
            true => vec![None],
            false => addresses.into_iter().map(Some).collect(),
        };
        let gone = self.with_state(|state| {
            let kept = |address: Option<SocketAddr>| {
                let backend = state.backends.iter().find(|backend| backend.address == address);
                backend
                    .cloned()
                    .unwrap_or_else(|| Arc::new(Backend::new(&self.receiver, address, count)))
            };
            let backends = wanted.into_iter().map(kept).collect();
            state.resolved = Some(Instant::now());
            std::mem::replace(&mut state.backends, backends)
        });
        // Connections are closed without the lock.
        drop(gone);
    }
}
