use std::time::Duration;

use serde_core::de::MapAccess;

use super::input::{Collect, Input, Message, read};
use crate::DecodeError;
use crate::budget::Part;
use crate::response::{ExportMetricsServiceResponse, PartialSuccess, RETRY_INFO, RpcStatus};

impl ExportMetricsServiceResponse {
    /// Reads the JSON form. Unknown names are skipped.
    ///
    /// # Errors
    /// The text is not a JSON object, or a member has another type.
    pub fn from_json(text: &[u8]) -> Result<Self, DecodeError> {
        let mut response = Self::default();
        read(text, &mut response)?;
        Ok(response)
    }
}

impl RpcStatus {
    /// Reads the JSON form. Unknown names and details are skipped.
    ///
    /// # Errors
    /// The text is not a JSON object, or a member has another type.
    pub fn from_json(text: &[u8]) -> Result<Self, DecodeError> {
        let mut status = Self::default();
        read(text, &mut status)?;
        Ok(status)
    }
}

impl Message for ExportMetricsServiceResponse {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "partialSuccess" => {
                let mut partial = PartialSuccess::default();
                self.partial_success = input.message(&mut partial)?.then_some(partial);
            }
            _ => input.skip()?,
        }
        Ok(())
    }
}

impl Message for PartialSuccess {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "rejectedDataPoints" => {
                self.rejected_data_points = input.i64()?.unwrap_or_default();
            }
            "errorMessage" => {
                self.error_message = input.text()?.unwrap_or_default().into_owned();
            }
            _ => input.skip()?,
        }
        Ok(())
    }
}

impl Message for RpcStatus {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "code" => self.code = input.i32()?.unwrap_or_default(),
            "message" => self.message = input.text()?.unwrap_or_default().into_owned(),
            "details" => {
                let mut delay = Delay(None);
                input.list(&mut delay)?;
                self.retry_delay = delay.0;
            }
            _ => input.skip()?,
        }
        Ok(())
    }
}

/// What the details say of a delay.
struct Delay(Option<Duration>);

/// A `google.protobuf.Any`: the message's members with its type beside them.
#[derive(Default)]
struct Detail {
    is_retry_info: bool,
    delay: Duration,
}

impl Message for Detail {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "@type" => {
                self.is_retry_info = input.text()?.is_some_and(|url| url.ends_with(RETRY_INFO));
            }
            "retryDelay" => {
                self.delay = input.text()?.and_then(|text| duration(&text)).unwrap_or_default();
            }
            _ => input.skip()?,
        }
        Ok(())
    }
}

impl Collect for Delay {
    type Item = Detail;
    const PART: Part = Part::Attribute;

    fn push(&mut self, item: Detail) -> Result<(), DecodeError> {
        if item.is_retry_info {
            self.0 = Some(item.delay);
        }
        Ok(())
    }
}

/// A `google.protobuf.Duration`: seconds with up to nine decimals, and an `s`.
fn duration(text: &str) -> Option<Duration> {
    let text = text.strip_suffix('s')?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() > 9 || !digits(seconds) || !digits(fraction) {
        return None;
    }
    let nanos = format!("{fraction:0<9}").parse().ok()?;
    Some(Duration::new(seconds.parse().ok()?, nanos))
}
