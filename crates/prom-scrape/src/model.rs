//! Families become metrics.

use std::sync::Arc;

use meterport_core::{
    AttributeSet, Column, Descriptor, Exemplar, ExponentialHistogram, Gauge, Histogram,
    HistogramRowsBuilder, InternedMetric, Interner, Metric, MetricData, Number, Points, Rows,
    Scope, ScopeMetrics, Series, Sum, Summary, Temporality, Timestamp,
};

use crate::page::{Family, Kind, Label, Page, Row, Value};
use crate::target::Labels;

/// Makes metrics, and keeps what pages share.
#[derive(Debug)]
pub(crate) struct Model {
    scope: Scope,
    metrics: Interner,
    labels: Labels,
    hints: [(&'static str, AttributeSet); 4],
}

impl Model {
    /// Every series gets these labels as well.
    pub(crate) fn new(labels: Labels) -> Self {
        let scope = Scope::new(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION"));
        let hint = |hint| (hint, AttributeSet::from([("prometheus.type", hint)]));
        let hints = ["gaugehistogram", "info", "stateset", "unknown"].map(hint);
        Self { scope, metrics: Interner::default(), labels, hints }
    }

    /// The metrics of a page that was read `now`.
    pub(crate) fn metrics(&mut self, page: &mut Page<'_>, now: Timestamp) -> ScopeMetrics {
        self.metrics.next_snapshot();
        let labels = &self.labels;
        for row in page.families.iter_mut().flat_map(|family| &mut family.rows) {
            labels.rename(&mut page.labels[row.labels.clone()]);
        }
        let mut scope = ScopeMetrics::new(self.scope.clone());
        for family in std::mem::take(&mut page.families) {
            self.family(family, &page.labels, now, &mut scope.metrics);
        }
        scope
    }

    /// A gauge of one point without labels but those that every series gets.
    pub(crate) fn gauge(&mut self, name: &str, value: f64, now: Timestamp) -> Metric {
        let row = Row {
            labels: 0..0,
            time: None,
            start: Timestamp::UNSET,
            exemplars: Vec::new(),
            value: Value::Number(value),
        };
        let family = Family {
            name: name.into(),
            help: "".into(),
            unit: "".into(),
            kind: Kind::Gauge,
            rows: Vec::new(),
        };
        self.metric(&family, vec![row], &[], now)
    }

    /// A family is one metric, but that of histograms native ones are another.
    fn family(
        &mut self,
        mut family: Family<'_>,
        labels: &[Label<'_>],
        now: Timestamp,
        out: &mut Vec<Metric>,
    ) {
        let is_native = |row: &mut Row| matches!(row.value, Value::Native(_));
        let mut rows = std::mem::take(&mut family.rows);
        let native: Vec<_> = match family.kind {
            Kind::GaugeHistogram | Kind::Histogram => rows.extract_if(.., is_native).collect(),
            _ => Vec::new(),
        };
        for rows in [rows, native] {
            if !rows.is_empty() {
                out.push(self.metric(&family, rows, labels, now));
            }
        }
    }

    /// The metric of rows of one kind.
    fn metric(
        &mut self,
        family: &Family<'_>,
        rows: Vec<Row>,
        labels: &[Label<'_>],
        now: Timestamp,
    ) -> Metric {
        let empty = AttributeSet::empty();
        let hint = family.kind.hint();
        let hint = self.hints.iter().find(|known| Some(known.0) == hint);
        let metadata = hint.map_or(&empty, |known| &known.1);
        let kept = self.metrics.metric(&family.name, &family.help, &family.unit, metadata);
        let descriptor: Arc<Descriptor> = Arc::clone(kept.descriptor());
        let arranged = Arranged::new(kept, rows, labels, &self.labels, now);
        let temporality = Temporality::Cumulative;
        let data: MetricData = match (family.kind, arranged.rows.first().map(|row| &row.value)) {
            (_, Some(Value::Native(_))) => {
                ExponentialHistogram { points: arranged.native(), temporality }.into()
            }
            (_, Some(Value::Histogram(_))) => {
                Histogram { points: arranged.histograms(), temporality }.into()
            }
            (_, Some(Value::Summary(_))) => Summary { points: arranged.summaries() }.into(),
            (Kind::Counter, _) => {
                Sum { points: arranged.numbers(), temporality, monotonic: true }.into()
            }
            (Kind::Info | Kind::StateSet, _) => {
                Sum { points: arranged.numbers(), temporality, monotonic: false }.into()
            }
            _ => Gauge { points: arranged.numbers() }.into(),
        };
        Metric { descriptor, data }
    }
}

/// Rows in the order of their series.
struct Arranged {
    series: Series,
    rows: Vec<Row>,
    now: Timestamp,
}

impl Arranged {
    fn new(
        kept: &mut InternedMetric,
        rows: Vec<Row>,
        labels: &[Label<'_>],
        target: &Labels,
        now: Timestamp,
    ) -> Self {
        let mut named = kept.series().snapshot(rows.len());
        for row in &rows {
            named.push(|| target.join(&labels[row.labels.clone()]));
        }
        let (series, order) = named.finish();
        Self { series, rows: order.arrange(rows), now }
    }

    fn numbers(self) -> Points<meterport_core::NumberRows> {
        self.points(|value| match value {
            Value::Number(number) => Number::F64(number),
            _ => Number::default(),
        })
    }

    fn native(self) -> Points<meterport_core::ExponentialRows> {
        self.points(|value| match value {
            Value::Native(native) => *native,
            _ => Default::default(),
        })
    }

    fn summaries(self) -> Points<meterport_core::SummaryRows> {
        self.points(|value| match value {
            Value::Summary(summary) => summary,
            _ => Default::default(),
        })
    }

    fn histograms(self) -> Points<meterport_core::HistogramRows> {
        let mut rows = HistogramRowsBuilder::default();
        for row in &self.rows {
            let Value::Histogram(one) = &row.value else { continue };
            if one.buckets.is_empty() || rows.push_cumulative(one.stats, &one.buckets).is_err() {
                rows.push_without_buckets(one.stats);
            }
        }
        let (starts, times, exemplars) = self.columns();
        let points = Points::from_columns(self.series, starts, times, rows.finish());
        points.unwrap_or_default().with_exemplars(exemplars)
    }

    fn points<R: Rows>(mut self, value: impl Fn(Value) -> R::Value) -> Points<R>
    where
        Points<R>: Default,
    {
        let (starts, times, exemplars) = self.columns();
        let rows = std::mem::take(&mut self.rows);
        let values = rows.into_iter().map(|row| value(row.value)).collect();
        // There is a value for each series, so that it cannot fail.
        let points = Points::from_values(self.series, starts, times, values);
        points.unwrap_or_default().with_exemplars(exemplars)
    }

    #[allow(clippy::type_complexity, reason = "the columns of points, and nothing else")]
    fn columns(&self) -> (Column<Timestamp>, Column<Timestamp>, Vec<(usize, Arc<[Exemplar]>)>) {
        let starts = self.rows.iter().map(|row| row.start).collect();
        let times = self.rows.iter().map(|row| row.time.unwrap_or(self.now)).collect();
        let rows = self.rows.iter().enumerate().filter(|(_, row)| !row.exemplars.is_empty());
        let exemplars = rows.map(|(at, row)| (at, row.exemplars.as_slice().into())).collect();
        (Column::from_values(starts), Column::from_values(times), exemplars)
    }
}
