//! `google.rpc.Status` as JSON, by proto3's mapping.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::Message;
use serde_json::{Value, json};

use crate::proto::rpc::{Any, RetryInfo, Status};

pub(super) fn status(status: &Status) -> String {
    let details: Vec<Value> = status.details.iter().map(detail).collect();
    json!({ "code": status.code, "message": status.message, "details": details }).to_string()
}

/// A detail whose type is not known here keeps its bytes, under a name no reader knows.
fn detail(any: &Any) -> Value {
    let info = any.type_url.ends_with("/google.rpc.RetryInfo");
    match RetryInfo::decode(&*any.value) {
        Ok(RetryInfo { retry_delay: Some(delay) }) if info => {
            // Seconds and nanoseconds have the same sign.
            let sign = if delay.seconds < 0 || delay.nanos < 0 { "-" } else { "" };
            let (seconds, nanos) = (delay.seconds.unsigned_abs(), delay.nanos.unsigned_abs());
            let fraction = if nanos == 0 { String::new() } else { format!(".{nanos:09}") };
            json!({ "@type": any.type_url, "retryDelay": format!("{sign}{seconds}{fraction}s") })
        }
        Ok(RetryInfo { retry_delay: None }) if info => json!({ "@type": any.type_url }),
        _ => json!({ "@type": any.type_url, "bytes": STANDARD.encode(&any.value) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_seconds_with_a_fraction() {
        for (seconds, nanos, text) in
            [(2, 0, "2s"), (0, 0, "0s"), (1, 500_000_000, "1.500000000s"), (-3, 0, "-3s")]
        {
            let with_delay = Status::new(8, "no").with_retry_delay(seconds, nanos);
            let read: Value = serde_json::from_str(&status(&with_delay)).unwrap();
            assert_eq!(read["details"][0]["retryDelay"], text);
            assert_eq!((&read["code"], &read["message"]), (&json!(8), &json!("no")));
        }
    }
}
