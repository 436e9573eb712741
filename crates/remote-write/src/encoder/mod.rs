//! Batches as messages of Remote Write.

mod exemplars;
mod head;
mod histograms;
mod labels;
mod native;
mod numbers;
mod own_labels;
mod ready_made;
mod rows;
mod stamp;
mod summaries;
mod symbols;
pub(crate) mod wire;
mod writer;

use std::sync::Arc;

use meterport_core::{ConfigError, ExportError, MetricBatch, Timestamp, TooLarge};
use meterport_prom::{Escaping, Families, Losses, Part, Target, Translation};

pub(crate) use self::head::type_number;
pub(crate) use self::ready_made::SeriesWriter;
use self::writer::Writer;
use crate::external_labels::ExternalLabels;
use crate::{BoundFormat, Version, Written};

/// The bits of a stale marker, which ends a series: a NaN that no measurement is.
pub const STALE_NAN: u64 = 0x7ff0_0000_0000_0002;
/// The bits of every other NaN that is sent: Prometheus' own.
const NORMAL_NAN: u64 = 0x7ff8_0000_0000_0001;

/// Writes batches as messages, uncompressed.
///
/// - Labels are in the order of their names, bytewise; none is empty, none is there twice.
/// - Resources become `job` and `instance`, and `target_info` has the rest of their attributes.
/// - A point [without a recorded value](meterport_core::Flags::NO_RECORDED_VALUE) becomes stale
///   markers for the series that it would have had, by the bounds and quantiles that are in it; no
///   other NaN has their bits.
/// - Exponential histograms are native histograms in 2.0, and classic buckets in 1.0, which has no
///   native ones.
/// - 2.0 has metadata and start timestamps with every series; of 1.0's metadata see
///   [`RemoteWriteBuilder::metadata_interval`](crate::RemoteWriteBuilder::metadata_interval).
///
/// What does not change between batches is remembered with the series: the labels as they lie in
/// 1.0, their symbols and the references to them in 2.0.
///
/// ```
/// use meterport_core::{
///     AttributeSet, Gauge, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics,
///     Scope, ScopeMetrics, Timestamp,
/// };
/// use meterport_remote_write::{Encoder, Version};
///
/// let point = NumberPoint::new(AttributeSet::from([("core", "0")]), Number::F64(0.5));
/// let load = Metric::new("load", Gauge { points: [point].into_iter().collect() });
/// let batch = MetricBatch::from(
///     ResourceMetrics::new(Resource::new([("service.name", "demo")]))
///         .with_scope(ScopeMetrics::new(Scope::default()).with_metric(load)),
/// );
/// let now = Timestamp::from_secs(1_767_225_600);
/// let message = Encoder::new(Version::V2).encode(&batch, now, u64::MAX).unwrap();
/// assert_eq!(message.elements.samples, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoder {
    version: Version,
    translation: Arc<Translation>,
    external: Arc<ExternalLabels>,
    bounds: BoundFormat,
    exemplars: bool,
    custom_buckets: bool,
}

/// A batch as a message.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Message {
    /// The message.
    pub bytes: Vec<u8>,
    /// What is in it.
    pub elements: Written,
    /// What of the batch is not.
    pub losses: Losses,
    /// Integers that are no floats.
    pub rounded: u64,
}

impl Message {
    /// The body of a request: one block of snappy, without frames.
    ///
    /// # Errors
    /// [`ErrorKind::Encode`](meterport_core::ErrorKind::Encode) beyond 4 GiB.
    pub fn compress(&self) -> Result<Vec<u8>, ExportError> {
        crate::request::compress(&self.bytes).map_err(ExportError::from)
    }
}

/// Whether a resource's `target_info` is written now: the hash of its labels, and the time.
pub(crate) type Claim<'a> = &'a mut dyn FnMut(u64, Timestamp) -> bool;

impl Encoder {
    /// For messages of a version, with everything else at its default.
    pub fn new(version: Version) -> Self {
        Self {
            version,
            translation: Arc::new(for_pushing(Translation::default())),
            external: Arc::default(),
            bounds: BoundFormat::default(),
            exemplars: true,
            custom_buckets: false,
        }
    }

    /// The version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The same with other names: see [`RemoteWriteBuilder::translation`](crate::RemoteWriteBuilder::translation).
    #[must_use]
    pub fn with_translation(mut self, translation: Translation) -> Self {
        self.translation = Arc::new(for_pushing(translation));
        self
    }

