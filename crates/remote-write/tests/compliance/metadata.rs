use meterport_core::Metric;

use super::fixture::*;

/// Type, help and unit of the first series of that name.
fn of(metric: Metric, name: &str) -> (i32, String, String) {
    let write = sent(&batch([metric]));
    write.named(name).next().unwrap().metadata.clone().unwrap_or_default()
}

#[test]
fn metadata_type_counter() {
    assert_eq!(of(counter("c", 1.0), "c_total").0, 1);
}

#[test]
fn metadata_type_gauge() {
    assert_eq!(of(gauge("g", 1.0), "g").0, 2);
}

#[test]
fn metadata_type_histogram() {
    for name in ["h_bucket", "h_sum", "h_count"] {
        assert_eq!(of(histogram("h"), name).0, 3);
    }
    assert_eq!(of(exponential("e"), "e").0, 3);
}

#[test]
fn metadata_type_summary() {
    let write = sent(&every_kind());
    for name in ["summary", "summary_sum", "summary_count"] {
        assert_eq!(write.named(name).next().unwrap().metadata.as_ref().unwrap().0, 5);
    }
}

#[test]
fn metadata_type_info() {
    let write = sent(&every_kind());
    assert_eq!(write.named("target_info").next().unwrap().metadata.as_ref().unwrap().0, 6);
}

#[test]
fn metadata_help_text() {
    assert_eq!(of(gauge("g", 1.0).with_description("What it is."), "g").1, "What it is.");
}

#[test]
fn metadata_unit() {
    assert_eq!(of(gauge("g", 1.0).with_unit("s"), "g_seconds").2, "seconds");
}

#[test]
fn metadata_help_with_newlines() {
    assert_eq!(of(gauge("g", 1.0).with_description("a\nb"), "g").1, "a\nb");
}

#[test]
fn metadata_help_with_special_chars() {
    let text = "a\\b \"q\" größe 🚀";
    assert_eq!(of(gauge("g", 1.0).with_description(text), "g").1, text);
}

#[test]
fn metadata_help_refs_valid() {
    let write = sent(&every_kind());
    assert_eq!(
        write.named("gauge_seconds").next().unwrap().metadata.as_ref().unwrap().1,
        "A gauge"
    );
}

#[test]
fn metadata_consistent_across_series() {
    let points = (0..10).map(|at| point([("at", at.to_string())], 1.0));
    let write = sent(&batch([gauge_of("g", points).with_description("Same")]));
    let expected = Some((2, "Same".to_owned(), String::new()));
    assert!(write.named("g").all(|series| series.metadata == expected));
}

#[test]
fn metadata_empty_help_allowed() {
    assert_eq!(of(gauge("g", 1.0), "g"), (2, String::new(), String::new()));
}
