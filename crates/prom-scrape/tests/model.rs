//! What the formats become in the model.

use std::fmt::Write;

use meterport_core::{
    AttributeSet, Exemplar, MetricBatch, MetricData, Points, Rows, Timestamp, ValueRef,
};
use meterport_prom::Format;
use meterport_prom_scrape::PageReader;
use meterport_testkit::prom::client;

const NOW: Timestamp = Timestamp::from_secs(1_000);

fn read(format: Format, page: &[u8]) -> MetricBatch {
    PageReader::new().read(page, format, NOW).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn set(out: &mut String, attributes: &AttributeSet) {
    for (key, value) in attributes.iter() {
        let ValueRef::String(value) = value else { panic!("{key} is no text") };
        write!(out, " {key}={value}").unwrap();
    }
}

fn exemplar(out: &mut String, one: &Exemplar) {
    write!(out, "; {} at {}", one.value.as_f64(), one.time.as_nanos()).unwrap();
    let ids = [one.trace_id.map(|id| id.to_string()), one.span_id.map(|id| id.to_string())];
    ids.into_iter().flatten().for_each(|id| write!(out, " id {id}").unwrap());
    set(out, &one.filtered_attributes);
}

fn points<R: Rows>(out: &mut String, points: &Points<R>, value: impl Fn(&mut String, usize)) {
    for (row, point) in points.iter().enumerate() {
        out.push_str("\n ");
        set(out, point.attributes);
        out.push_str(" =");
        value(out, row);
        if point.start.is_set() {
            write!(out, " since {}", point.start.as_nanos()).unwrap();
        }
        if point.time != NOW {
            write!(out, " at {}", point.time.as_nanos()).unwrap();
        }
        point.exemplars.iter().for_each(|one| exemplar(out, one));
    }
}

/// The batch as text, short enough to be compared with.
fn shown(batch: &MetricBatch) -> String {
    let mut out = String::new();
    for metric in batch.metrics() {
        let name = &metric.descriptor;
        let kind = match &metric.data {
            MetricData::ExponentialHistogram(_) => "exponential",
            MetricData::Gauge(_) => "gauge",
            MetricData::Histogram(_) => "histogram",
            MetricData::Sum(sum) if sum.monotonic => "counter",
            MetricData::Sum(_) => "sum",
            MetricData::Summary(_) => "summary",
        };
        write!(out, "{kind} {}", name.name).unwrap();
        let said = [&name.description, &name.unit];
        said.into_iter().filter(|said| !said.is_empty()).for_each(|said| {
            write!(out, " ({said})").unwrap();
        });
        set(&mut out, &name.metadata);
        match &metric.data {
            MetricData::Gauge(data) => points(&mut out, &data.points, |out, row| {
                write!(out, " {}", data.points.value(row).as_f64()).unwrap();
            }),
            MetricData::Sum(data) => points(&mut out, &data.points, |out, row| {
                write!(out, " {}", data.points.value(row).as_f64()).unwrap();
            }),
            MetricData::Histogram(data) => points(&mut out, &data.points, |out, row| {
                let value = data.points.value(row);
                let (bounds, counts) = value.buckets.into_parts().map_or_else(
                    || (Vec::new(), Vec::new()),
                    |(bounds, counts)| (bounds.as_slice().to_vec(), counts),
                );
                let (count, sum) = (value.stats.count, value.stats.sum);
                write!(out, " {count} {sum:?} {bounds:?} {counts:?}").unwrap();
            }),
            MetricData::ExponentialHistogram(data) => points(&mut out, &data.points, |out, row| {
                let value = data.points.value(row);
                let (positive, negative) = (value.positive, value.negative);
                let (count, sum) = (value.stats.count, value.stats.sum);
                let zero = (value.zero_count, value.zero_threshold);
                write!(out, " {count} {sum:?} scale {} zero {zero:?}", value.scale).unwrap();
                write!(out, " +{} {:?}", positive.offset, positive.counts).unwrap();
                write!(out, " -{} {:?}", negative.offset, negative.counts).unwrap();
            }),
            MetricData::Summary(data) => points(&mut out, &data.points, |out, row| {
                let value = data.points.value(row);
                let quantiles = value.quantiles.iter().map(|one| (one.quantile, one.value));
                let quantiles: Vec<_> = quantiles.collect();
                write!(out, " {} {} {quantiles:?}", value.count, value.sum).unwrap();
            }),
        }
        out.push('\n');
    }
    out
}

fn check(format: Format, page: &str, expected: &str) {
    assert_eq!(shown(&read(format, page.as_bytes())), expected);
}

#[test]
fn text() {
    let page = r#"
# HELP requests_total All "requests"\nso far \\ ever.
# TYPE requests_total counter
requests_total{code="200",method="a \"b\" \\ \n"} 3 1500
requests_total{method="",code="500"} 1e3

untyped_one NaN
# TYPE temperature gauge
temperature{z="1",a="2"} -1.5
# TYPE latency histogram
latency_bucket{le="0.1",path="/"} 1
latency_bucket{le="1",path="/"} 3
latency_bucket{le="+Inf",path="/"} 4
latency_sum{path="/"} 7.5
latency_count{path="/"} 4
latency_bucket{path="/other",le="+Inf"} 2
# TYPE rpc summary
rpc{quantile="0.5"} 2
rpc{quantile="0.99"} 9
rpc_sum 30
rpc_count 10
{"odd name","odd label"="x"} 5
"#;
    let expected = "\
counter requests_total (All \"requests\"\nso far \\ ever.)
  code=200 method=a \"b\" \\ \n = 3 at 1500000000
  code=500 = 1000
gauge untyped_one prometheus.type=unknown
  = NaN
gauge temperature
  a=2 z=1 = -1.5
histogram latency
  path=/ = 4 Some(7.5) [0.1, 1.0] [1, 2, 1]
  path=/other = 2 None [] [2]
summary rpc
  = 10 30 [(0.5, 2.0), (0.99, 9.0)]
gauge odd name prometheus.type=unknown
  odd label=x = 5
";
    check(Format::Text, page, expected);
}

#[test]
fn openmetrics() {
    let page = r#"# TYPE requests_seconds counter
# UNIT requests_seconds seconds
# HELP requests_seconds With a \"quote\".
requests_seconds_total{a="b"} 1.0 10.5 # {trace_id="0102030405060708090a0b0c0d0e0f10",span_id="0102030405060708",k="v"} 0.5 9.25
requests_seconds_created{a="b"} 1.5
requests_seconds_total{a="c"} 2.0 # {trace_id="abc"} 1.0
# TYPE latency histogram
latency_bucket{le="1.0"} 3 # {} 0.5
latency_bucket{le="+Inf"} 4 # {k="v"} 7.0 8.0
latency_sum 7.5
latency_count 4
latency_created 100.000000001
# TYPE negative histogram
negative_bucket{le="-1.0"} 9007199254740993
negative_bucket{le="+Inf"} 9007199254740995
# TYPE build info
build_info{version="1"} 1
# TYPE mood stateset
mood{mood="good"} 1
mood{mood="bad"} 0
# TYPE queue gaugehistogram
queue_bucket{le="+Inf"} 4
queue_gcount 4
queue_gsum -1
# TYPE rpc summary
rpc_count 1
rpc_sum 2
rpc_created 3
# TYPE odd unknown
odd 1
# EOF
"#;
    let expected = "\
counter requests_seconds_total (With a \"quote\".) (seconds)
  a=b = 1 since 1500000000 at 10500000000; 0.5 at 9250000000 \
id 0102030405060708090a0b0c0d0e0f10 id 0102030405060708 k=v
  a=c = 2; 1 at 0 trace_id=abc
histogram latency
  = 4 Some(7.5) [1.0] [3, 1] since 100000000001; 0.5 at 0; 7 at 8000000000 k=v
histogram negative
  = 9007199254740995 None [-1.0] [9007199254740993, 2]
sum build_info prometheus.type=info
  version=1 = 1
sum mood prometheus.type=stateset
  mood=good = 1
  mood=bad = 0
histogram queue prometheus.type=gaugehistogram
  = 4 Some(-1.0) [] [4]
summary rpc
  = 1 2 [] since 3000000000
gauge odd prometheus.type=unknown
  = 1
";
    check(Format::OpenMetrics1, page, expected);
}

#[test]
fn samples_of_a_point_need_not_stand_together() {
    let page = "# TYPE h histogram
h_sum{a=\"1\"} 1
h_sum{a=\"2\"} 2
h_count{a=\"1\"} 10
h_count{a=\"2\"} 20
h_bucket{a=\"2\",le=\"+Inf\"} 20
h_bucket{le=\"+Inf\",a=\"1\"} 10
h_bucket{le=\"5\",a=\"1\"} 4
g{a=\"1\"} 1
h_bucket{le=\"5\",a=\"2\"} 5
g{a=\"1\"} 2
g{a=\"1\"} 3 7
";
    let expected = "\
histogram h
  a=1 = 10 Some(1.0) [5.0] [4, 6]
  a=2 = 20 Some(2.0) [5.0] [5, 15]
gauge g prometheus.type=unknown
  a=1 = 1
  a=1 = 3 at 7000000
";
    check(Format::Text, page, expected);
}

#[test]
fn what_contradicts_its_type_comes_as_its_samples() {
    let table = [
        (
            "# HELP h Help.\n# TYPE h histogram\nh_bucket{a=\"b\",le=\"1\",z=\"\"} 5\nh_bucket{a=\"b\",le=\"+Inf\"} 4\nh_sum{a=\"b\"} 1\n",
            "gauge h_bucket (Help.) prometheus.type=unknown\n  a=b le=+Inf = 4\n  a=b le=1 = 5\n\
             gauge h_sum (Help.) prometheus.type=unknown\n  a=b = 1\n",
        ),
        (
            "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 0.5\nh 3\n",
            "gauge h prometheus.type=unknown\n  = 3\n\
             gauge h_bucket prometheus.type=unknown\n  le=+Inf = 0.5\n",
        ),
        ("# TYPE h histogram\nh_bucket 1\n", "gauge h_bucket prometheus.type=unknown\n  = 1\n"),
        (
            "# TYPE s summary\ns{quantile=\"0.5\"} 1\n",
            "gauge s prometheus.type=unknown\n  quantile=0.5 = 1\n",
        ),
        (
            "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 4\nh_count 5\n",
            "histogram h\n  = 5 None [] [5]\n",
        ),
        ("# TYPE h histogram\nh_sum 1\nh_count 5\n", "histogram h\n  = 5 Some(1.0) [] []\n"),
    ];
    for (page, expected) in table {
        check(Format::Text, page, expected);
    }
    check(
        Format::OpenMetrics1,
        "# TYPE c counter\nc 1\nc_total 2\n# EOF\n",
        "gauge c prometheus.type=unknown\n  = 1\n\
         gauge c_total prometheus.type=unknown\n  = 2\n",
    );
}

/// As Prometheus has it, although OpenMetrics forbids it: it keeps its name, type and exemplars.
#[test]
fn a_counter_without_its_suffix_is_one() {
    check(
        Format::OpenMetrics1,
        "# TYPE c counter\nc 1 # {k=\"v\"} 0.5 8.0\nc_created 2\n# EOF\n",
        "counter c\n  = 1 since 2000000000; 0.5 at 8000000000 k=v\n",
    );
}

#[test]
fn a_start_that_no_clock_says_is_none() {
    for start in ["1795684402183", "-1", "NaN", "1e300"] {
        let page = format!("# TYPE c counter\nc_total 1\nc_created {start}\n# EOF\n");
        check(Format::OpenMetrics1, &page, "counter c_total\n  = 1\n");
    }
}

fn messages(kind: i32, metric: client::Metric) -> Vec<u8> {
    client::encode(&[client::MetricFamily {
        name: Some("m".into()),
        help: Some("Help.".into()),
        r#type: Some(kind),
        metric: vec![metric],
        unit: Some("seconds".into()),
    }])
}

fn native() -> client::Histogram {
    let span = |offset, length| client::BucketSpan { offset: Some(offset), length: Some(length) };
    client::Histogram {
        sample_count: Some(14),
        sample_sum: Some(20.0),
        schema: Some(3),
        zero_threshold: Some(0.5),
        zero_count: Some(2),
        positive_span: vec![span(-1, 2), span(3, 1)],
        positive_delta: vec![4, -1, -1],
        negative_span: vec![span(1, 2)],
        negative_delta: vec![1, 1],
        start_timestamp: Some(client::Timestamp { seconds: 5, nanos: 7 }),
        ..client::Histogram::default()
    }
}

#[test]
fn messages_of_native_histograms() {
    let metric = |histogram| client::Metric {
        label: vec![client::LabelPair { name: Some("a".into()), value: Some("b".into()) }],
        histogram: Some(histogram),
        timestamp_ms: Some(2_000),
        ..client::Metric::default()
    };
    let expected = "exponential m (Help.) (seconds)\n  a=b = 14 Some(20.0) scale 3 \
         zero (2, 0.5) +-2 [4, 3, 0, 0, 0, 2] -0 [1, 2] since 5000000007 at 2000000000\n";
    let batch = read(Format::Protobuf, &messages(4, metric(native())));
    assert_eq!(shown(&batch), expected);
    // The same with floats, which are whole.
    let floats = client::Histogram {
        sample_count_float: Some(14.0),
        positive_delta: Vec::new(),
        positive_count: vec![4.0, 3.0, 2.0],
        ..native()
    };
    assert_eq!(shown(&read(Format::Protobuf, &messages(4, metric(floats)))), expected);
}

#[test]
fn hostile_messages_are_refused() {
    let metric =
        |histogram| client::Metric { histogram: Some(histogram), ..client::Metric::default() };
    let span = |offset, length| client::BucketSpan { offset: Some(offset), length: Some(length) };
    let wide = client::Histogram {
        positive_span: vec![span(0, 1), span(i32::MAX, 1)],
        positive_delta: vec![1, 1],
        ..native()
    };
    let long = client::Histogram { positive_span: vec![span(0, u32::MAX)], ..native() };
    let back = client::Histogram {
        positive_span: vec![span(0, 1), span(-9, 1)],
        positive_delta: vec![1, 1],
        ..native()
    };
    let fine = client::Histogram { schema: Some(9), ..native() };
    let less = client::Histogram { negative_delta: vec![-1, 1], ..native() };
    let table = [
        (metric(wide), "too many native buckets"),
        (metric(long), "spans that do not fit"),
        (metric(back), "out of range"),
        (metric(fine), "unknown schema"),
        (metric(less), "less than nothing"),
        (client::Metric::default(), "without a value"),
    ];
    for (metric, expected) in table {
        let wrong = PageReader::new().read(&messages(4, metric), Format::Protobuf, NOW);
        let wrong = wrong.expect_err(expected).to_string();
        assert!(wrong.contains(expected), "{wrong}: {expected}");
    }
}
