use super::*;
use crate::translation::{Rules, Strategy, Translation};

use MetricKind::{Counter, Gauge, Other};
use Rules::{Specification, Translator};
use Strategy::{
    NoTranslation as Raw, NoUtf8EscapingWithSuffixes as Utf8,
    UnderscoreEscapingWithSuffixes as Full, UnderscoreEscapingWithoutSuffixes as Bare,
};

fn check(
    (name, unit, kind): (&str, &str, MetricKind),
    strategy: Strategy,
    rules: Rules,
    expected: &str,
) {
    let translation = Translation::default().with_strategy(strategy).with_rules(rules);
    let found = metric_name(name, unit, kind, &translation).unwrap_or_default();
    assert_eq!(found, expected, "{name:?} in {unit:?}, {kind:?}, {strategy:?}, {rules:?}");
}

/// Metrics with their names by the translator's rules and the specification's.
#[test]
fn names_with_suffixes() {
    #[rustfmt::skip]
    let table = [
        (("foo.bar", "By", Counter),            "foo_bar_bytes_total", "foo_bar_bytes_total"),
        (("http.server.request.duration", "s", Other),
            "http_server_request_duration_seconds", "http_server_request_duration_seconds"),
        (("cpu.utilization", "1", Gauge),       "cpu_utilization_ratio", "cpu_utilization"),
        (("cpu.utilization.ratio", "1", Gauge), "cpu_utilization_ratio", "cpu_utilization_ratio"),
        (("items", "1", Counter),               "items_total", "items_total"),
        (("items", "1", Other),                 "items", "items"),
        (("queue.size", "{item}", Other),       "queue_size", "queue_size"),
        (("requests", "{request}/s", Counter),  "requests_per_second_total", "requests_per_second_total"),
        (("throughput", "By/s", Gauge),         "throughput_bytes_per_second", "throughput_bytes_per_second"),
        (("speed", "m/s", Gauge),               "speed_meters_per_second", "speed_meters_per_second"),
        (("x", "m/min", Gauge),                 "x_meters_per_min", "x_meters_per_minute"),
        (("total.requests", "", Counter),       "requests_total", "total_requests_total"),
        (("foo.seconds.bar", "s", Other),       "foo_seconds_bar", "foo_seconds_bar_seconds"),
        (("process.cpu.time_total", "s", Counter), "process_cpu_time_seconds_total", "process_cpu_time_total"),
        (("1st.metric", "", Gauge),             "_1st_metric", "_1st_metric"),
        (("subtotal", "", Counter),             "subtotal_total", "subtotal_total"),
        (("latency_milliseconds", "s", Other),  "latency_milliseconds_seconds", "latency_milliseconds_seconds"),
        (("disk.io", "kBy", Counter),           "disk_io_kBy_total", "disk_io_kilobytes_total"),
        (("cap", "TiBy", Gauge),                "cap_tibibytes", "cap_tebibytes"),
        (("_lead", "", Gauge),                  "lead", "_lead"),
        (("a__b", "", Gauge),                   "a_b", "a_b"),
        (("foo", "By/{req}", Counter),          "foo_bytes_total", "foo_bytes_total"),
        (("foo", "s{x}", Gauge),                "foo", "foo_seconds"),
        (("@#$%", "", Gauge),                   "", ""),
        (("@#$%", "s", Counter),                "", ""),
        (("", "s", Counter),                    "", ""),
        (("total", "", Counter),                "total", "total"),
        (("custom_metric", "unit@with#special/chars", Gauge),
            "custom_metric_unit_with_special_per_chars", "custom_metric_unit_with_special_per_chars"),
        (("metric__x", "unit__y", Gauge),       "metric_x_unit_y", "metric_x_unit_y"),
        (("m", "1/s", Gauge),                   "m_per_second", "m_per_second"),
        (("m", "By/", Gauge),                   "m_bytes", "m_bytes"),
        (("m", "_/_", Gauge),                   "m", "m"),
        (("ns:m", "", Gauge),                   "ns:m", "ns:m"),
    ];
    for (metric, translator, specification) in table {
        check(metric, Full, Translator, translator);
        if !metric.1.contains('_') {
            check(metric, Full, Specification, specification);
        }
    }
}

