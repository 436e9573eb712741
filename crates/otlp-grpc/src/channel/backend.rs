use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, Uri};
use meterport_net::{ConnectError, Connection, Connector, RequestBody, ServiceError};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::transport::Channel;
use tower_service::Service;

use super::Receiver;
use super::failure::classify;

/// One address of the receiver, with the channel to it.
pub(super) struct Backend {
    /// `None` where there is nothing to choose from.
    pub(super) address: Option<SocketAddr>,
    dialer: Dialer,
    receiver: Arc<Receiver>,
    state: Mutex<State>,
}

struct State {
    channel: Channel,
    /// Connections that failed one after the other.
    failures: u32,
    /// Until when it is left alone.
    shunned: Option<Instant>,
}

/// How long an address is left alone after its first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

impl Backend {
    /// To this one of `count` addresses. Must be called in the runtime that it is for: a channel
    /// has a task there.
    pub(super) fn new(receiver: &Arc<Receiver>, address: Option<SocketAddr>, count: u32) -> Self {
        let connector = receiver.connector.clone();
        let dialer = Dialer {
            connector: match address {
                Some(address) => connector.pinned(address),
                None => connector,
            },
            // Of several addresses each gets its share, so that a dead one is passed over in time.
            limit: receiver.connect_timeout.map(|limit| limit / count.max(1)),
        };
        let channel = Channel::new(dialer.clone(), receiver.template.clone());
        let state = State { channel, failures: 0, shunned: None };
        Self { address, dialer, receiver: Arc::clone(receiver), state: Mutex::new(state) }
    }

    fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it has failed lately.
    pub(super) fn is_shunned(&self, now: Instant) -> bool {
        self.with_state(|state| state.shunned.is_some_and(|until| now < until))
    }

    pub(super) fn has_worked(&self) {
        self.with_state(|state| (state.failures, state.shunned) = (0, None));
    }

    pub(super) fn has_failed(&self, now: Instant) {
        self.with_state(|state| {
            let pause = FIRST_PAUSE.saturating_mul(1 << state.failures.min(16));
            state.shunned = Some(now + pause.min(LONGEST_PAUSE));
            state.failures = state.failures.saturating_add(1);
        });
    }

    pub(super) async fn send(
        &self,
        request: Request<RequestBody>,
    ) -> Result<Response<Body>, ServiceError> {
        let mut channel = self.with_state(|state| state.channel.clone());
        if poll_fn(|context| channel.poll_ready(context)).await.is_err() {
            // Its task has ended, with a runtime whose id this one has got.
            channel = Channel::new(self.dialer.clone(), self.receiver.template.clone());
            self.with_state(|state| state.channel = channel.clone());
            poll_fn(|context| channel.poll_ready(context)).await.map_err(classify)?;
        }
        channel.call(request.map(Body::new)).await.map_err(classify)
    }
}

/// Opens the connections of a channel.
#[derive(Clone)]
struct Dialer {
    connector: Connector,
    limit: Option<Duration>,
}

/// Why there is no connection, and since when it was tried.
///
/// A channel goes on connecting for one who has gone already, and keeps the error for the next to
/// come.
#[derive(Debug)]
pub(super) struct Undialled {
    pub(super) began: Instant,
    cause: Option<ConnectError>,
    limit: Duration,
}

impl Service<Uri> for Dialer {
    type Response = Connection;
    type Error = Undialled;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, Undialled>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Undialled>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connection, limit) = (self.connector.call(uri), self.limit);
        Box::pin(async move {
            let began = Instant::now();
            let undialled = |cause| Undialled { began, cause, limit: limit.unwrap_or_default() };
            match limit {
                None => connection.await.map_err(|error| undialled(Some(error))),
                Some(limit) => match tokio::time::timeout(limit, connection).await {
                    Ok(connected) => connected.map_err(|error| undialled(Some(error))),
                    Err(_) => Err(undialled(None)),
                },
            }
        })
    }
}

impl fmt::Display for Undialled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => cause.fmt(f),
            None => write!(f, "not connected within {:?}", self.limit),
        }
    }
}

impl Error for Undialled {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use meterport_net::Endpoint;

    use super::super::Settings;
    use super::*;

    fn backend(connect_timeout: Option<Duration>, count: u32) -> Backend {
        let endpoint = Endpoint::parse("endpoint", "http://receiver.example:4317", false).unwrap();
        let settings = Settings { connect_timeout, ..Settings::default() };
        let receiver = Arc::new(Receiver::new(&endpoint, settings).unwrap());
        Backend::new(&receiver, Some(([192, 0, 2, 1], 4317).into()), count)
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_left_alone_twice_as_long_after_each_failure() {
        let backend = backend(None, 1);
        let start = Instant::now();
        assert!(!backend.is_shunned(start));
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            backend.has_failed(start);
            let pause = Duration::from_secs(seconds);
            assert!(backend.is_shunned(start + pause - Duration::from_nanos(1)), "{seconds}");
            assert!(!backend.is_shunned(start + pause), "{seconds}");
        }
        // However often it has failed.
        (0..100).for_each(|_| backend.has_failed(start));
        assert!(!backend.is_shunned(start + LONGEST_PAUSE));
        backend.has_worked();
        assert!(!backend.is_shunned(start));
        backend.has_failed(start);
        assert!(!backend.is_shunned(start + FIRST_PAUSE), "counted anew");
    }

    #[tokio::test]
    async fn several_addresses_share_the_time_to_connect() {
        let seconds = Duration::from_secs;
        let table = [
            (Some(seconds(10)), 1, Some(seconds(10))),
            (Some(seconds(10)), 4, Some(seconds(10) / 4)),
            (Some(seconds(10)), 0, Some(seconds(10))),
            (None, 4, None),
        ];
        for (limit, count, expected) in table {
            assert_eq!(backend(limit, count).dialer.limit, expected, "{limit:?} {count}");
        }
    }
}
