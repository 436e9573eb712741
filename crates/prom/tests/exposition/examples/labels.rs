//! Labels.

use meterport_core::{Metric, Resource, Scope, Summary, SummaryPoint, SummaryValue, Value};

use super::{Example, example};
use crate::make::{
    attributes, batch, batch_of, buckets, counter, gauge, histogram, point, scopes, texts, value,
};
use crate::view::{open_metrics, protobuf, pushed, text, untranslated_but_escaped, utf8};

pub(super) fn all() -> Vec<Example> {
    let reserved = |mut histogram_point: meterport_core::HistogramPoint| {
        histogram_point.attributes = texts([("le", "x"), ("quantile", "y")]);
        histogram_point
    };
    let quantile = SummaryPoint::new(
        texts([("le", "x"), ("quantile", "y")]),
        SummaryValue { count: 1, sum: 2.0, quantiles: Vec::new() },
    );
    let summary = Metric::new("s", Summary { points: [quantile].into_iter().collect() });
    let typed = attributes([
        ("", "nothing".into()),
        ("1a", 1.into()),
        ("b", true.into()),
        ("c", 1.5.into()),
        ("d", Value::Array(vec![1.into(), "x".into()])),
        ("e", Value::Bytes(vec![0xff, 0x00])),
        ("f", f64::INFINITY.into()),
        ("g", Value::Map(vec![("k".into(), f64::NAN.into())])),
    ]);
    let hostile = texts([("a", "1\"} 2\nb 3 # {"), ("b", "\\"), ("c", "\t\r\u{200b}é"), ("d", "")]);
    let mut attributed = Scope::new("m").with_version("1.2");
    attributed.attributes = texts([("name", "x"), ("schema.url", "y"), ("short_name", "mine")]);
    let resource = Resource::new(texts([
        ("host.name", "h"),
        ("service.instance.id", "i"),
        ("service.name", "a"),
        ("service.namespace", "n"),
    ]));
    let metric = || counter("foo", "", [value(1)]);
    let order = texts([("A", "1"), ("Zed", "2"), ("_x", "3"), ("job", "4")]);
    vec![
        example(
            "19-keys-that-collide",
            batch([gauge("m", "", [point(texts([("C/D", "Y"), ("C.D", "Z")]), 1)])]),
            [text(), utf8(), untranslated_but_escaped()],
        ),
        example(
            "20-typed-values",
            batch([gauge("m", "", [point(typed, 1)])]),
            [text(), protobuf()],
        ),
        example(
            "21-reserved-names",
            batch([
                histogram("h", "", [reserved(buckets(1.0, &[1.0], &[1, 0]))]),
                summary,
                gauge(
                    "g",
                    "",
                    [point(texts([("__name__", "z"), ("le", "x"), ("quantile", "y")]), 1)],
                ),
            ]),
            [text(), open_metrics()],
        ),
        example(
            "22-attributes-beside-the-scope",
            scopes([(
                Scope::new("m"),
                vec![
                    gauge("dots", "", [point(texts([("otel.scope.name", "u")]), 1)]),
                    gauge("same", "", [point(texts([("otel_scope_name", "u")]), 1)]),
                ],
            )]),
            [text(), utf8()],
        ),
        example(
            "23-scope-attributes",
            scopes([(attributed, vec![metric()])]),
            [text(), open_metrics()],
        ),
        example(
            "46-resource",
            batch_of(resource, [(Scope::default(), vec![metric()])]),
            [text(), open_metrics(), protobuf(), pushed()],
        ),
        example("47-empty-resource", batch([metric()]), [text(), open_metrics(), pushed()]),
        example("48-order", batch([gauge("m", "", [point(order, 1)])]), [text()]),
        example(
            "51-hostile-values",
            batch([gauge("m", "", [point(hostile, 1)])]),
            [text(), open_metrics(), protobuf()],
        ),
    ]
}
