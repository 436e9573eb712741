use meterport_core::{
    Exemplar, ExponentialValueRef, Flags, HistogramValueRef, Metric, MetricData, PointRef, Stats,
    SummaryValueRef, Temporality, Timestamp,
};

use super::buckets;
use super::layout::{self, Entry};
use super::out::Out;
use super::time::rfc3339;
use super::words::{attributes, escaped, float, number, unit, word};

const LEVEL: usize = 2;

pub(super) fn write(out: &mut Out, metric: &Metric) {
    let descriptor = &*metric.descriptor;
    let measure = match &*descriptor.unit {
        "" => String::new(),
        text => format!(" ({})", unit(text)),
    };
    let (name, kind) = (word(&descriptor.name), kind(&metric.data));
    out.line(LEVEL, &format!("{name}{measure}: {kind}"));
    if !descriptor.description.is_empty() {
        // Marked, or it could pass itself off as a point.
        out.line(LEVEL + 1, &format!("# {}", escaped(&descriptor.description)));
    }
    if !descriptor.metadata.is_empty() {
        out.line(LEVEL + 1, &format!("metadata {}", attributes(descriptor.metadata.entries())));
    }
    match &metric.data {
        MetricData::ExponentialHistogram(data) => {
            write_points(out, data.points.iter(), exponential, false);
        }
        MetricData::Gauge(data) => write_points(out, data.points.iter(), plain, true),
        MetricData::Histogram(data) => write_points(out, data.points.iter(), histogram, false),
        MetricData::Sum(data) => write_points(out, data.points.iter(), plain, true),
        MetricData::Summary(data) => write_points(out, data.points.iter(), summary, false),
    }
}

fn kind(data: &MetricData) -> String {
    let name = match data {
        MetricData::ExponentialHistogram(_) => "exponential histogram",
        MetricData::Gauge(_) => "gauge",
        MetricData::Histogram(_) => "histogram",
        MetricData::Sum(sum) if sum.monotonic => "sum, monotonic",
        MetricData::Sum(_) => "sum, not monotonic",
        MetricData::Summary(_) => "summary",
    };
    match data.temporality() {
        Some(Temporality::Cumulative) => format!("{name}, cumulative"),
        Some(Temporality::Delta) => format!("{name}, delta"),
        None => name.to_owned(),
    }
}

fn write_points<'a, V>(
    out: &mut Out,
    points: impl Iterator<Item = PointRef<'a, V>>,
    show: impl Fn(&V) -> (String, Vec<String>),
    numbers: bool,
) {
    let points: Vec<_> = points.collect();
    let Some(first) = points.first() else {
        out.line(LEVEL + 1, "no points");
        return;
    };
    let times = (first.start, first.time);
    let shared = points.iter().all(|point| (point.start, point.time) == times);
    if shared && let Some(times) = span(times.0, times.1) {
        out.line(LEVEL + 1, &times);
    }
    let entry = |point: &PointRef<'a, V>| {
        let mut more = String::new();
        if !shared && let Some(times) = span(point.start, point.time) {
            more = format!("  {times}");
        }
        let (mut value, mut below) = show(&point.value);
        if point.flags.no_recorded_value() {
            (value, below) = ("-".to_owned(), Vec::new());
            more.push_str("  no recorded value");
        }
        let unknown = point.flags.bits() & !Flags::NO_RECORDED_VALUE.bits();
        if unknown != 0 {
            more.push_str(&format!("  flags=0x{unknown:x}"));
        }
        below.extend(point.exemplars.iter().map(exemplar));
        Entry { attributes: attributes(point.attributes.entries()), value, more, below }
    };
    layout::write(out, &points.iter().map(entry).collect::<Vec<_>>(), numbers);
}

fn span(start: Timestamp, time: Timestamp) -> Option<String> {
    match (start.is_set(), time.is_set()) {
        (true, true) => Some(format!("from {} to {}", rfc3339(start), rfc3339(time))),
        (true, false) => Some(format!("from {}", rfc3339(start))),
        (false, true) => Some(format!("at {}", rfc3339(time))),
        (false, false) => None,
    }
}

fn plain(value: &meterport_core::Number) -> (String, Vec<String>) {
    (number(*value), Vec::new())
}

fn histogram(value: &HistogramValueRef<'_>) -> (String, Vec<String>) {
    let line = value.buckets.map(|(bounds, counts)| buckets::explicit(bounds, counts));
    (stats(&value.stats), line.into_iter().collect())
}

fn exponential(value: &ExponentialValueRef<'_>) -> (String, Vec<String>) {
    let (scale, zero) = (value.scale, value.zero_count);
    let mut text = format!("{} scale={scale} zero_count={zero}", stats(&value.stats));
    if value.zero_threshold != 0.0 {
        text.push_str(&format!(" zero_threshold={}", float(value.zero_threshold)));
    }
    (text, buckets::exponential(value))
}

fn summary(value: &SummaryValueRef<'_>) -> (String, Vec<String>) {
    let quantile =
        |q: &meterport_core::Quantile| format!("{}={}", float(q.quantile), float(q.value));
    let quantiles: Vec<_> = value.quantiles.iter().map(quantile).collect();
    let line = (!quantiles.is_empty()).then(|| format!("quantiles: {}", quantiles.join(" ")));
    (format!("count={} sum={}", value.count, float(value.sum)), line.into_iter().collect())
}

fn stats(stats: &Stats) -> String {
    let mut text = format!("count={}", stats.count);
    for (name, figure) in [("sum", stats.sum), ("min", stats.min), ("max", stats.max)] {
        if let Some(figure) = figure {
            text.push_str(&format!(" {name}={}", float(figure)));
        }
    }
    text
}

fn exemplar(exemplar: &Exemplar) -> String {
    let mut text = format!("exemplar {}", number(exemplar.value));
    if let Some(time) = span(Timestamp::UNSET, exemplar.time) {
        text.push_str(&format!(" {time}"));
    }
    if let Some(trace_id) = exemplar.trace_id {
        text.push_str(&format!(" trace={trace_id}"));
    }
    if let Some(span_id) = exemplar.span_id {
        text.push_str(&format!(" span={span_id}"));
    }
    if !exemplar.filtered_attributes.is_empty() {
        text.push_str(&format!(" {}", attributes(exemplar.filtered_attributes.entries())));
    }
    text
}
