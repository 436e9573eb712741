//! Through a proxy: a tunnel for each connection. What a proxy can do wrong is tested for both
//! transports in `meterport-config`.

use meterport_otlp_grpc::{OtlpGrpcExporter, Proxy};
use meterport_testkit::{FakeCollector, FakeProxy};

use crate::export;

#[tokio::test]
async fn exports_share_a_tunnel() {
    let (proxy, collector) = (FakeProxy::start(), FakeCollector::start_grpc());
    proxy.route_to(collector.addr());
    let builder = OtlpGrpcExporter::builder().endpoint("http://collector.invalid:4317");
    let exporter = builder.proxy(Proxy::to(&proxy.url()).unwrap()).build().unwrap();
    for _ in 0..3 {
        assert_eq!(export(&exporter).await.unwrap().delivered, 1);
    }
    let lines: Vec<_> = proxy.requests().iter().map(|request| request.line.clone()).collect();
    assert_eq!(lines, ["CONNECT collector.invalid:4317 HTTP/1.1"]);
    assert_eq!(collector.requests().len(), 3);
}
