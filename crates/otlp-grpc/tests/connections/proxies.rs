//! Through a proxy: a tunnel for each connection, and who refused it.

use meterport_core::ErrorKind;
use meterport_otlp_grpc::{OtlpGrpcExporter, Proxy};
use meterport_testkit::proxy::ProxyReply;
use meterport_testkit::{FakeCollector, FakeProxy};

use crate::export;

fn exporter(proxy: &FakeProxy) -> OtlpGrpcExporter {
    let builder = OtlpGrpcExporter::builder().endpoint("http://collector.invalid:4317");
    builder.proxy(Proxy::to(&proxy.url()).unwrap()).build().unwrap()
}

#[tokio::test]
async fn exports_share_a_tunnel() {
    let (proxy, collector) = (FakeProxy::start(), FakeCollector::start_grpc());
    proxy.route_to(collector.addr());
    let exporter = exporter(&proxy);
    for _ in 0..3 {
        assert_eq!(export(&exporter).await.unwrap().delivered, 1);
    }
    let lines: Vec<_> = proxy.requests().iter().map(|request| request.line.clone()).collect();
    assert_eq!(lines, ["CONNECT collector.invalid:4317 HTTP/1.1"]);
    assert_eq!(collector.requests().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_the_proxys_and_nothing_was_sent() {
    let proxy = FakeProxy::start();
    for (reply, says) in [
        (ProxyReply::Status(407), "it asks for credentials, and its address has none"),
        (ProxyReply::Status(502), "502"),
        (ProxyReply::Close, "proxy"),
    ] {
        proxy.reply(reply);
        let error = export(&exporter(&proxy)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
        assert!(!error.is_unconfirmed());
        let text = error.to_string();
        assert!(text.contains(&proxy.url()) && text.contains(says), "{text}");
    }
}
