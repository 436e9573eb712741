//! The three formats, read into a [`Page`](crate::page::Page).

mod cursor;
mod exemplar;
mod labels;
mod number;
mod openmetrics;
mod position;
mod protobuf;
mod text;
mod wire;

#[cfg(test)]
mod tests;

use meterport_prom::Format;

use crate::page::{Drafts, Page};

pub(crate) use number::{parse_float, parse_seconds};
pub use position::{ParseError, Position};

/// Reads a page that has at most so many samples.
pub(crate) fn parse(page: &[u8], format: Format, limit: u64) -> Result<Page<'_>, ParseError> {
    match format {
        Format::Protobuf => protobuf::parse(page, limit),
        format if format.is_open_metrics() => {
            let mut drafts = Drafts::new(true, limit);
            openmetrics::parse(page, &mut drafts)?;
            Ok(drafts.finish())
        }
        _ => {
            let mut drafts = Drafts::new(false, limit);
            text::parse(page, &mut drafts)?;
            Ok(drafts.finish())
        }
    }
}
