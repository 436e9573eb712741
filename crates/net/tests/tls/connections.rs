//! Time, runtimes, addresses and proxies of secured connections.

use std::net::{Ipv4Addr, TcpListener};
use std::pin::pin;
use std::task::Poll;

use hyper::rt::{Read, ReadBuf, Write};
use meterport_net::{Connector, Proxy};
use meterport_testkit::{FakeProxy, proxy::ProxyReply};
use tokio::time::Instant;
use tower_service::Service;

use super::*;

#[tokio::test]
async fn a_handshake_that_hangs_ends_by_the_connect_timeout() {
    // The system takes the connection, and nobody ever reads it.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let authority = Authority::new("authority");
    let limit = Duration::from_secs(3);
    let client = builder(&url).connect_timeout(Some(limit)).tls(trusting(&authority));
    let client = client.build().unwrap();
    tokio::time::pause();
    let start = Instant::now();
    let text = refused(send(&client, &url).await);
    assert!(text.contains("not connected within 3s"), "{text}");
    assert_eq!(start.elapsed().as_secs(), 3);
}

#[tokio::test]
async fn a_server_that_closes_in_the_handshake_is_no_connection() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::io::Read::read(&mut stream.unwrap(), &mut [0; 4096]).unwrap();
        }
    });
    let client = builder(&url).tls(trusting(&Authority::new("authority"))).build().unwrap();
    let text = refused(send(&client, &url).await);
    assert!(text.contains("closed the connection in the handshake"), "{text}");
}

#[test]
fn a_client_can_be_used_from_one_runtime_and_then_from_another() {
    let authority = Authority::new("authority");
    let collector = FakeCollector::start_tls(&ServerTls::new(&good(&authority)));
    let (client, url) = (client(&collector, trusting(&authority)), collector.url());
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    for _ in 0..2 {
        assert_eq!(first.block_on(send(&client, &url)).unwrap(), ANSWERED);
    }
    // The first one stands still, then it has ended.
    assert_eq!(runtime().block_on(send(&client, &url)).unwrap(), ANSWERED);
    drop(first);
    assert_eq!(runtime().block_on(send(&client, &url)).unwrap(), ANSWERED);
    assert_eq!(collector.connections(), 3, "a connection for each runtime, kept while it lives");
}

#[tokio::test]
async fn a_connector_keeps_the_name_when_it_is_pinned_to_an_address() {
    let authority = Authority::new("authority");
    let server = ServerTls::new(&authority.issue(Leaf::server(["collector.invalid"])));
    let collector = FakeCollector::start_tls(&server);
    let endpoint = Endpoint::parse("endpoint", "https://collector.invalid", false).unwrap();
    let connector = Connector::builder(&endpoint).tls(trusting(&authority)).build().unwrap();
    let mut connector = connector.pinned(collector.addr());
    let connection = connector.call(endpoint.uri().clone()).await.unwrap();
    let mut connection = pin!(connection);
    let request = b"POST / HTTP/1.1\r\nconnection: close\r\n\r\n";
    let written = std::future::poll_fn(|context| connection.as_mut().poll_write(context, request));
    assert_eq!(written.await.unwrap(), request.len());
    std::future::poll_fn(|context| connection.as_mut().poll_flush(context)).await.unwrap();
    let mut bytes = [0; 16];
    let mut answer = ReadBuf::new(&mut bytes);
    std::future::poll_fn(|context| {
        let read = connection.as_mut().poll_read(context, answer.unfilled());
        if read.is_ready() { read } else { Poll::Pending }
    })
    .await
    .unwrap();
    assert!(answer.filled().starts_with(b"HTTP/1.1"), "{:?}", answer.filled());
}

#[tokio::test]
async fn a_tunnel_through_a_proxy_carries_tls_to_the_endpoint() {
    let authority = Authority::new("authority");
    let server = ServerTls::new(&authority.issue(Leaf::server(["collector.invalid"])));
    let (collector, proxy) = (FakeCollector::start_tls(&server), FakeProxy::start());
    proxy.route_to(collector.addr());
    let url = "https://collector.invalid/v1/metrics";
    let address = proxy.url().replace("http://", "http://user:pass%20word@");
    let through = Proxy::to(&address).unwrap();
    let client = builder(url).tls(trusting(&authority)).proxy(through.clone()).build().unwrap();
    assert_eq!(send(&client, url).await.unwrap(), ANSWERED);
    let asked = proxy.requests();
    assert_eq!(asked[0].line, "CONNECT collector.invalid:443 HTTP/1.1");
    assert_eq!(asked[0].header("host"), Some("collector.invalid:443"));
    assert_eq!(asked[0].header("proxy-authorization"), Some("Basic dXNlcjpwYXNzIHdvcmQ="));
    let arrived = collector.requests();
    assert!(!arrived[0].headers.contains_key("proxy-authorization"));

    // The proxy vouches for nobody.
    let stranger = builder(url).tls(trusting(&Authority::new("authority"))).proxy(through.clone());
    let text = refused(send(&stranger.build().unwrap(), url).await);
    assert!(text.contains("no TLS with collector.invalid: the server's certificate is"), "{text}");

    let name = format!("proxy {}: ", proxy.url());
    let client = || builder(url).tls(trusting(&authority)).proxy(through.clone()).build().unwrap();
    for (reply, what) in [
        (ProxyReply::Status(407), "it refuses the credentials of its address (HTTP 407)"),
        (ProxyReply::Status(503), "it does not connect to collector.invalid:443: HTTP 503 As told"),
        (ProxyReply::Close, "it closed the connection without an answer"),
        (ProxyReply::Garbage, "what answers there is no HTTP proxy"),
    ] {
        proxy.reply(reply);
        let text = refused(send(&client(), url).await);
        assert!(text.contains(&format!("{name}{what}")), "{text}");
        assert!(!text.contains("pass") && !text.contains("dXNl"), "{text}");
    }
}

#[tokio::test]
async fn a_proxy_may_speak_tls_itself() {
    let authority = Authority::new("authority");
    // What forwards is a collector here: it answers what it is asked, which is enough to see.
    let proxy = FakeCollector::start_tls(&ServerTls::new(&good(&authority)));
    let through = Proxy::to(&proxy.url().replace("https://", "https://user:word@")).unwrap();
    let url = "http://collector.invalid/v1/metrics";
    let client = builder(url).tls(trusting(&authority)).proxy(through.clone()).build().unwrap();
    assert_eq!(send(&client, url).await.unwrap(), ANSWERED);
    let asked = proxy.requests();
    assert_eq!(asked[0].path, url);
    assert!(asked[0].headers.contains_key("proxy-authorization"));

    let stranger = builder(url).tls(trusting(&Authority::new("authority"))).proxy(through);
    let text = refused(send(&stranger.build().unwrap(), url).await);
    assert!(text.contains("no TLS with 127.0.0.1: the server's certificate"), "{text}");
}
