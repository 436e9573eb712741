//! Takes connections, as many as are allowed, until the server is to end.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use meterport_worker::FailureLog;
use tokio::io::AsyncWrite;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::connection;
use crate::limits::Limits;
use crate::listen::{Accept, Stream};
use crate::routes::Routes;

/// How long is waited where the system has nothing to accept with: each time twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How often a lasting failure is told of.
const QUIET: Duration = Duration::from_secs(10);

/// The answer to one connection more than is allowed.
const TOO_MANY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 21\r\nretry-after: 1\r\n\
    connection: close\r\n\r\ntoo many connections\n";

/// Serves until `stop` ends, and then until the requests under way are answered, but no longer
/// than the grace.
pub(crate) async fn run(
    mut listener: Box<dyn Accept>,
    routes: Arc<Routes>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let (stopping, told) = watch::channel(false);
    let mut connections = JoinSet::new();
    let accepting = async {
        let mut failures = Failures::default();
        loop {
            let accepted = listener.accept().await;
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok(stream) if connections.len() >= limits.connections => refuse(stream).await,
                Ok(stream) => {
                    failures.end();
                    let routes = Arc::clone(&routes);
                    connections.spawn(connection::serve(stream, routes, limits, told.clone()));
                }
                Err(error) if is_of_one_connection(&error) => tokio::task::yield_now().await,
                Err(error) => failures.wait(&error).await,
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = stop => {}
    }
    routes.stop();
    // From here on connections are refused.
    drop(listener);
    stopping.send_replace(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(limits.grace, ended).await.is_err() {
        tracing::warn!(open = connections.len(), "connections were cut at the server's end");
    }
}

/// Says so without waiting for anything.
async fn refuse(mut stream: Box<dyn Stream>) {
    poll_fn(|context| {
        let _ = Pin::new(&mut stream).poll_write(context, TOO_MANY);
        // The end first, so that what the client has sent does not make a reset of it.
        let _ = Pin::new(&mut stream).poll_shutdown(context);
        Poll::Ready(())
    })
    .await;
}

/// Whether a client was gone before it was accepted, which says nothing of the next.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, InvalidInput};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | InvalidInput)
}

/// Failures to accept, one after the other: no descriptors are left, usually.
#[derive(Debug)]
struct Failures {
    wait: Duration,
    log: FailureLog,
}

impl Default for Failures {
    fn default() -> Self {
        Self { wait: FIRST_WAIT, log: FailureLog::new(QUIET) }
    }
}

impl Failures {
    async fn wait(&mut self, error: &io::Error) {
        if let Some(suppressed) = self.log.failed(Instant::now().into_std()) {
            tracing::warn!(%error, suppressed, "no connection can be accepted");
        }
        sleep(self.wait).await;
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
    }

    fn end(&mut self) {
        self.wait = FIRST_WAIT;
        if let Some(failures) = self.log.succeeded() {
            tracing::info!(failures, "connections are accepted again");
        }
    }
}

#[cfg(test)]
mod tests;
