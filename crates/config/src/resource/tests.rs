use std::ffi::OsString;

use async_trait::async_trait;
use meterport_core::{
    Deadline, MetricBatch, MetricProducer, ProduceError, Resource, ResourceMetrics, Variables,
};

use super::{DetectedResource, Detector, ResourceBuilder};

fn variables(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
    |name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.into())
}

fn with(pairs: &'static [(&str, &str)]) -> ResourceBuilder {
    let lookup = variables(pairs);
    DetectedResource::builder().with_variables(&Variables::new(&lookup)).unwrap()
}

fn text(detected: &DetectedResource, key: &str) -> Option<String> {
    let value = detected.resource.attributes.get(key)?;
    Some(value.as_str().map_or_else(|| format!("{value:?}"), str::to_owned))
}

#[test]
fn the_service_has_a_name_whoever_gives_it() {
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=listed,service.version=1");
    let executable = std::env::current_exe().unwrap();
    let executable = executable.file_name().unwrap().to_str().unwrap();
    let default = format!("unknown_service:{executable}");
    type Pairs = &'static [(&'static str, &'static str)];
    let table: [(Pairs, Option<&str>, &str); 7] = [
        (&[], None, &default),
        (&[("OTEL_SERVICE_NAME", " ")], None, &default),
        (&[("OTEL_RESOURCE_ATTRIBUTES", "service.name=listed")], None, "listed"),
        (&[("OTEL_SERVICE_NAME", "named")], None, "named"),
        (
            &[("OTEL_SERVICE_NAME", "named"), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=listed")],
            None,
            "named",
        ),
        (&[("OTEL_SERVICE_NAME", "named")], Some("in code"), "in code"),
        (&[], Some("in code"), "in code"),
    ];
    for (environment, code, expected) in table {
        let mut builder = with(environment);
        if let Some(name) = code {
            builder = builder.service_name(name);
        }
        let detected = builder.build().unwrap();
        assert_eq!(text(&detected, "service.name").unwrap(), expected, "{environment:?} {code:?}");
    }
    let lookup = |name: &str| (name == attributes.0).then(|| attributes.1.into());
    let detected = DetectedResource::from_variables(&Variables::new(&lookup)).unwrap();
    assert_eq!(text(&detected, "service.version").unwrap(), "1");
}

#[test]
fn the_environment_wins_over_detectors_and_the_code_over_it() {
    let environment = &[("OTEL_RESOURCE_ATTRIBUTES", "process.pid=env,telemetry.sdk.name=env,x=y")];
    let detected = with(environment).attribute("x", 7).attribute("z", "z").build().unwrap();
    for (key, expected) in [("process.pid", "env"), ("telemetry.sdk.name", "env"), ("z", "z")] {
        assert_eq!(text(&detected, key).unwrap(), expected, "{key}");
    }
    let number = detected.resource.attributes.get("x").map(|value| value.to_value());
    assert_eq!(number, Some(7.into()));
}

#[test]
fn an_error_names_its_variable() {
    for (name, value, expected) in [
        ("OTEL_RESOURCE_ATTRIBUTES", "a=b,c", "OTEL_RESOURCE_ATTRIBUTES: has a part without `=`"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "token=%zz",
            "OTEL_RESOURCE_ATTRIBUTES: the value of `token` is not percent-encoded UTF-8",
        ),
    ] {
        let lookup = |asked: &str| (asked == name).then(|| value.into());
        let error = DetectedResource::from_variables(&Variables::new(&lookup)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_process_has_one_instance_id() {
    let id = |builder: ResourceBuilder| text(&builder.build().unwrap(), "service.instance.id");
    let drawn = id(DetectedResource::builder()).unwrap();
    assert_eq!(drawn.len(), 36);
    assert_eq!(id(DetectedResource::builder().service_name("other")).unwrap(), drawn);
    assert_eq!(
        id(with(&[("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=pod-1")])).unwrap(),
        "pod-1"
    );
    assert_eq!(id(DetectedResource::builder().without(Detector::ServiceInstance)), None);
}

#[test]
fn detectors_can_be_left_out() {
    let keys = |builder: ResourceBuilder| -> Vec<String> {
        let detected = builder.build().unwrap();
        detected.resource.attributes.iter().map(|(key, _)| key.to_owned()).collect()
    };
    let none = DetectedResource::builder()
        .without(Detector::Host)
        .without(Detector::Process)
        .without(Detector::ServiceInstance);
    let defaults =
        ["service.name", "telemetry.sdk.language", "telemetry.sdk.name", "telemetry.sdk.version"];
    assert_eq!(keys(none), defaults);
    let all = keys(DetectedResource::builder());
    for key in ["process.executable.name", "process.executable.path", "process.pid"] {
        assert!(all.iter().any(|known| known == key), "{key}");
    }
    assert_eq!(all.iter().any(|known| known == "host.arch"), !super::host::attributes().is_empty());
}

#[test]
fn the_schema_is_that_of_the_detectors_unless_said_otherwise() {
    let url = |builder: ResourceBuilder| builder.build().unwrap().schema_url.to_string();
    assert_eq!(url(DetectedResource::builder()), "https://opentelemetry.io/schemas/1.40.0");
    let own = DetectedResource::builder().schema_url("https://example.com/1");
    assert_eq!(url(own), "https://example.com/1");
}

#[derive(Debug)]
struct Source;

#[async_trait]
impl MetricProducer for Source {
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        let mut entry = ResourceMetrics::new(Resource::new([
            ("service.name", "of the source"),
            ("source.only", "kept"),
        ]));
        entry.resource.dropped_attributes_count = 2;
        Ok(entry.into())
    }
}

#[tokio::test]
async fn what_was_detected_lies_over_what_a_source_says() {
    let detected = DetectedResource::builder().service_name("shop").build().unwrap();
    let source = detected.on(Source);
    for _ in 0..2 {
        let batch = source.produce(Deadline::NONE).await.unwrap();
        let entry = &batch.resources()[0];
        let get = |key| entry.resource.attributes.get(key).map(|value| value.to_value());
        assert_eq!(get("service.name"), Some("shop".into()));
        assert_eq!(get("source.only"), Some("kept".into()));
        assert_eq!(
            get("service.instance.id"),
            detected.resource.attributes.get("service.instance.id").map(|id| id.to_value())
        );
        assert_eq!(entry.resource.dropped_attributes_count, 2);
        assert_eq!(entry.schema_url, detected.schema_url);
    }
}
