//! HTTP/2 with prior knowledge; without the feature `http2_absent.rs` stands here.

use std::time::Duration;

use hyper_util::client::legacy::Builder;
use hyper_util::rt::TokioTimer;
use meterport_core::ConfigError;

/// A link that has gone without a word is noticed within 40 s.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest head of an answer, in bytes.
const HEAD_LIMIT: u32 = 64 * 1024;

pub(crate) fn configure(builder: &mut Builder) -> Result<(), ConfigError> {
    builder
        .timer(TokioTimer::new())
        .http2_only(true)
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        .http2_max_header_list_size(HEAD_LIMIT);
    Ok(())
}
