use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use meterport_core::{Chance, Deadline, MetricExporter};
use meterport_decorators::{ExporterExt, RetryPolicy};
use meterport_remote_write::{BoxError, RemoteWriteExporter, RequestBody};
use tokio::time::Instant;

use super::fixture::*;

/// A receiver in memory that is not available, and notes when it was asked.
#[derive(Clone, Debug, Default)]
struct Unavailable(Arc<Mutex<Vec<Instant>>>);

impl tower_service::Service<Request<RequestBody>> for Unavailable {
    type Response = Response<Full<Bytes>>;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        self.0.lock().unwrap().push(Instant::now());
        let answer = Response::builder().status(503).body(Full::default());
        std::future::ready(answer.map_err(Into::into))
    }
}

/// Always the longest delay there is.
#[derive(Debug)]
struct Longest;

impl Chance for Longest {
    fn ratio(&self) -> f64 {
        1.0 - f64::EPSILON
    }
}

/// The pauses between the attempts of an export.
async fn pauses(chance: Option<Longest>) -> Vec<Duration> {
    let receiver = Unavailable::default();
    let exporter = RemoteWriteExporter::builder()
        .endpoint("http://receiver.example/write")
        .service(receiver.clone())
        .build()
        .unwrap();
    let policy = RetryPolicy::default().with_max_attempts(Some(6)).with_max_elapsed(None);
    let mut stack = exporter.retry(policy);
    if let Some(chance) = chance {
        stack = stack.with_chance(Arc::new(chance));
    }
    stack.export(&batch([gauge("g", 1.0)]), Deadline::NONE).await.unwrap_err();
    let times = receiver.0.lock().unwrap();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[tokio::test(start_paused = true)]
async fn exponential_backoff_on_retries() {
    // The delays are drawn at random: these are their upper ends.
    let pauses = pauses(Some(Longest)).await;
    assert_eq!(pauses.len(), 5);
    assert!(pauses.windows(2).all(|pair| pair[1] > pair[0].mul_f64(1.2)), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn backoff_required() {
    assert!(pauses(None).await.iter().all(|pause| *pause >= Duration::from_millis(1)));
}

#[tokio::test(start_paused = true)]
async fn backoff_max_delay() {
    assert!(pauses(None).await.iter().all(|pause| *pause <= Duration::from_secs(60)));
}

#[tokio::test(start_paused = true)]
async fn backoff_with_jitter() {
    assert_ne!(pauses(None).await, pauses(None).await);
}
