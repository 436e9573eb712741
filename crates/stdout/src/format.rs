use meterport_core::{Encode, Encoded, MetricBatch, TooLarge};
use meterport_otlp::Json;

use crate::{pretty, text};

/// How a batch is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// The OTLP file format: one `MetricsData` in OTLP's JSON on a line of its own.
    JsonLines,
    /// The same JSON, indented by two spaces a level. A reader of the file format wants
    /// [`JsonLines`](Self::JsonLines).
    PrettyJson,
    /// Text for people, with a blank line after each batch. Its details may change in any
    /// version: programs should read JSON.
    #[default]
    Text,
}

impl Format {
    /// The batch in this format, as an exporter writes it.
    pub fn render(self, batch: &MetricBatch) -> String {
        // Nothing is longer than this, and all formats are UTF-8.
        let encoded = self.encode(batch, u64::MAX).unwrap_or_default();
        String::from_utf8(encoded.bytes).unwrap_or_default()
    }

    pub(crate) fn encode(self, batch: &MetricBatch, limit: u64) -> Result<Encoded, TooLarge> {
        if self == Self::Text {
            return Ok(Encoded { bytes: text::write(batch, limit)?.into_bytes(), rounded: 0 });
        }
        let mut encoded = Json.encode(batch, limit)?;
        if self == Self::PrettyJson {
            encoded.bytes = pretty::indented(&encoded.bytes);
        }
        encoded.bytes.push(b'\n');
        let size = encoded.bytes.len() as u64;
        if size > limit { Err(TooLarge { size }) } else { Ok(encoded) }
    }
}
