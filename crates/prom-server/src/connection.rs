//! One connection, from its first request to its end.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::watch;

use crate::limits::Limits;
use crate::listen::Stream;
use crate::pace::{Pace, Paced, Phase};
use crate::routes::Routes;

/// The largest head of a request; a larger one is answered with 431.
const HEAD_LIMIT: usize = 64 * 1024;

/// Serves until the client leaves or takes too long, or, once `stopping` is true, until the
/// request under way is answered.
pub(crate) async fn serve(
    stream: impl Stream + 'static,
    routes: Arc<Routes>,
    limits: Limits,
    mut stopping: watch::Receiver<bool>,
) {
    let pace = Pace::begin(limits);
    let stream = TokioIo::new(Paced::new(stream, Arc::clone(&pace)));
    let service = service_fn(|request| {
        let (pace, routes) = (Arc::clone(&pace), Arc::clone(&routes));
        async move {
            pace.enter(Phase::Answering);
            let response = routes.answer(request).await;
            pace.enter(Phase::Writing);
            Ok::<_, Infallible>(response)
        }
    });
    let mut builder = http1::Builder::new();
    // The pace has limits of its own.
    builder.header_read_timeout(None).max_buf_size(HEAD_LIMIT);
    let mut connection = pin!(builder.serve_connection(stream, service));
    let mut is_stopping = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            phase = pace.exceeded() => {
                tracing::debug!(?phase, "a connection was cut: the client took too long");
                return;
            }
            _ = stopping.wait_for(|stopping| *stopping), if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
