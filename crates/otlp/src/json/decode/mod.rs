mod atom;
mod envelope;
mod input;
mod points;
mod response;
#[cfg(test)]
mod tests;
mod value;

use meterport_core::MetricBatch;

use self::envelope::Request;
use self::input::read;
use crate::DecodeError;

/// Decodes an `ExportMetricsServiceRequest` or a `MetricsData` in JSON.
///
/// Unknown names are skipped, metrics without any kind of data are left out, 64-bit integers may
/// be numbers or strings, `null` stands for the default. What it allocates is bounded by a
/// multiple of the length of `text`.
///
/// # Errors
/// [`DecodeError`]: the text is not JSON, or the message is against OTLP's rules.
pub fn decode(text: &[u8]) -> Result<MetricBatch, DecodeError> {
    let mut request = Request::default();
    read(text, &mut request)?;
    Ok(MetricBatch::new(request.resources))
}
