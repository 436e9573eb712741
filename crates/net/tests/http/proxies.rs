//! Requests that go by way of a proxy, without TLS.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Context;
use std::time::Duration;

use http::Request;
use hyper::rt::{Read, ReadBuf, Write};
use meterport_core::{Deadline, ErrorKind, RetryAdvice};
use meterport_net::{
    ConnectErrorKind, Connector, Endpoint, HttpClient, HttpClientBuilder, Proxy, SendErrorKind,
};
use meterport_testkit::proxy::ProxyReply;
use meterport_testkit::{FakeCollector, FakeProxy, within};
use tower_service::Service;

const URL: &str = "http://collector.invalid/v1/metrics?a=b";
const PATIENCE: Duration = Duration::from_secs(30);

fn endpoint() -> Endpoint {
    Endpoint::parse("endpoint", URL, false).unwrap()
}

fn builder(proxy: &FakeProxy) -> HttpClientBuilder {
    let address = proxy.url().replace("http://", "http://user:hunter2@");
    HttpClient::builder(&endpoint()).proxy(Proxy::to(&address).unwrap())
}

async fn send(client: &HttpClient) -> Result<u16, meterport_net::SendError> {
    let request = Request::post(URL).body("the body".into()).unwrap();
    Ok(within(PATIENCE, client.send(request, Deadline::NONE)).await?.status.as_u16())
}

#[tokio::test]
async fn a_request_is_forwarded_whole_and_the_credentials_stay_with_the_proxy() {
    let (proxy, collector) = (FakeProxy::start(), FakeCollector::start());
    proxy.route_to(collector.addr());
    let client = builder(&proxy).build().unwrap();
    // What the collector says of a body that it does not know.
    assert_eq!(send(&client).await.unwrap(), 415);
    let asked = &proxy.requests()[0];
    assert_eq!(asked.line, format!("POST {URL} HTTP/1.1"));
    assert_eq!(asked.header("host"), Some("collector.invalid"));
    assert_eq!(asked.header("proxy-authorization"), Some("Basic dXNlcjpodW50ZXIy"));
    let arrived = collector.requests();
    assert_eq!(arrived[0].path, "/v1/metrics?a=b");
    assert_eq!(arrived[0].body, "the body");
    assert!(!arrived[0].headers.contains_key("proxy-authorization"));
    assert!(!format!("{client:?} {:?}", builder(&proxy)).contains("hunter2"));
}

#[tokio::test]
async fn what_the_proxy_refuses_was_not_sent() {
    let proxy = FakeProxy::start();
    proxy.reply(ProxyReply::Status(407));
    let error = send(&builder(&proxy).build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_sent()), (SendErrorKind::Connect, false));
    let text = format!("{error} {error:?}");
    let name = format!("proxy {}: it refuses the credentials", proxy.url());
    assert!(text.contains(&name) && !text.contains("hunter2"), "{text}");
    let error = error.into_export_error();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Connect, RetryAdvice::Backoff));

    let without = HttpClient::builder(&endpoint()).proxy(Proxy::to(&proxy.url()).unwrap());
    let text = send(&without.build().unwrap()).await.unwrap_err().to_string();
    assert!(text.contains("it asks for credentials, and its address has none"), "{text}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = Proxy::to(&format!("http://user:hunter2@{gone}")).unwrap();
    let client = HttpClient::builder(&endpoint()).proxy(proxy).build().unwrap();
    let error = send(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.is_sent()), (SendErrorKind::Connect, false));
    let text = error.to_string();
    assert!(text.contains(&format!("proxy http://{gone}: no connection")), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn http2_goes_through_a_tunnel_since_no_proxy_forwards_it() {
    let (proxy, collector) = (FakeProxy::start(), FakeCollector::start());
    proxy.route_to(collector.addr());
    let through = Proxy::to(&proxy.url()).unwrap();
    for http2 in [true, false] {
        let connector = Connector::builder(&endpoint()).http2(http2).proxy(through.clone());
        let mut connector = connector.build().unwrap();
        assert_eq!(within(PATIENCE, connector.resolve()).await.unwrap(), []);
        let connection = within(PATIENCE, connector.call(endpoint().uri().clone())).await.unwrap();
        let mut connection = pin!(connection);
        let request = b"POST / HTTP/1.1\r\nconnection: close\r\n\r\n";
        let write = poll_fn(|cx| connection.as_mut().poll_write(cx, request));
        assert_eq!(write.await.unwrap(), request.len());
        let mut bytes = [0; 16];
        let mut answer = ReadBuf::new(&mut bytes);
        while answer.filled().len() < 8 {
            let read = |cx: &mut Context<'_>| connection.as_mut().poll_read(cx, answer.unfilled());
            within(PATIENCE, poll_fn(read)).await.unwrap();
        }
        assert!(answer.filled().starts_with(b"HTTP/1.1"), "{:?}", answer.filled());
        // The name is the proxy's to resolve, unless an address was chosen here.
        assert_eq!(proxy.requests().pop().unwrap().line, "CONNECT collector.invalid:80 HTTP/1.1");
        let mut pinned = connector.pinned("192.0.2.1:99".parse().unwrap());
        within(PATIENCE, pinned.call(endpoint().uri().clone())).await.unwrap();
        assert_eq!(proxy.requests().pop().unwrap().line, "CONNECT 192.0.2.1:99 HTTP/1.1");
    }
}

#[tokio::test]
async fn a_proxy_that_hangs_is_given_up_by_the_connect_timeout() {
    let proxy = FakeProxy::start();
    proxy.reply(ProxyReply::Hang);
    let limit = Duration::from_secs(3);
    let connector = Connector::builder(&endpoint()).connect_timeout(Some(limit));
    let mut connector = connector.proxy(Proxy::to(&proxy.url()).unwrap()).build().unwrap();
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    let error = connector.call(endpoint().uri().clone()).await.unwrap_err();
    assert_eq!((error.kind(), start.elapsed().as_secs()), (ConnectErrorKind::Timeout, 3));
}

#[test]
fn a_proxy_that_cannot_be_used_is_an_error_for_those_who_would_use_it() {
    let lookup = |name: &str| (name == "https_proxy").then(|| "ftp://u:hunter2@proxy".into());
    let proxy = Proxy::from_variables(&meterport_core::Variables::new(&lookup)).unwrap();
    HttpClient::builder(&endpoint()).proxy(proxy.clone()).build().unwrap();
    let secure = Endpoint::parse("endpoint", "https://collector.invalid", false).unwrap();
    let Err(error) = Connector::builder(&secure).proxy(proxy.clone()).build() else {
        panic!("it should not be built");
    };
    assert!(!format!("{error} {proxy:?}").contains("hunter2"), "{error}");
}
