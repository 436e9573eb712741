//! The ways from a batch to a Prometheus page.

use std::error::Error;
use std::hint::black_box;

use meterport_core::MetricBatch;
use meterport_prom::{Escaping, Exposition, Format, Translation};
use meterport_testkit::prom::text::{Dialect, parse};
use meterport_testkit::workload::{Workload, unremembered};

/// One way from a batch to a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "what is compared")]
pub enum PageWay {
    /// Copying the text page into memory that is there already.
    Memcpy,
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// OpenMetrics 2.0.
    OpenMetrics2,
    /// Delimited protobuf.
    Protobuf,
    /// Text 0.0.4.
    Text,
    /// Text 0.0.4 of series that no page was made of before.
    TextFirst,
    /// Text 0.0.4 in pieces.
    TextPieces,
    /// Text 0.0.4 with the labels of the scope, as is the default.
    TextScoped,
}

impl PageWay {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::TextPieces,
        Self::TextScoped,
        Self::OpenMetrics,
        Self::OpenMetrics2,
        Self::Protobuf,
        Self::TextFirst,
        Self::Memcpy,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memcpy => "page-memcpy",
            Self::OpenMetrics => "page-openmetrics",
            Self::OpenMetrics2 => "page-openmetrics-2",
            Self::Protobuf => "page-protobuf",
            Self::Text => "page-text",
            Self::TextFirst => "page-text-first",
            Self::TextPieces => "page-text-pieces",
            Self::TextScoped => "page-text-scoped",
        }
    }

    /// The way of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }
}

/// The mixed workload, ready for every way.
#[derive(Debug)]
pub struct Pages {
    rounds: Vec<MetricBatch>,
    round: usize,
    text: Exposition,
    scoped: Exposition,
    open_metrics: Exposition,
    open_metrics_2: Exposition,
    protobuf: Exposition,
    page: Vec<u8>,
    copy: Vec<u8>,
}

/// Values of so many rounds take turns.
const ROUNDS: usize = 4;

impl Pages {
    /// So many series, everything remembered.
    pub fn new(series: usize) -> Self {
        let workload = Workload::mixed(series);
        let rounds: Vec<_> = (0..ROUNDS as u64).map(|round| workload.batch(round)).collect();
        // Most peers have no labels of a scope.
        let translation = Translation::default().with_scope_labels(false);
        let exposition =
            |format| Exposition::new(translation.clone(), format, Escaping::Underscores);
        let scoped = Exposition::new(Translation::default(), Format::Text, Escaping::Underscores);
        let (text, protobuf) = (exposition(Format::Text), exposition(Format::Protobuf));
        let page = text.write(&rounds[0]).bytes;
        protobuf.write(&rounds[0]);
        Self {
            rounds,
            round: 0,
            text,
            scoped,
            open_metrics: exposition(Format::OpenMetrics1),
            open_metrics_2: exposition(Format::OpenMetrics2),
            protobuf,
            copy: Vec::with_capacity(page.len()),
            page,
        }
    }

    /// How many samples a page has, but for `target_info`, which belongs to no point; read by a
    /// parser of another's making.
    ///
    /// # Errors
    /// It is no page.
    pub fn lines(&self) -> Result<usize, Box<dyn Error>> {
        let families = parse(std::str::from_utf8(&self.page)?, Dialect::Text)?;
        Ok(families.iter().map(|family| family.samples.len()).sum::<usize>() - 1)
    }

    /// What a repetition of this way starts with: for the first pages a batch of whose series
    /// nothing is remembered, else one of rounds that take turns.
    pub fn input(&mut self, way: PageWay) -> MetricBatch {
        self.round = (self.round + 1) % ROUNDS;
        match way {
            PageWay::TextFirst => unremembered(&self.rounds[self.round]),
            _ => self.rounds[self.round].bare(),
        }
    }

    /// Goes the way once; the page is dropped. The answer is its length.
    pub fn run(&mut self, way: PageWay, batch: &MetricBatch) -> u64 {
        let exposition = match way {
            PageWay::Memcpy => {
                self.copy.clear();
                self.copy.extend_from_slice(black_box(&self.page));
                return black_box(&self.copy).len() as u64;
            }
            PageWay::TextPieces => {
                let mut piece = |piece: &[u8]| {
                    black_box(piece);
                };
                let families = self.text.families(batch);
                let written = self.text.write_pieces(&families, u64::MAX, &mut piece);
                return written.map_or(0, |written| written.bytes);
            }
            PageWay::OpenMetrics => &self.open_metrics,
            PageWay::OpenMetrics2 => &self.open_metrics_2,
            PageWay::Protobuf => &self.protobuf,
            PageWay::TextScoped => &self.scoped,
            PageWay::Text | PageWay::TextFirst => &self.text,
        };
        black_box(exposition.write(batch)).bytes.len() as u64
    }
}
