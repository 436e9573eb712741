//! Proxies by both protocols: in code and by the variables, with and without TLS behind them.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use meterport_config::{OtlpBuilder, OtlpExporter, Protocol, Proxy, Tls};
use meterport_core::{
    Deadline, ErrorKind, ExportError, MetricExporter, Outcome, RetryAdvice, Variables,
};
use meterport_testkit::proxy::ProxyReply;
use meterport_testkit::workload::Workload;
use meterport_testkit::{Authority, FakeCollector, FakeProxy, Leaf, ServerTls, within};

const GUARD: Duration = Duration::from_secs(30);
const BOTH: [Protocol; 2] = [Protocol::HttpProtobuf, Protocol::Grpc];

/// Only the proxy knows where that is.
const HOST: &str = "receiver.invalid";

async fn export(builder: OtlpBuilder) -> Result<Outcome, ExportError> {
    // What fails is not sent again.
    let exporter = builder.build_transport().unwrap();
    let deadline = Deadline::after(Instant::now(), GUARD);
    within(GUARD, exporter.export(&Workload::mixed(3).batch(0), deadline)).await
}

fn by_variables(builder: OtlpBuilder, variables: &[(&str, &str)]) -> OtlpBuilder {
    let lookup =
        |name: &str| variables.iter().find(|set| set.0 == name).map(|set| OsString::from(set.1));
    builder.with_variables(&Variables::new(&lookup)).unwrap()
}

#[tokio::test]
async fn what_is_sent_by_a_proxy_arrives_and_credentials_stay_with_the_proxy() {
    let authority = Authority::new("servers");
    let server = ServerTls::new(&authority.issue(Leaf::server([HOST])));
    let forwarded = format!("POST http://{HOST}:4318/v1/metrics HTTP/1.1");
    let tunnel = format!("CONNECT {HOST}:4318 HTTP/1.1");
    // HTTP/1.1 in the clear is forwarded; what a proxy cannot understand goes through a tunnel.
    let table = [
        (Protocol::HttpProtobuf, "http", FakeCollector::start(), &forwarded),
        (Protocol::HttpProtobuf, "https", FakeCollector::start_tls(&server), &tunnel),
        (Protocol::Grpc, "http", FakeCollector::start_grpc(), &tunnel),
        (Protocol::Grpc, "https", FakeCollector::start_grpc_tls(&server), &tunnel),
    ];
    for (protocol, scheme, collector, asked) in table {
        let proxy = FakeProxy::start();
        proxy.route_to(collector.addr());
        let address = proxy.url().replace("http://", "http://user:hunter2@");
        let builder = || {
            OtlpExporter::builder()
                .protocol(protocol)
                .endpoint(format!("{scheme}://{HOST}:4318"))
                .tls(Tls::new().ca_pem(authority.certificate_pem()))
        };
        let variable = format!("{scheme}_proxy");
        let no_such = [("all_proxy", "http://nobody.invalid:1")];
        let ways = [
            builder().proxy(Proxy::to(&address).unwrap()),
            by_variables(builder(), &[(&variable, &address), no_such[0]]),
            by_variables(builder().proxy(Proxy::to(&address).unwrap()), &no_such),
        ];
        for (way, builder) in ways.into_iter().enumerate() {
            let what = format!("{protocol:?} {scheme} {way}");
            let debug = format!("{builder:?}");
            assert!(!debug.contains("hunter2"), "{debug}");
            let outcome = export(builder).await.unwrap();
            assert_eq!((outcome.delivered, outcome.attempts), (3, 1), "{what}");
            let request = proxy.requests().pop().unwrap();
            assert_eq!(&request.line, asked, "{what}");
            assert_eq!(request.header("proxy-authorization"), Some("Basic dXNlcjpodW50ZXIy"));
            let received = collector.requests().pop().unwrap();
            assert!(!received.headers.contains_key("proxy-authorization"), "{what}");
        }
        assert_eq!((proxy.requests().len(), collector.requests().len()), (3, 3));
    }
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_no_connection_and_is_named() {
    let faults = [
        (ProxyReply::Status(407), "its address has none (HTTP 407)"),
        (ProxyReply::Status(403), "HTTP 403"),
        (ProxyReply::Status(502), "HTTP 502"),
        (ProxyReply::Close, ""),
        (ProxyReply::Garbage, ""),
    ];
    for protocol in BOTH {
        let proxy = FakeProxy::start();
        for (reply, words) in &faults {
            proxy.reply(reply.clone());
            let builder = OtlpExporter::builder().protocol(protocol);
            let builder = builder.endpoint(format!("https://{HOST}"));
            let error = export(builder.proxy(Proxy::to(&proxy.url()).unwrap())).await.unwrap_err();
            let what = format!("{protocol:?} {reply:?}: {error}");
            let (kind, advice) = (ErrorKind::Connect, RetryAdvice::Backoff);
            assert_eq!((error.kind(), error.advice()), (kind, advice), "{what}");
            assert!(!error.is_unconfirmed(), "{what}");
            assert!(error.message().contains(&format!("proxy {}: ", proxy.url())), "{what}");
            assert!(error.message().contains(words), "{what}");
        }
        assert_eq!(proxy.requests().len(), faults.len(), "each was asked once: {protocol:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_hangs_is_cut_by_the_time_to_connect() {
    for protocol in BOTH {
        let proxy = FakeProxy::start();
        proxy.reply(ProxyReply::Hang);
        let builder = OtlpExporter::builder()
            .protocol(protocol)
            .endpoint(format!("https://{HOST}"))
            .connect_timeout(Some(Duration::from_secs(3)))
            .proxy(Proxy::to(&proxy.url()).unwrap());
        tokio::time::pause();
        let error = export(builder).await.unwrap_err();
        tokio::time::resume();
        assert_eq!(error.kind(), ErrorKind::Connect, "{protocol:?}: {error}");
        assert!(error.message().contains("within 3s"), "{protocol:?}: {error}");
    }
}
