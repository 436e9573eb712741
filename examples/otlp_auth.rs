//! Credentials for OTLP: a token that is renewed, a user with a password, and a hook of one's own.
//!
//! `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 cargo run --example otlp_auth -- token`
//!
//! `token`, `basic` or `own`. The same hooks serve gRPC (`OTEL_EXPORTER_OTLP_PROTOCOL=grpc`).

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, request};
use meterport::config::auth::{Basic, Token, TokenAuth};
use meterport::config::{HookError, OtlpExporter, RequestHook};
use meterport::{
    AttributeSet, Deadline, Gauge, Metric, MetricBatch, MetricExporter, Number, NumberPoint,
    Resource, ResourceMetrics, Scope, ScopeMetrics,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let builder = OtlpExporter::builder();
    let which = std::env::args().nth(1).unwrap_or_default();
    let builder = match which.as_str() {
        // Asked again a minute before the token's end, and when the receiver refuses it.
        "token" => builder.hook(TokenAuth::from_fn(fetch_token).skew(Duration::from_secs(60))),
        "basic" => builder.hook(Basic::new("user", "password")?),
        "own" => builder.hook(Numbered::default()),
        _ => return Err("which: token, basic or own?".into()),
    };
    let exporter = builder.with_env()?.build()?;
    match exporter.export(&batch(), Deadline::NONE).await {
        Ok(outcome) => println!("{}: {} points delivered", exporter.component(), outcome.delivered),
        Err(error) => {
            println!("{error}");
            println!("Is there a collector? OTEL_EXPORTER_OTLP_ENDPOINT says where.");
            return Err(error.into());
        }
    }
    exporter.shutdown(Deadline::NONE).await?;
    Ok(())
}

/// Where a program would ask its token server, with any client.
async fn fetch_token() -> Result<Token, HookError> {
    // What may be over soon is `HookError::temporary`: the last token is used meanwhile.
    Ok(Token::new("a-token").expires_in(Duration::from_secs(3_600)))
}

/// Numbers the attempts; a signature over the body would be made in the same place.
#[derive(Debug, Default)]
struct Numbered(AtomicU64);

#[async_trait]
impl RequestHook for Numbered {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        _body: &Bytes,
        _deadline: Deadline,
    ) -> Result<(), HookError> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        parts.headers.insert("x-attempt", HeaderValue::from(number));
        Ok(())
    }

    async fn refused(&self, _status: StatusCode) -> bool {
        // Nothing would be different another time.
        false
    }
}

fn batch() -> MetricBatch {
    let point = NumberPoint::new(AttributeSet::from([("room", "attic")]), Number::F64(21.5));
    let gauge = Gauge { points: [point].into_iter().collect() };
    let scope = ScopeMetrics::new(Scope::new("otlp_auth"));
    let resource = Resource::new([("service.name", "otlp-auth-example")]);
    ResourceMetrics::new(resource)
        .with_scope(scope.with_metric(Metric::new("room.temperature", gauge)))
        .into()
}
