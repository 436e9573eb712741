//! Protobuf as a text for people, decoded and encoded again by `prost`.

use std::fmt::Write;

use meterport_testkit::prom::client::{
    self, BucketSpan, Exemplar, Histogram, LabelPair, Timestamp,
};

const TYPES: [&str; 6] = ["counter", "gauge", "summary", "untyped", "histogram", "gauge histogram"];

/// One line for each family and metric.
pub(crate) fn show(bytes: &[u8], shown: &mut String) {
    let families = client::decode(bytes).expect("messages");
    assert_eq!(client::encode(&families), bytes, "prost writes it differently");
    for family in families {
        let kind = TYPES[family.r#type.expect("a type") as usize];
        write!(shown, "{kind} {}", family.name.expect("a name")).expect("written");
        for (word, text) in [("unit", family.unit), ("help", family.help)] {
            if let Some(text) = text {
                write!(shown, ", {word} {text:?}").expect("written");
            }
        }
        shown.push('\n');
        for metric in family.metric {
            write!(shown, "  {{{}}}", labels(&metric.label)).expect("written");
            if let Some(gauge) = metric.gauge {
                write!(shown, " {}", gauge.value.expect("a value")).expect("written");
            }
            if let Some(untyped) = metric.untyped {
                write!(shown, " {}", untyped.value.expect("a value")).expect("written");
            }
            if let Some(counter) = metric.counter {
                write!(shown, " {}", counter.value.expect("a value")).expect("written");
                counter.exemplar.iter().for_each(|one| exemplar(shown, one));
                start(shown, counter.start_timestamp);
            }
            if let Some(summary) = metric.summary {
                totals(shown, summary.sample_count, summary.sample_sum);
                for one in summary.quantile {
                    let (quantile, value) = (one.quantile.expect("one"), one.value.expect("one"));
                    write!(shown, " {quantile}:{value}").expect("written");
                }
                start(shown, summary.start_timestamp);
            }
            if let Some(histogram) = metric.histogram {
                show_histogram(shown, &histogram);
            }
            shown.push('\n');
        }
    }
}

fn show_histogram(shown: &mut String, one: &Histogram) {
    totals(shown, one.sample_count, one.sample_sum);
    for bucket in &one.bucket {
        let (bound, count) = (bucket.upper_bound.expect("one"), bucket.cumulative_count);
        write!(shown, " {bound}:{}", count.expect("a count")).expect("written");
        bucket.exemplar.iter().for_each(|one| exemplar(shown, one));
    }
    if let Some(schema) = one.schema {
        let (threshold, zero) = (one.zero_threshold.expect("one"), one.zero_count.expect("one"));
        write!(shown, " schema {schema} zero {zero} within {threshold:e}").expect("written");
        side(shown, "negative", &one.negative_span, &one.negative_delta);
        side(shown, "positive", &one.positive_span, &one.positive_delta);
    }
    start(shown, one.start_timestamp);
    one.exemplars.iter().for_each(|one| exemplar(shown, one));
}

fn side(shown: &mut String, name: &str, spans: &[BucketSpan], deltas: &[i64]) {
    if spans.is_empty() {
        return;
    }
    write!(shown, " {name}").expect("written");
    for span in spans {
        let (offset, length) = (span.offset.expect("one"), span.length.expect("one"));
        write!(shown, " {{{offset},{length}}}").expect("written");
    }
    write!(shown, " {deltas:?}").expect("written");
}

fn totals(shown: &mut String, count: Option<u64>, sum: Option<f64>) {
    let (count, sum) = (count.expect("a count"), sum.expect("a sum"));
    write!(shown, " count {count} sum {sum}").expect("written");
}

fn start(shown: &mut String, time: Option<Timestamp>) {
    if let Some(time) = time {
        write!(shown, " since {}.{:09}", time.seconds, time.nanos).expect("written");
    }
}

fn exemplar(shown: &mut String, one: &Exemplar) {
    let value = one.value.expect("a value");
    write!(shown, " # {{{}}} {value}", labels(&one.label)).expect("written");
    if let Some(time) = one.timestamp {
        write!(shown, " at {}.{:09}", time.seconds, time.nanos).expect("written");
    }
}

fn labels(labels: &[LabelPair]) -> String {
    let label = |label: &LabelPair| {
        let (name, value) = (label.name.as_deref(), label.value.as_deref());
        format!("{}={:?}", name.expect("a name"), value.expect("a value"))
    };
    labels.iter().map(label).collect::<Vec<_>>().join(",")
}
