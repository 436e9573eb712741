//! What each format looks like: `golden/<scenario>.txt`, one file for each row of the table.
//! `UPDATE_GOLDEN=1` writes the files anew; read the difference before you keep it.

use std::path::Path;

use meterport_core::{Deadline, MetricBatch, MetricExporter};
use meterport_stdout::{Format, StdoutExporter};

use crate::scenarios;

use crate::recorder::{Recorder, now};

async fn check(scenario: &str, format: Format, timestamps: bool, batch: &MetricBatch) {
    let recorder = Recorder::default();
    let exporter = StdoutExporter::builder()
        .format(format)
        .timestamps(timestamps)
        .writer(recorder.clone())
        .build();
    let outcome = exporter.export(batch, Deadline::NONE).await.expect("written");
    let text = recorder.text();
    assert_eq!(outcome.delivered, batch.points(), "{scenario}");
    assert_eq!(outcome.wire_bytes, text.len() as u64, "{scenario}");
    if format == Format::Text {
        let harmful = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}".contains(c));
        assert!(!text.contains(harmful), "{scenario}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(scenario);
    let path = path.with_extension("txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).expect("golden file written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{scenario} is not as in {}:\n{text}", path.display());
}

#[tokio::test]
async fn every_format_is_as_it_was() {
    use Format::{JsonLines, PrettyJson, Text};
    let table = [
        ("text-numbers", Text, true, scenarios::numbers()),
        ("text-histograms", Text, true, scenarios::histograms()),
        ("text-exponential", Text, true, scenarios::exponential()),
        ("text-summary", Text, true, scenarios::summary()),
        ("text-envelopes", Text, true, scenarios::envelopes()),
        ("text-hostile", Text, true, scenarios::hostile()),
        ("text-untimed", Text, false, scenarios::histograms()),
        ("pretty-numbers", PrettyJson, true, scenarios::numbers()),
        ("pretty-hostile", PrettyJson, true, scenarios::hostile()),
        ("json-lines", JsonLines, true, scenarios::numbers()),
        ("json-lines-untimed", JsonLines, false, scenarios::histograms()),
    ];
    for (scenario, format, timestamps, batch) in table {
        check(scenario, format, timestamps, &batch).await;
    }
}

#[tokio::test]
async fn json_lines_are_one_object_each_and_pretty_json_is_the_same_object() {
    let batches = [
        scenarios::numbers(),
        scenarios::histograms(),
        scenarios::exponential(),
        scenarios::summary(),
        scenarios::envelopes(),
        scenarios::hostile(),
    ];
    let recorder = Recorder::default();
    let exporter =
        StdoutExporter::builder().format(Format::JsonLines).writer(recorder.clone()).build();
    for batch in &batches {
        let late = Deadline::after(now(), std::time::Duration::from_secs(60));
        exporter.export(batch, late).await.expect("written");
    }
    let text = recorder.text();
    assert!(text.ends_with('\n'));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), batches.len());
    for (line, batch) in lines.iter().zip(&batches) {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(value["resourceMetrics"].is_array());
        let pretty = Format::PrettyJson.render(batch);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&pretty).expect("JSON"), value);
    }
}
