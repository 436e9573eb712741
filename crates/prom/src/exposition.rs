use std::sync::Arc;

use meterport_core::{Encode, Encoded, MetricBatch, Report, TooLarge};

use crate::escaping::Escaping;
use crate::families::Families;
use crate::format::Format;
use crate::loss::Losses;
use crate::out::Out;
use crate::protobuf;
use crate::text::{self, Version};
use crate::translation::Translation;

/// An exposition: a translation, a format and a way to escape names. Writes batches, and families.
///
/// ```
/// use meterport_core::{
///     AttributeSet, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics, Scope,
///     ScopeMetrics, Sum,
/// };
/// use meterport_prom::{Escaping, Exposition, Format, Translation};
///
/// let point = NumberPoint::new(AttributeSet::from([("method", "GET")]), Number::I64(7));
/// let requests = Metric::new("http.requests", Sum::counter([point])).with_description("Answered.");
/// let batch = MetricBatch::from(
///     ResourceMetrics::new(Resource::default())
///         .with_scope(ScopeMetrics::new(Scope::new("shop")).with_metric(requests)),
/// );
/// let page = Exposition::new(Translation::default(), Format::Text, Escaping::default());
/// let written = page.write(&batch);
/// assert_eq!(
///     String::from_utf8(written.bytes).unwrap(),
///     "# HELP http_requests_total Answered.\n\
///      ## TYPE http_requests_total counter\n\
///      http_requests_total{method=\"GET\",otel_scope_name=\"shop\"} 7\n"
/// );
/// assert!(written.losses.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposition {
    translation: Arc<Translation>,
    format: Format,
    escaping: Escaping,
    created: bool,
}

/// A page, and what is to be said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Integers that were rounded, as Prometheus has nothing but floats: those beyond 2^53.
    pub rounded: u64,
    /// What was left out, by reason.
    pub losses: Losses,
}

/// What is to be said of a page that was handed over in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summed {
    /// The length of all pieces.
    pub bytes: u64,
    /// As [`Page::rounded`].
    pub rounded: u64,
    /// As [`Page::losses`].
    pub losses: Losses,
}

impl Exposition {
    /// In this format.
    pub fn new(
        translation: impl Into<Arc<Translation>>,
        format: Format,
        escaping: Escaping,
    ) -> Self {
        Self { translation: translation.into(), format, escaping, created: false }
    }

    /// The same with start timestamps in OpenMetrics 1.0, as samples `_created`. Not by default:
    /// most scrapers store them as series. Protobuf and OpenMetrics 2.0 have start timestamps in
    /// any case, text has none.
    #[must_use]
    pub fn with_created_lines(mut self, created: bool) -> Self {
        self.created = created;
        self
    }

    /// The format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How names are escaped.
    pub fn escaping(&self) -> Escaping {
        self.escaping
    }

    /// A batch's families, by this exposition's translation and escaping.
    pub fn families(&self, batch: &MetricBatch) -> Families {
        Families::of(batch, &self.translation, self.escaping)
    }

    /// The page of a batch. It is made anew: what is remembered are its series.
    pub fn write(&self, batch: &MetricBatch) -> Page {
        self.write_families(&self.families(batch), u64::MAX).unwrap_or_default()
    }

    /// The page of families, which are those of this exposition's translation and escaping.
    ///
    /// # Errors
    /// It would be longer than `limit` bytes.
    pub fn write_families(&self, families: &Families, limit: u64) -> Result<Page, TooLarge> {
        let mut out = Out::whole(self.capacity(families), limit);
        let Summed { rounded, losses, .. } = self.fill(&mut out, families);
        Ok(Page { bytes: out.finish()?.0, rounded, losses })
    }

    /// The same in pieces of about 64 KiB, each handed to `piece` in turn: for a compressor, which
    /// finds them in the cache. In protobuf a family is never divided.
    ///
    /// # Errors
    /// As [`write_families`](Self::write_families); some pieces may have been handed over by then.
    pub fn write_pieces(
        &self,
        families: &Families,
        limit: u64,
        piece: &mut dyn FnMut(&[u8]),
    ) -> Result<Summed, TooLarge> {
        let mut out = Out::pieces(limit, piece);
        let summed = self.fill(&mut out, families);
        Ok(Summed { bytes: out.finish()?.1, ..summed })
    }

    fn fill(&self, out: &mut Out<'_>, families: &Families) -> Summed {
        let version = match self.format {
            Format::Protobuf => {
                let mut writer = protobuf::Writer::new(out);
                writer.write(families);
                return Summed::new(writer.rounded, writer.losses, families);
            }
            Format::OpenMetrics0 | Format::OpenMetrics1 => Version::OpenMetrics1,
            Format::OpenMetrics2 => Version::OpenMetrics2,
            Format::Text | Format::Text1 => Version::Plain,
        };
        let mut writer = text::Writer::new(out, version, self.created);
        writer.write(families);
        Summed::new(writer.rounded, writer.losses, families)
    }

    /// What the page will take, as a guess.
    fn capacity(&self, families: &Families) -> usize {
        match self.format {
            Format::Protobuf => protobuf::capacity(families),
            _ => text::capacity(families),
        }
    }
}

impl Summed {
    fn new(rounded: u64, mut losses: Losses, families: &Families) -> Self {
        losses.absorb(families.losses());
        Self { bytes: 0, rounded, losses }
    }
}

impl Encode for Exposition {
    fn encode(&self, batch: &MetricBatch, limit: u64) -> Result<Encoded, TooLarge> {
        let Page { bytes, rounded, .. } = self.write_families(&self.families(batch), limit)?;
        Ok(Encoded { bytes, rounded })
    }

    fn encode_pieces(
        &self,
        batch: &MetricBatch,
        limit: u64,
        piece: &mut dyn FnMut(&[u8]),
    ) -> Result<Report, TooLarge> {
        let Summed { bytes, rounded, .. } =
            self.write_pieces(&self.families(batch), limit, piece)?;
        Ok(Report { bytes, rounded })
    }
}
