//! In a transport: every attempt is signed, over the bytes that are sent.

use std::time::{Duration, Instant};

use meterport_core::{Deadline, MetricExporter};
use meterport_otlp_http::OtlpHttpExporter;
use meterport_sigv4::{Credentials, SigV4};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{FakeCollector, within};

const GUARD: Duration = Duration::from_secs(30);

#[tokio::test]
async fn every_request_is_signed() {
    let collector = FakeCollector::start();
    let keys = Credentials::from_keys("AKIDEXAMPLE", "secret", Some("token".into()));
    let hook = SigV4::new("eu-central-1", SigV4::CLOUDWATCH, keys).unwrap();
    let exporter =
        OtlpHttpExporter::builder().endpoint(&*collector.url()).hook(hook).build().unwrap();
    let deadline = Deadline::after(Instant::now(), GUARD);
    for batch in [tagged("first", 1), tagged("second", 2)] {
        within(GUARD, exporter.export(&batch, deadline)).await.unwrap();
    }
    let requests = collector.requests();
    let signatures: Vec<_> = requests
        .iter()
        .map(|request| {
            assert_eq!(request.headers["x-amz-security-token"], "token");
            let signed = request.headers["authorization"].to_str().unwrap();
            let scope = "/eu-central-1/monitoring/aws4_request, \
                         SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=";
            signed.split_once(scope).expect(signed).1.to_owned()
        })
        .collect();
    assert_eq!(signatures.len(), 2);
    assert_ne!(signatures[0], signatures[1]);
}
