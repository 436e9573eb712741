//! What a gateway is told, and what its answers mean.

use std::time::{Duration, Instant};

use meterport_core::{
    AttributeSet, Deadline, DropReason, ErrorKind, Metric, MetricBatch, MetricExporter, Number,
    NumberPoint, Resource, ResourceMetrics, RetryAdvice, Scope, ScopeMetrics, Status, Sum,
    Temporality,
};
use meterport_prom_push::{
    AtShutdown, Compression, Format, PushMethod, PushgatewayBuilder, PushgatewayExporter,
};
use meterport_testkit::gateway::Group;
use meterport_testkit::{FakeGateway, Response};

fn counter(name: &str, value: i64) -> Metric {
    let point =
        NumberPoint::new(AttributeSet::from([("job", "mine"), ("k", "v")]), Number::I64(value));
    Metric::new(name.to_owned(), Sum::counter([point]))
}

fn batch(metrics: impl IntoIterator<Item = Metric>) -> MetricBatch {
    let mut scope = ScopeMetrics::new(Scope::default());
    scope.metrics.extend(metrics);
    ResourceMetrics::new(Resource::default()).with_scope(scope).into()
}

fn deltas() -> Metric {
    let point = |row: i64| NumberPoint::new(AttributeSet::from([("row", row)]), Number::I64(1));
    let sum = Sum { temporality: Temporality::Delta, ..Sum::counter([point(0), point(1)]) };
    Metric::new("deltas", sum)
}

fn exporter(
    gateway: &FakeGateway,
    set: impl FnOnce(PushgatewayBuilder) -> PushgatewayBuilder,
) -> PushgatewayExporter {
    let builder = PushgatewayExporter::builder("backup").endpoint(gateway.url());
    set(builder).build().expect("good settings")
}

fn soon() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(20))
}

fn kept(gateway: &FakeGateway) -> Vec<String> {
    gateway.groups().into_values().flatten().map(|sample| sample.text()).collect()
}

#[tokio::test]
async fn put_replaces_the_group_and_post_its_families() {
    let gateway = FakeGateway::start();
    let put = exporter(&gateway, |builder| builder);
    let post = exporter(&gateway, |builder| builder.method(PushMethod::Post));
    let push = async |exporter: &PushgatewayExporter, metrics: Vec<Metric>| {
        exporter.export(&batch(metrics), soon()).await.expect("pushed");
        kept(&gateway)
    };
    let line = |name: &str, value: &str| format!("{name}_total{{k=\"v\"}} {value}");
    let both = push(&put, vec![counter("a", 1), counter("b", 2)]).await;
    assert_eq!(both, [line("a", "1.0"), line("b", "2.0")]);
    assert_eq!(push(&post, vec![counter("b", 3)]).await, [line("a", "1.0"), line("b", "3.0")]);
    assert_eq!(push(&put, vec![counter("c", 4)]).await, [line("c", "4.0")]);
    put.delete(soon()).await.expect("deleted");
    assert!(gateway.groups().is_empty());
    put.delete(soon()).await.expect("nothing to delete is fine");
}

#[tokio::test]
async fn awkward_groups_arrive_as_they_are() {
    for value in ["", "/", ".", "..", "a b", "a+b", "100%", "größe", "?#", "//", "a\nb", "\\\""] {
        let gateway = FakeGateway::start();
        let exporter = PushgatewayExporter::builder(format!("job{value}"))
            .endpoint(gateway.url())
            .grouping("label", value)
            .build()
            .expect("good settings");
        exporter.export(&batch([counter("a", 1)]), soon()).await.expect("pushed");
        let group = Group::new([("job", &*format!("job{value}")), ("label", value)]);
        assert_eq!(gateway.groups().keys().collect::<Vec<_>>(), [&group]);
    }
}

#[tokio::test]
async fn the_request_is_what_a_gateway_reads() {
    let protobuf = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; \
        encoding=delimited";
    let text = "text/plain; version=0.0.4; charset=utf-8";
    for (format, content_type) in [(Format::Protobuf, protobuf), (Format::Text, text)] {
        let gateway = FakeGateway::start();
        let prefix = format!("{}/prefix", gateway.url());
        let builder = PushgatewayExporter::builder("j").endpoint(prefix).format(format);
        builder.build().unwrap().export(&batch([counter("a", 1)]), soon()).await.unwrap_err();
        let request = &gateway.server().requests()[0];
        assert_eq!(request.method, "PUT");
        assert_eq!(request.path, "/prefix/metrics/job/j");
        assert_eq!(request.header("content-type"), Some(content_type));
        assert!(request.header("user-agent").unwrap().starts_with("meterport-prom-push/"));
    }
}

#[tokio::test]
async fn what_has_no_form_is_in_the_books() {
    let gateway = FakeGateway::start();
    for format in [Format::Protobuf, Format::Text] {
        let exporter = exporter(&gateway, |builder| builder.format(format));
        let mixed = batch([counter("a", 1), deltas()]);
        for _ in 0..2 {
            let outcome = exporter.export(&mixed, soon()).await.expect("pushed");
            assert_eq!((outcome.delivered, outcome.dropped.of(DropReason::Unencodable)), (1, 2));
        }
        // Nothing is left: an empty PUT would clear the group.
        let error = exporter.export(&batch([deltas()]), soon()).await.unwrap_err();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Encode, RetryAdvice::Never));
        assert_eq!(kept(&gateway).len(), 1);
    }
}

