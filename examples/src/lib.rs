//! Runnable examples of Meterport, one topic each: `cargo run --example NAME`.
//!
//! | Name | Shows |
//! |---|---|
//! | `by_hand` | a batch built by hand, split, filtered and printed |
//! | `custom_decorator` | a decorator of one's own, as a method of every exporter |
//! | `custom_exporter` | a destination of one's own, in a whole stack |
//! | `opentelemetry_sdk` | a program on `opentelemetry_sdk`, pushed and read by our own reader |
//! | `otlp_auth` | credentials: a token that is renewed, basic, a hook of one's own |
//! | `otlp_grpc` | this machine's metrics to a collector over gRPC |
//! | `otlp_http` | this machine's metrics to a collector, every second, configured by `OTEL_*` |
//! | `otlp_mtls` | TLS with certificates on both sides |
//! | `producer` | a source of one's own, read every second |
//! | `prometheus_axum` | an axum program's `/metrics` |
//! | `prometheus_standalone` | a standalone endpoint for scrapes |
//! | `pushgateway_batch_job` | a batch job that pushes when it is done |
//! | `registry` | instruments of our own registry |
//! | `retry_fallback_multi` | retries, a fallback, and a copy to another place |
//! | `scrape_and_otlp_at_once` | one source, scraped and pushed |
//! | `short_lived_job` | one export at the end of a job, with retries, in bounded time |
//! | `source_metrics` | the same program over the `metrics` facade |
//! | `source_opentelemetry` | and over the OpenTelemetry API |
//! | `source_registry` | and over the registry itself |
//! | `stdout` | this machine's metrics as text or JSON lines |
//! | `tikv_prometheus` | a program on the `prometheus` crate, by another exporter |
