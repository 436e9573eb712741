use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, request};
use meterport_core::Deadline;
use meterport_net::{HookError, RequestHook};
use tokio::time::Instant;

/// Tells the receiver how long anybody waits for its answer: what is left of the deadline when an
/// attempt begins (`grpc-timeout`, gRPC over HTTP/2).
#[derive(Debug)]
pub(crate) struct GrpcTimeout;

#[async_trait]
impl RequestHook for GrpcTimeout {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        _: &Bytes,
        deadline: Deadline,
    ) -> Result<(), HookError> {
        if let Some(at) = deadline.instant() {
            let left = at.saturating_duration_since(Instant::now().into_std());
            if let Ok(value) = HeaderValue::try_from(encode(left)) {
                parts.headers.insert("grpc-timeout", value);
            }
        }
        Ok(())
    }

    async fn refused(&self, _: StatusCode) -> bool {
        false
    }
}

/// At most eight digits and a unit. Rounded up: the caller's own clock is to be the first to end.
fn encode(left: Duration) -> String {
    const MOST: u128 = 99_999_999;
    let units = [(1_000, 'u'), (1_000_000, 'm'), (1_000_000_000, 'S'), (60_000_000_000, 'M')];
    let nanos = left.as_nanos().max(1);
    let fits = units.into_iter().find(|unit| nanos.div_ceil(unit.0) <= MOST);
    match fits {
        Some((size, unit)) => format!("{}{unit}", nanos.div_ceil(size)),
        None => format!("{}H", nanos.div_ceil(3_600_000_000_000).min(MOST)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_and_a_unit() {
        let table = [
            (Duration::ZERO, "1u"),
            (Duration::from_nanos(1), "1u"),
            (Duration::from_millis(10), "10000u"),
            (Duration::from_micros(99_999_999), "99999999u"),
            (Duration::from_secs(100), "100000m"),
            (Duration::from_nanos(100_000_000_001), "100001m"),
            (Duration::from_secs(200_000), "200000S"),
            (Duration::from_secs(600_000_000), "10000000M"),
            (Duration::from_secs(6_000_000_000), "1666667H"),
            (Duration::MAX, "99999999H"),
        ];
        for (left, expected) in table {
            assert_eq!(encode(left), expected, "{left:?}");
        }
    }
}
