use meterport_core::{AttributeSet, MetricData, Value};
use meterport_opentelemetry::RegistryMeterProvider;
use meterport_registry::Registry;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value as ApiValue};

fn series(registry: &Registry) -> Vec<AttributeSet> {
    let batch = registry.producer().build().collect();
    let metric = batch.metrics().next().unwrap();
    let MetricData::Sum(sum) = &metric.data else { panic!("{metric:?}") };
    sum.points.to_points().into_iter().map(|point| point.attributes).collect()
}

#[test]
fn every_kind_of_value_arrives() {
    let registry = Registry::new();
    let provider = RegistryMeterProvider::new(registry.clone());
    let counter = provider.meter("m").u64_counter("c").build();
    let strings = vec![StringValue::from("a"), StringValue::from("b")];
    let pairs = [
        KeyValue::new("array.bool", ApiValue::Array(Array::Bool(vec![true, false]))),
        KeyValue::new("bool", true),
        KeyValue::new("array.double", ApiValue::Array(Array::F64(vec![0.5]))),
        KeyValue::new("double", 0.25),
        KeyValue::new("array.int", ApiValue::Array(Array::I64(vec![7, 8]))),
        KeyValue::new("int", -1),
        KeyValue::new("array.string", ApiValue::Array(Array::String(strings))),
        KeyValue::new("string", "text"),
        KeyValue::new("int", 2),
    ];
    counter.add(1, &pairs);
    counter.add(1, &pairs);
    let expected: AttributeSet = [
        ("array.bool", Value::Array(vec![Value::Bool(true), Value::Bool(false)])),
        ("bool", Value::Bool(true)),
        ("array.double", Value::Array(vec![Value::Double(0.5)])),
        ("double", Value::Double(0.25)),
        ("array.int", Value::Array(vec![Value::Int(7), Value::Int(8)])),
        // The last of two counts.
        ("int", Value::Int(2)),
        ("array.string", Value::Array(vec![Value::String("a".into()), Value::String("b".into())])),
        ("string", Value::String("text".into())),
    ]
    .into_iter()
    .collect();
    assert_eq!(series(&registry), [expected]);
}

#[test]
fn a_scope_arrives_whole() {
    let registry = Registry::new();
    let provider = RegistryMeterProvider::new(registry.clone());
    let scope = InstrumentationScope::builder("library")
        .with_version("1.2.3")
        .with_schema_url("https://example.com/schema")
        .with_attributes([KeyValue::new("shard", 4)])
        .build();
    provider.meter_with_scope(scope.clone()).u64_counter("c").build().add(1, &[]);
    provider.meter_with_scope(scope).u64_counter("c").build().add(2, &[]);
    let batch = registry.producer().build().collect();
    let [scope] = &batch.resources()[0].scopes[..] else { panic!("{batch:?}") };
    assert_eq!((&*scope.scope.name, &*scope.scope.version), ("library", "1.2.3"));
    assert_eq!(&*scope.schema_url, "https://example.com/schema");
    assert_eq!(scope.scope.attributes, AttributeSet::from([("shard", 4)]));
    let points = batch.metrics().next().unwrap();
    let MetricData::Sum(sum) = &points.data else { panic!("{points:?}") };
    assert_eq!(sum.points.to_points()[0].value, 3u64.into());
}
