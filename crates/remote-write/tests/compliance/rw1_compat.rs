use std::time::Duration;

use meterport_remote_write::Protocol;
use meterport_testkit::FakeReceiver;

use super::fixture::*;

/// Who wants 1.0 gets it at once, without a request of 2.0 before.
#[test]
fn remote_write1_configuration() {
    let receiver = FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder.protocol(Protocol::V1));
    (0..2).for_each(|_| drop(export(&exporter, &batch([gauge("g", 1.0)])).unwrap()));
    let versions: Vec<_> = receiver.writes().iter().map(|write| write.version).collect();
    assert_eq!(versions, [1, 1]);
    assert_eq!(receiver.server().requests().len(), 2);
}

#[test]
fn rw1_version_header() {
    let write = sent_v1(&batch([gauge("g", 1.0)]));
    assert_eq!(write.received.header("x-prometheus-remote-write-version"), Some("0.1.0"));
}

#[test]
fn rw1_content_type() {
    let write = sent_v1(&batch([gauge("g", 1.0)]));
    assert_eq!(write.received.header("content-type"), Some("application/x-protobuf"));
}

#[test]
fn rw1_samples_encoding() {
    let write = sent_v1(&batch([gauge("g", 1.5), counter("c", 7.0)]));
    for (name, value) in [("g", 1.5), ("c_total", 7.0)] {
        let series = write.named(name).next().unwrap();
        assert_eq!((series.samples[0].value, series.samples[0].timestamp), (value, AT_MS));
    }
}

#[test]
fn rw1_labels_encoding() {
    let write = sent_v1(&batch([gauge("g", 1.5)]));
    let labels = [("__name__", "g"), ("a", "b"), ("instance", "one:80"), ("job", "demo")];
    let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(write.named("g").next().unwrap().labels, labels);
}

/// They are classic ones instead, at powers of two.
#[test]
fn rw1_no_native_histograms() {
    let write = sent_v1(&batch([exponential("e")]));
    assert!(write.series.iter().all(|series| series.histograms.is_empty()));
    let buckets: Vec<_> = write
        .named("e_bucket")
        .map(|series| (series.label("le").unwrap(), series.samples[0].value))
        .collect();
    assert_eq!(buckets.last(), Some(&("+Inf", 28.0)));
    assert!(buckets.contains(&("1.0", 18.0)) && buckets.contains(&("2.0", 22.0)), "{buckets:?}");
    assert_eq!(write.named("e_count").next().unwrap().samples[0].value, 28.0);
    // Custom buckets are native histograms.
    let custom = sent_with(
        |builder| builder.protocol(Protocol::V1).custom_buckets(true),
        &batch([histogram("h")]),
    );
    assert_eq!(custom.named("h_bucket").count(), 3);
}

#[test]
fn rw1_no_start_timestamp() {
    let write = sent_v1(&every_kind());
    let samples = write.series.iter().flat_map(|series| &series.samples);
    assert!(samples.into_iter().all(|sample| sample.start_timestamp == 0));
}

/// In requests of their own, once in an interval, and at once for what is new.
#[test]
fn rw1_metadata_handling() {
    let receiver = FakeReceiver::start();
    let interval = Some(Duration::from_secs(3_600));
    let set = |builder: meterport_remote_write::RemoteWriteBuilder| {
        builder.protocol(Protocol::V1).metadata_interval(interval)
    };
    let exporter = exporter(&receiver, set);
    let one = batch([counter("c", 1.0).with_description("Help").with_unit("By")]);
    export(&exporter, &one).unwrap();
    export(&exporter, &one.bare()).unwrap();
    export(
        &exporter,
        &batch([counter("c", 1.0).with_description("Help").with_unit("By"), gauge("g", 1.0)]),
    )
    .unwrap();
    let writes = receiver.writes();
    let shape: Vec<_> =
        writes.iter().map(|one| (one.series.is_empty(), one.metadata.len())).collect();
    assert_eq!(shape, [(false, 0), (true, 2), (false, 0), (false, 0), (true, 1)]);
    let found = |at: usize| {
        let of = |one: &meterport_testkit::remote_write::messages::MetricMetadata| {
            (one.metric_family_name.clone(), one.r#type, one.help.clone(), one.unit.clone())
        };
        writes[at].metadata.iter().map(of).collect::<Vec<_>>()
    };
    let owned = |(name, kind, help, unit): (&str, i32, &str, &str)| {
        (name.to_owned(), kind, help.to_owned(), unit.to_owned())
    };
    let first = [("target_info", 6, "Target metadata", ""), ("c_bytes_total", 1, "Help", "bytes")];
    assert_eq!(found(1), first.map(owned));
    assert_eq!(found(4), [("g", 2, "", "")].map(owned));
}

/// A receiver that wants no metadata still has the points.
#[test]
fn rw1_metadata_refused() {
    let receiver = FakeReceiver::start();
    let answers =
        [meterport_testkit::Response::new(204), meterport_testkit::Response::new(400).body("no")];
    receiver.server().script(answers.map(Into::into));
    let set = |builder: meterport_remote_write::RemoteWriteBuilder| {
        builder.protocol(Protocol::V1).metadata_interval(Some(Duration::from_secs(60)))
    };
    let outcome = export(&exporter(&receiver, set), &batch([gauge("g", 1.0)])).unwrap();
    assert_eq!(outcome.delivered, 1);
    assert!(outcome.message.unwrap().starts_with("metadata: "));
}

#[test]
fn rw1_symbol_table_not_used() {
    assert!(sent_v1(&every_kind()).symbols.is_empty());
}
