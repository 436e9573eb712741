//! What JSON costs: no allocation per point when written, a small multiple of the text when read.

use allocation_counter::measure;
use meterport_core::MetricBatch;
use meterport_otlp::json;
use meterport_testkit::workload::Workload;

#[test]
fn with_attributes_remembered_nothing_is_allocated_per_point() {
    type Mix = fn(usize) -> Workload;
    type Run = fn(&MetricBatch);
    let mixes: [(&str, Mix); 5] = [
        ("mixed", Workload::mixed),
        ("counters", Workload::counters),
        ("gauges", Workload::gauges),
        ("histograms", Workload::histograms),
        ("exponential", Workload::exponential),
    ];
    let runs: [(&str, Run); 2] = [
        ("encode", |batch| drop(json::encode(batch))),
        ("encode_pieces", |batch| {
            json::encode_pieces(batch, &mut |_| {});
        }),
    ];
    for (mix, workload) in mixes {
        for (name, run) in runs {
            let count = |points| {
                let workload = workload(points);
                json::encode(&workload.batch(0));
                let batch = workload.batch(1);
                measure(|| run(&batch)).count_total
            };
            let (few, many) = (count(1_000), count(10_000));
            // The whole text is one buffer that may have to grow a few times.
            assert!(many <= few + 4, "{name} of {mix}: {few}, {many}");
            assert!(few < 60, "{name} of {mix}: {few}");
        }
    }
}

fn around(data: &str) -> String {
    let metric = format!(r#"{{"name":"x",{data}}}"#);
    format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{metric}]}}]}}]}}"#)
}

#[test]
fn reading_takes_a_small_multiple_of_the_text() {
    let many = |item: &str| {
        let count = 400_000 / (item.len() + 1);
        vec![item; count].join(",")
    };
    let data = |kind: &str, points: &str| {
        around(&format!(r#""{kind}":{{"aggregationTemporality":1,"dataPoints":[{points}]}}"#))
    };
    let points = |kind: &str, point: &str| data(kind, &many(point));
    let inside = |member: &str, item: &str| {
        data("gauge", &format!(r#"{{"asInt":1,"{member}":[{}]}}"#, many(item)))
    };
    let buckets = format!(r#"{{"positive":{{"bucketCounts":[{}]}}}}"#, many("1"));
    let workload = String::from_utf8(json::encode(&Workload::mixed(1_000).batch(1)).bytes).unwrap();
    let texts = [
        workload,
        format!(r#"{{"resourceMetrics":[{}]}}"#, many("{}")),
        format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{}]}}]}}"#, many("{}")),
        format!(
            r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{}]}}]}}]}}"#,
            many(r#"{"gauge":{}}"#)
        ),
        points("gauge", r#"{"asInt":1}"#),
        points("histogram", "{}"),
        points("exponentialHistogram", "{}"),
        points("histogram", r#"{"explicitBounds":[1],"bucketCounts":[1,1]}"#),
        points("summary", r#"{"quantileValues":[{},{},{},{},{},{},{},{},{},{},{},{}]}"#),
        inside("exemplars", r#"{"asInt":1}"#),
        inside("attributes", "{}"),
        inside("attributes", r#"{"value":{"arrayValue":{"values":[{},{},{},{},{},{},{}]}}}"#),
        data("exponentialHistogram", &buckets),
        "[".repeat(400_000),
        format!(r#"{{"x":"{}"}}"#, r"\n".repeat(200_000)),
    ];
    for text in texts {
        let used = measure(|| drop(json::decode(text.as_bytes()))).bytes_max;
        let times = used / text.len() as u64;
        let start: String = text.chars().take(120).collect();
        assert!(times <= 64, "{times} times the text: {start}");
    }
}
