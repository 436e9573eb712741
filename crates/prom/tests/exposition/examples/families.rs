//! Metrics that share a name, and types that names depend on.

use meterport_core::{AttributeSet, Metric, Resource, ResourceMetrics, Scope, ScopeMetrics};

use super::{Example, example};
use crate::make::{
    batch, buckets, counter, exponential, gauge, histogram, point, scopes, texts, up_down, value,
};
use crate::view::{bare, open_metrics, open_metrics_2, protobuf, text};
use crate::view::{untranslated, untranslated_but_escaped, verbatim};

pub(super) fn all() -> Vec<Example> {
    let (a, b) = (|| Scope::new("a"), || Scope::new("b"));
    let nameless = Scope::default;
    let hint = |metric: Metric, hint: &str| {
        metric.with_metadata(AttributeSet::from([("prometheus.type", hint)]))
    };
    let state = |name| point(texts([("mood", name)]), i64::from(name == "good"));
    let process = |name: &str| {
        ResourceMetrics::new(Resource::new([("service.name", name)])).with_scope(
            ScopeMetrics::new(Scope::default()).with_metric(gauge("up", "", [value(1)])),
        )
    };
    vec![
        example(
            "43-types-that-differ",
            scopes([
                (a(), vec![counter("x", "", [value(1)])]),
                (b(), vec![gauge("x_total", "", [value(2)])]),
            ]),
            [text(), open_metrics(), protobuf()],
        ),
        example(
            "44-helps-that-differ",
            scopes([
                (
                    a(),
                    vec![
                        gauge("x", "", [value(1)]).with_description("First."),
                        gauge("y", "", [value(1)]),
                    ],
                ),
                (b(), vec![gauge("x", "", [value(2)]).with_description("Second.")]),
            ]),
            [text(), open_metrics(), protobuf()],
        ),
        example(
            "45-units-that-differ",
            scopes([
                (nameless(), vec![counter("foo", "s", [value(1)])]),
                (nameless(), vec![counter("foo", "ms", [value(2)])]),
            ]),
            [text(), bare()],
        ),
        example(
            "59-names-that-meet-when-escaped",
            batch([
                gauge(
                    "foo.bar",
                    "",
                    [point(texts([("a.b", "1")]), 1), point(texts([("a_b", "1")]), 2)],
                ),
                gauge("foo_bar", "", [point(texts([("a.b", "2")]), 3)]),
            ]),
            [untranslated(), untranslated_but_escaped(), text()],
        ),
        example(
            "60-names-of-another-familys-samples",
            batch([
                gauge("h_count", "", [value(1)]),
                histogram("h", "", [buckets(1.0, &[1.0], &[1, 0])]),
                histogram("i", "", [buckets(1.0, &[1.0], &[1, 0])]),
                gauge("i_sum", "", [value(1)]),
                counter("c", "", [value(1)]),
                gauge("c", "", [value(2)]),
                gauge("c_created", "", [value(3)]),
            ]),
            [text(), open_metrics(), open_metrics_2()],
        ),
        example(
            "61-types-by-hint",
            batch([
                hint(gauge("unknown", "", [value(1)]), "unknown"),
                hint(up_down("build_info", "", [point(texts([("version", "1")]), 1)]), "info"),
                hint(up_down("mood", "", [state("good"), state("bad")]), "stateset"),
                hint(up_down("no_info_at_all", "", [value(2)]), "info"),
                hint(histogram("held", "", [buckets(-2.0, &[-1.0], &[1, 2])]), "gaugehistogram"),
                hint(exponential("native_held", 0, 0, &[3]), "gaugehistogram"),
            ]),
            [text(), open_metrics(), open_metrics_2(), protobuf()],
        ),
        example(
            "62-verbatim",
            batch([
                counter("http_requests", "By", [point(texts([("job", "x")]), 1)]),
                gauge("odd.name", "s", [value(2)]),
            ]),
            [verbatim()],
        ),
        example(
            "63-two-processes",
            [process("a"), process("b")].into_iter().collect(),
            [text(), crate::view::pushed()],
        ),
    ]
}
