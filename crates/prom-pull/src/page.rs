use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use meterport_compress::{CompressError, Compression, Compressor};
use meterport_core::{MemoKey, MetricBatch, TooLarge};
use meterport_prom::{Exposition, Losses};

/// What a page shows of a batch, and how. Scrapes that share a batch share the pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageKey {
    pub(crate) exposition: Exposition,
    pub(crate) compression: Compression,
    /// The families that are wanted; all of them without.
    pub(crate) names: Option<Arc<BTreeSet<String>>>,
    /// The most bytes of a page, before compression.
    pub(crate) limit: u64,
}

/// A page as it is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) bytes: Bytes,
    pub(crate) losses: Losses,
}

/// Why there is no page.
#[derive(Clone, Debug)]
pub(crate) enum PageError {
    Compress(CompressError),
    TooLarge { size: u64, limit: u64 },
}

impl std::fmt::Display for PageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Compress(error) => error.fmt(f),
            Self::TooLarge { size, limit } => {
                write!(f, "the page would have {size} bytes or more, {limit} are allowed")
            }
        }
    }
}

impl MemoKey for PageKey {
    type Value = Result<Page, PageError>;
}

impl PageKey {
    /// The page of a batch: written now, with `written` told of it, or as the batch remembers it.
    pub(crate) fn page(
        &self,
        batch: &MetricBatch,
        written: impl FnOnce(&Result<Page, PageError>),
    ) -> Result<Page, PageError> {
        let page = batch.memo().remember(self, || {
            let page = self.write(batch);
            written(&page);
            page
        });
        (*page).clone()
    }

    fn write(&self, batch: &MetricBatch) -> Result<Page, PageError> {
        let mut families = self.exposition.families(batch);
        if let Some(names) = &self.names {
            families.retain(|family| names.contains(family.name()));
        }
        let too_large =
            |error: TooLarge| PageError::TooLarge { size: error.size, limit: self.limit };
        if self.compression == Compression::Identity {
            let page = self.exposition.write_families(&families, self.limit).map_err(too_large)?;
            return Ok(Page { bytes: page.bytes.into(), losses: page.losses });
        }
        let hint = usize::try_from(families.points()).unwrap_or(usize::MAX);
        let hint = hint.saturating_mul(BYTES_PER_POINT).min(LARGEST_HINT);
        let mut compressor =
            Compressor::new(self.compression, hint).map_err(PageError::Compress)?;
        let mut piece = |bytes: &[u8]| compressor.write(bytes);
        let summed = self.exposition.write_pieces(&families, self.limit, &mut piece);
        let losses = summed.map_err(too_large)?.losses;
        let bytes = compressor.finish().map_err(PageError::Compress)?.into();
        Ok(Page { bytes, losses })
    }
}

/// What a point takes on a page, as a guess for the first allocation, and where guessing ends.
const BYTES_PER_POINT: usize = 128;
const LARGEST_HINT: usize = 16 << 20;