#[tokio::test]
async fn the_gateways_words_are_in_the_error() {
    let words = "pushed metrics are invalid or inconsistent with existing metrics: a clash";
    let table = [
        (Response::new(400).body(format!("{words}\n")), ErrorKind::Rejected, RetryAdvice::Never),
        (Response::new(401).body(words), ErrorKind::Rejected, RetryAdvice::Never),
        (Response::new(413).body(words), ErrorKind::Rejected, RetryAdvice::Never),
        (Response::new(301).body(words), ErrorKind::Rejected, RetryAdvice::Never),
        (Response::new(429).body(words), ErrorKind::Throttled, RetryAdvice::Backoff),
        (Response::new(500).body(words), ErrorKind::Unavailable, RetryAdvice::Backoff),
        (
            Response::new(503).body(words).header("retry-after", "7"),
            ErrorKind::Unavailable,
            RetryAdvice::After(Duration::from_secs(7)),
        ),
    ];
    for (response, kind, advice) in table {
        let gateway = FakeGateway::start();
        let code = response.code;
        gateway.server().default_reply(response.into());
        let exporter = exporter(&gateway, |builder| builder.at_shutdown(AtShutdown::Delete));
        let pushed = exporter.export(&batch([counter("a", 1)]), soon()).await.unwrap_err();
        let deleted = exporter.delete(soon()).await.unwrap_err();
        for error in [pushed, deleted] {
            assert_eq!((error.kind(), error.advice()), (kind, advice), "{code}");
            assert_eq!(error.status(), Some(Status::Http(code)));
            assert!(error.to_string().contains(words), "{error}");
        }
    }
    // Where the gateway does not look before it takes.
    let gateway = FakeGateway::start();
    gateway.server().default_reply(Response::new(202).into());
    let exporter = exporter(&gateway, |builder| builder);
    assert!(exporter.export(&batch([counter("a", 1)]), soon()).await.is_ok());
}

#[tokio::test]
async fn a_shutdown_does_what_was_chosen() {
    for (what, fails, expected) in [
        (AtShutdown::Nothing, false, ["PUT"].as_slice()),
        (AtShutdown::Nothing, true, &["PUT"]),
        (AtShutdown::Push, false, &["PUT"]),
        (AtShutdown::Push, true, &["PUT", "PUT"]),
        (AtShutdown::Delete, false, &["PUT", "DELETE"]),
    ] {
        let gateway = FakeGateway::start();
        if fails {
            gateway.server().script([Response::new(503).into()]);
        }
        let exporter = exporter(&gateway, |builder| builder.at_shutdown(what));
        let pushed = exporter.export(&batch([counter("a", 1)]), soon()).await;
        assert_eq!(pushed.is_err(), fails);
        for _ in 0..2 {
            exporter.shutdown(soon()).await.expect("it ends");
        }
        let requests = gateway.server().requests();
        let methods: Vec<_> = requests.iter().map(|request| request.method.as_str()).collect();
        assert_eq!(methods, expected, "{what:?}");
        let is_kept = what == AtShutdown::Push || (what == AtShutdown::Nothing && !fails);
        assert_eq!(!kept(&gateway).is_empty(), is_kept, "{what:?}");
        let late = exporter.delete(soon()).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::Shutdown);
    }
}

#[test]
fn blocking_code_can_push_too() {
    let gateway = FakeGateway::start();
    let exporter = exporter(&gateway, |builder| builder);
    let metrics = batch([counter("a", 1)]);
    assert_eq!(exporter.push_blocking(&metrics, soon()).expect("pushed").delivered, 1);
    exporter.delete_blocking(soon()).expect("deleted");
    assert!(gateway.groups().is_empty());
    // Inside a runtime, which it blocks.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { exporter.push_blocking(&metrics, soon()) }).expect("pushed");
    assert_eq!(kept(&gateway).len(), 1);
    exporter.shutdown_blocking(soon()).expect("it ends");
    let late = exporter.push_blocking(&metrics, soon()).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Shutdown);
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let error = |set: fn(PushgatewayBuilder) -> PushgatewayBuilder| {
        set(PushgatewayExporter::builder("j")).build().unwrap_err().to_string()
    };
    assert_eq!(PushgatewayExporter::builder("").build().unwrap_err().setting(), "job");
    assert_eq!(error(|it| it.grouping("job", "x")), "grouping: the label job is the job's name");
    assert_eq!(
        error(|it| it.format(Format::OpenMetrics1)),
        "format: a Pushgateway does not read OpenMetrics 1.0.0"
    );
    let zstd = "compression: a Pushgateway does not read zstd";
    assert_eq!(error(|it| it.compression(Compression::ZSTD)), zstd);
    assert!(error(|it| it.endpoint("http://user:pw@x")).starts_with("endpoint: "));
    assert!(error(|it| it.header("content-length", "5")).contains("content-length"));
}