    /// The same with a label for every series that has none of the name. A later value of the same
    /// name replaces the earlier.
    ///
    /// # Errors
    /// The name is empty or `__name__`.
    pub fn with_external_label(
        mut self,
        name: impl AsRef<str>,
        value: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let escaping = self.escaping();
        Arc::make_mut(&mut self.external).add(name.as_ref(), value.into(), escaping)?;
        Ok(self)
    }

    /// The same with bounds and quantiles written so.
    #[must_use]
    pub fn with_bound_format(mut self, format: BoundFormat) -> Self {
        self.bounds = format;
        self
    }

    /// The same with exemplars (default) or without.
    #[must_use]
    pub fn with_exemplars(mut self, exemplars: bool) -> Self {
        self.exemplars = exemplars;
        self
    }

    /// The same with explicit histograms as native ones with custom buckets, where the version has
    /// them: 2.0. Classic by default.
    #[must_use]
    pub fn with_custom_buckets(mut self, custom_buckets: bool) -> Self {
        self.custom_buckets = custom_buckets;
        self
    }

    /// Writes a batch. Points without a time get that of the batch's newest one, and `now` where no
    /// point has one.
    ///
    /// # Errors
    /// The message would be longer than `limit` bytes, which are not held in memory to find out.
    pub fn encode(
        &self,
        batch: &MetricBatch,
        now: Timestamp,
        limit: u64,
    ) -> Result<Message, TooLarge> {
        self.encode_with(batch, now, limit, &mut |_, _| true)
    }

    pub(crate) fn encode_with(
        &self,
        batch: &MetricBatch,
        now: Timestamp,
        limit: u64,
        claim: Claim<'_>,
    ) -> Result<Message, TooLarge> {
        let families = self.families(batch);
        let newest = newest(batch).unwrap_or(now);
        let mut losses = *families.losses();
        let writer = Writer::new(self, newest, limit);
        let mut message = writer.write(&families, claim)?;
        losses.absorb(&message.losses);
        message.losses = losses;
        Ok(message)
    }

    pub(crate) fn families(&self, batch: &MetricBatch) -> Families {
        Families::of(batch, &self.translation, self.escaping())
    }

    /// 1.0 has legal names alone: "MUST match" in "Labels". In 2.0 they may be any text.
    fn escaping(&self) -> Escaping {
        match self.version {
            Version::V1 => Escaping::Underscores,
            Version::V2 => Escaping::AllowUtf8,
        }
    }

    fn is_custom(&self) -> bool {
        self.custom_buckets && self.version == Version::V2
    }
}

/// Nobody scrapes what is pushed, so that a target is told by `job` and `instance`.
fn for_pushing(translation: Translation) -> Translation {
    match translation.target() {
        Target::Info => translation.with_target(Target::JobAndInstance),
        _ => translation,
    }
}

/// The newest time of all points, if any has one.
fn newest(batch: &MetricBatch) -> Option<Timestamp> {
    use meterport_core::{Column, MetricData};
    let newest = |times: &Column<Timestamp>| match times {
        Column::Same(time) => *time,
        Column::Each(times) => times.iter().copied().max().unwrap_or_default(),
    };
    let times = batch.metrics().filter(|metric| !metric.data.is_empty()).map(|metric| {
        newest(match &metric.data {
            MetricData::ExponentialHistogram(data) => data.points.times(),
            MetricData::Gauge(data) => data.points.times(),
            MetricData::Histogram(data) => data.points.times(),
            MetricData::Sum(data) => data.points.times(),
            MetricData::Summary(data) => data.points.times(),
        })
    });
    times.max().filter(|time| time.is_set())
}

/// Which label the points of a part have for themselves.
fn own_label(part: &Part) -> Option<&'static str> {
    use meterport_core::MetricData;
    match part.data() {
        MetricData::ExponentialHistogram(_) | MetricData::Histogram(_) => Some("le"),
        MetricData::Gauge(_) | MetricData::Sum(_) => None,
        MetricData::Summary(_) => Some("quantile"),
    }
}

/// The bits of a measurement: no NaN is a stale marker, and all are one.
#[inline(always)]
fn number(value: f64) -> u64 {
    if value.is_nan() { NORMAL_NAN } else { value.to_bits() }
}
