//! Runnable examples of Meterport, one topic each: `cargo run --example NAME`.
//!
//! | Name | Shows |
//! |---|---|
//! | `by_hand` | a batch built by hand, split, filtered and printed |
//! | `otlp_http` | this machine's metrics to a collector, every second, configured by `OTEL_*` |
//! | `producer` | a source of one's own, read every second |
//! | `stdout` | this machine's metrics as text or JSON lines |
