//! Hooks are called for every attempt, and told of a refusal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, request};
use meterport_core::{Deadline, ErrorKind, RetryAdvice};
use meterport_otlp_grpc::{HookError, OtlpGrpcExporter, RequestHook};
use meterport_testkit::{FakeCollector, GrpcStatus, Reply, Response};
use prost::Message;

use crate::{batch, export};

/// A token that is renewed on refusal.
#[derive(Debug, Default)]
struct Token(AtomicU32);

#[async_trait]
impl RequestHook for Token {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        body: &Bytes,
        _: Deadline,
    ) -> Result<(), HookError> {
        let message = meterport_testkit::to_proto(&batch()).encode_to_vec();
        assert_eq!(body, &message, "the message, without its prefix");
        let token = HeaderValue::from(self.0.load(Ordering::SeqCst));
        assert!(parts.headers.insert("token", token).is_none(), "each attempt begins anew");
        Ok(())
    }

    async fn refused(&self, status: StatusCode) -> bool {
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        self.0.fetch_add(1, Ordering::SeqCst);
        true
    }
}

#[tokio::test]
async fn a_refusal_is_answered_once() {
    let refusals: [Reply; 3] = [
        GrpcStatus::new(16).into(),
        GrpcStatus::new(16).after_head().into(),
        Response::new(401).into(),
    ];
    for refusal in refusals {
        // The token that is valid; attempts, whether it is delivered.
        for (valid, attempts, delivered) in [(0, 1, true), (1, 2, true), (2, 2, false)] {
            let collector = FakeCollector::start_grpc();
            let refusal = refusal.clone();
            collector.answer_with(move |received| {
                let valid = received.header("token") == Some(&valid.to_string());
                if valid { Reply::Ok } else { refusal.clone() }
            });
            let token = Arc::new(Token::default());
            let builder = OtlpGrpcExporter::builder().endpoint(collector.url());
            let exporter = builder.hook(Arc::clone(&token)).build().unwrap();
            let found = match export(&exporter).await {
                Ok(outcome) => (outcome.attempts, true),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Rejected);
                    assert_eq!(error.advice(), RetryAdvice::Never);
                    (error.settled().attempts, false)
                }
            };
            assert_eq!(found, (attempts, delivered), "{valid}");
            assert_eq!(collector.requests().len() as u32, attempts);
        }
    }
}
