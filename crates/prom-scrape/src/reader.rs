use meterport_core::{MetricBatch, Resource, ResourceMetrics, Timestamp};
use meterport_prom::Format;

use crate::model::Model;
use crate::page::Page;
use crate::parse::{ParseError, parse};
use crate::target::Labels;

/// How many samples a page may have if nobody says otherwise.
pub(crate) const SAMPLE_LIMIT: u64 = 1_000_000;

/// Reads pages of metrics that lie somewhere: files of a textfile collector, answers of another
/// client. Series are found again from one page to the next, so that what encoders remember of
/// them stays; use one reader for one source.
///
/// ```
/// use meterport_core::Timestamp;
/// use meterport_prom::{Exposition, Format, Translation};
/// use meterport_prom_scrape::PageReader;
///
/// let page = "# TYPE shop_orders_total counter\nshop_orders_total{kind=\"gift\"} 7\n";
/// let mut reader = PageReader::new();
/// let batch = reader.read(page.as_bytes(), Format::Text, Timestamp::from_secs(1_700_000_000))?;
/// let written = Exposition::new(Translation::verbatim(), Format::Text, Default::default());
/// assert_eq!(written.write(&batch).bytes, page.as_bytes());
///
/// let wrong = reader.read(b"shop_orders_total 7\nshop orders 8\n", Format::Text, Timestamp::UNSET);
/// assert_eq!(wrong.unwrap_err().to_string(), "line 2, column 6: a value that is no number");
/// # Ok::<(), meterport_prom_scrape::ParseError>(())
/// ```
#[derive(Debug)]
pub struct PageReader {
    model: Model,
    limit: u64,
}

impl Default for PageReader {
    fn default() -> Self {
        Self::new()
    }
}

impl PageReader {
    /// A reader of pages of at most 1,000,000 samples.
    pub fn new() -> Self {
        Self { model: Model::new(Labels::default()), limit: SAMPLE_LIMIT }
    }

    /// The same for pages of at most so many samples, each line of a histogram counted.
    #[must_use]
    pub fn with_sample_limit(mut self, samples: u64) -> Self {
        self.limit = samples;
        self
    }

    /// The metrics of a page. Samples without a timestamp get `time`.
    ///
    /// # Errors
    /// The page is not in the format, or beyond the limit: then nothing of it is used.
    pub fn read(
        &mut self,
        page: &[u8],
        format: Format,
        time: Timestamp,
    ) -> Result<MetricBatch, ParseError> {
        let mut page: Page<'_> = parse(page, format, self.limit)?;
        let scope = self.model.metrics(&mut page, time);
        Ok(ResourceMetrics::new(Resource::default()).with_scope(scope).into())
    }
}