#[test]
fn names_in_utf8_with_suffixes() {
    #[rustfmt::skip]
    let table = [
        (("foo.bar", "By", Counter),              "foo.bar_bytes_total"),
        (("total.requests", "", Counter),         "total.requests_total"),
        (("foo.seconds.bar", "s", Other),         "foo.seconds.bar_seconds"),
        (("foo.seconds", "s", Other),             "foo.seconds"),
        (("process.cpu.time_total", "s", Counter),"process.cpu.time_seconds_total"),
        (("process.cpu.time.total", "s", Counter),"process.cpu.time_seconds_total"),
        (("1st.metric", "", Gauge),               "1st.metric"),
        (("subtotal", "", Counter),               "subtotal_total"),
        (("latency_milliseconds", "s", Other),    "latency_milliseconds_seconds"),
        (("cpu_usage_ratio", "1", Gauge),         "cpu_usage_ratio"),
        (("requêsts", "1/s", Counter),            "requêsts_per_second_total"),
        (("rate_per_second", "By/s", Counter),    "rate_bytes_per_second_total"),
        (("@#$%", "", Counter),                   "@#$%_total"),
        (("", "", Counter),                       ""),
    ];
    for (metric, expected) in table {
        check(metric, Utf8, Translator, expected);
    }
}

#[test]
fn names_without_suffixes() {
    #[rustfmt::skip]
    let table = [
        ("foo.bar",                "foo_bar",               "foo.bar"),
        ("_lead",                  "_lead",                 "_lead"),
        ("a__b",                   "a__b",                  "a__b"),
        ("metric@@##$$name",       "metric_name",           "metric@@##$$name"),
        ("1st.metric",             "_1st_metric",           "1st.metric"),
        ("process.cpu.time_total", "process_cpu_time_total","process.cpu.time_total"),
        ("@#$%",                   "",                      "@#$%"),
        ("",                       "",                      ""),
    ];
    for (name, bare, raw) in table {
        check((name, "By", Counter), Bare, Translator, bare);
        check((name, "By", Counter), Raw, Translator, raw);
        check((name, "By", Counter), Strategy::Verbatim, Translator, raw);
    }
}

#[test]
fn namespaces_stand_in_front() {
    let name = |strategy, namespace| {
        let translation = Translation::default().with_strategy(strategy).with_namespace(namespace);
        metric_name("1.requests", "1/s", Counter, &translation).unwrap()
    };
    assert_eq!(name(Full, "my@app"), "my_app_1_requests_per_second_total");
    assert_eq!(name(Bare, "my@app"), "my_app_1_requests");
    assert_eq!(name(Utf8, "my@app"), "my@app_1.requests_per_second_total");
    assert_eq!(name(Raw, ""), "1.requests");
}

#[test]
fn units_are_words() {
    #[rustfmt::skip]
    let table = [
        ("s", "seconds", "seconds"), ("ms", "milliseconds", "milliseconds"), ("%", "percent", "percent"),
        ("1", "", ""), ("", "", ""), ("{x}", "", ""), ("By/s", "bytes_per_second", "bytes_per_second"),
        ("1/m", "per_minute", "per_meter"), ("kBy", "kBy", "kilobytes"), ("s{x}", "", "seconds"),
        (" s ", "seconds", "seconds"), ("By/{x}", "bytes", "bytes"), ("°C", "C", "C"), ("a/b/c", "a_per_b_c", "a_per_b_c"),
    ];
    for (unit, translator, specification) in table {
        assert_eq!(unit_name(unit, Full, Translator), translator, "{unit:?}");
        assert_eq!(unit_name(unit, Full, Specification), specification, "{unit:?}");
    }
}

#[test]
fn attribute_keys_become_label_names() {
    #[rustfmt::skip]
    let table = [
        ("http.method", Some("http_method")), ("1a", Some("key_1a")), ("", None), ("...", None), ("_", Some("_")),
        ("a..b__c", Some("a_b_c")), ("a:b", Some("a_b")), ("_x", Some("_x")), ("__a", Some("_a")),
        ("__x.y__", Some("__x_y__")), ("____", None), ("é", None), ("éa", Some("_a")),
    ];
    for (key, expected) in table {
        assert_eq!(label_name(key, Full).ok().as_deref(), expected, "{key:?}");
        assert_eq!(label_name(key, Raw).ok().as_deref(), Some(key).filter(|key| !key.is_empty()));
    }
    for (key, expected) in
        [("name", true), ("schema.url", true), ("schema_url", true), ("x", false)]
    {
        assert_eq!(is_scope_field(key), expected);
    }
}
