use meterport_core::{AttributeSet, Value};
use meterport_testkit::remote_write::Series;

use super::fixture::*;

/// The series of a gauge with these attributes, as both versions have it.
fn of<'a>(attributes: impl IntoIterator<Item = (&'a str, &'a str)>) -> [Series; 2] {
    let set: AttributeSet = attributes.into_iter().map(|(k, v)| (k, Value::from(v))).collect();
    let batch = batch([gauge_of("g", [point(set, 1.0)])]);
    [sent(&batch), sent_v1(&batch)].map(|write| write.named("g").next().unwrap().clone())
}

#[test]
fn label_lexicographic_ordering() {
    for series in of([("A", "1"), ("_x", "2"), ("Zed", "3"), ("zed", "4"), ("k", "5")]) {
        let names: Vec<_> = series.labels.iter().map(|label| &*label.0).collect();
        assert_eq!(names, ["A", "Zed", "__name__", "_x", "instance", "job", "k", "zed"]);
    }
}

#[test]
fn metric_name_label_present() {
    for write in [sent(&every_kind()), sent_v1(&every_kind())] {
        assert!(write.series.iter().all(|series| !series.name().is_empty()));
    }
}

#[test]
fn metric_name_format_valid() {
    let write = sent_v1(&batch([gauge("http.server-duration/x", 1.0), gauge("1st", 1.0)]));
    let names: Vec<_> = write.series.iter().map(Series::name).collect();
    assert_eq!(names, ["target_info", "http_server_duration_x", "_1st"]);
}

#[test]
fn label_name_format_valid() {
    for series in of([("http.method", "GET"), ("1a", "x")]) {
        assert_eq!(series.label("http_method"), Some("GET"));
        assert_eq!(series.label("key_1a"), Some("x"));
    }
}

#[test]
fn no_duplicate_label_names() {
    // Both become the same name.
    for series in of([("a.b", "1"), ("a/b", "2")]) {
        assert_eq!(series.label("a_b"), Some("1;2"));
    }
    // The target's own win.
    for series in of([("job", "mine"), ("instance", "mine")]) {
        assert_eq!((series.label("job"), series.label("instance")), (Some("demo"), Some("one:80")));
    }
}

#[test]
fn label_names_not_empty() {
    for series in of([("", "x"), ("a", "y")]) {
        assert!(series.labels.iter().all(|label| !label.0.is_empty()));
    }
}

/// The suite allows them; the specification does not: "MUST NOT contain any empty label names or
/// values".
#[test]
fn label_values_may_be_empty() {
    for series in of([("empty", ""), ("a", "y")]) {
        assert_eq!(series.label("empty"), None);
    }
}

#[test]
fn reserved_label_prefix() {
    for series in of([("__name__", "other"), ("a", "y")]) {
        let reserved = series.labels.iter().filter(|label| label.0.starts_with("__"));
        assert_eq!(reserved.count(), 1);
        assert_eq!(series.name(), "g");
    }
}

#[test]
fn unicode_in_label_values() {
    for series in of([("a", "größe 日本語 🚀")]) {
        assert_eq!(series.label("a"), Some("größe 日本語 🚀"));
    }
}

#[test]
fn special_chars_in_label_values() {
    let text = "\"quoted\" \\ back\nline\ttab\0 end";
    for series in of([("a", text)]) {
        assert_eq!(series.label("a"), Some(text));
    }
}

#[test]
fn very_long_label_names() {
    let name = "n".repeat(10_000);
    for series in of([(&*name, "x")]) {
        assert_eq!(series.label(&name), Some("x"));
    }
}

#[test]
fn very_long_label_values() {
    let value = "v".repeat(100_000);
    for series in of([("a", &*value)]) {
        assert_eq!(series.label("a"), Some(&*value));
    }
}

#[test]
fn many_labels_per_series() {
    let names: Vec<String> = (0..200).map(|at| format!("label_{at}")).collect();
    for series in of(names.iter().map(|name| (&**name, "x"))) {
        assert_eq!(series.labels.len(), 203);
    }
}

/// `external_labels`: where a series has none of the name, in their place of the order.
#[test]
fn external_labels() {
    let set = AttributeSet::from([("region", "own"), ("z", "1")]);
    let batch = batch([gauge_of("g", [point(set, 1.0)]), histogram("h")]);
    for protocol in [meterport_remote_write::Protocol::V1, meterport_remote_write::Protocol::V2] {
        let write = sent_with(
            |builder| {
                builder
                    .protocol(protocol)
                    .external_label("region", "outer")
                    .external_label("cluster", "first")
                    .external_label("cluster", "eu-1")
                    .external_label("__replica__", "a")
                    .external_label("Zone", "1")
                    .external_label("le", "none")
            },
            &batch,
        );
        let names = ["Zone", "__name__", "__replica__", "cluster", "instance", "job", "le"];
        let series = write.named("g").next().unwrap();
        let found: Vec<_> = series.labels.iter().map(|label| &*label.0).collect();
        assert_eq!(found, [&names[..], &["region", "z"]].concat());
        assert_eq!((series.label("region"), series.label("cluster")), (Some("own"), Some("eu-1")));
        let bounds = write.named("h_bucket").map(|series| series.label("le").unwrap());
        assert_eq!(bounds.collect::<Vec<_>>(), ["5.0", "10.0", "+Inf"]);
    }
}
