//! A service of one's own in place of connections; and what it is given.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::combinators::WithTrailers;
use http_body_util::{BodyExt, Full};
use meterport_core::{Deadline, MetricExporter};
use meterport_otlp_grpc::{OtlpGrpcExporter, RequestBody};
use meterport_otlp_http::OtlpHttpExporter;
use tower_service::Service;

use crate::batch;

/// Keeps the pieces of every body, and answers as a receiver of either protocol.
#[derive(Clone, Default)]
struct Keeping(Arc<Mutex<Vec<Vec<Bytes>>>>);

type Trailers = Ready<Option<Result<HeaderMap, Infallible>>>;
type Answer = WithTrailers<Full<Bytes>, Trailers>;

impl Service<Request<RequestBody>> for Keeping {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<Response<Answer>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let kept = Arc::clone(&self.0);
        Box::pin(async move {
            let grpc = request.headers()["content-type"] == "application/grpc";
            let mut body = request.into_body();
            let mut pieces = Vec::new();
            while let Some(frame) = body.frame().await {
                pieces.extend(frame.unwrap().into_data());
            }
            kept.lock().unwrap().push(pieces);
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            let message: &[u8] = if grpc { &[0; 5] } else { &[] };
            let body = Full::new(Bytes::from_static(message));
            Ok(Response::new(body.with_trailers(ready(grpc.then_some(Ok(trailers))))))
        })
    }
}

/// Retries, further exporters and either protocol send the same memory: nothing is encoded,
/// compressed or copied twice.
#[tokio::test]
async fn one_encoding_is_shared_by_all_attempts_and_both_protocols() {
    let kept = Keeping::default();
    let grpc = OtlpGrpcExporter::builder().service(kept.clone()).build().unwrap();
    let http = OtlpHttpExporter::builder().service(kept.clone()).build().unwrap();
    let batch = batch();
    for exporter in [&grpc as &dyn MetricExporter, &grpc, &http] {
        let outcome = exporter.export(&batch, Deadline::NONE).await.unwrap();
        assert_eq!((outcome.delivered, outcome.unverified), (1, 0));
    }
    let kept = kept.0.lock().unwrap();
    let [first, second, third] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!(first[0], [&[0][..], &(first[1].len() as u32).to_be_bytes()].concat());
    for message in [&second[1], &third[0]] {
        assert_eq!(message.as_ptr(), first[1].as_ptr());
        assert_eq!(message.len(), first[1].len());
    }
}
