use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;
use crate::FakeCollector;

fn ask(proxy: &FakeProxy, request: &str) -> String {
    let mut stream = TcpStream::connect(proxy.addr()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_proxy_tunnels_forwards_and_refuses() {
    let (proxy, collector) = (FakeProxy::start(), FakeCollector::start());
    proxy.route_to(collector.addr());
    let inner = "POST /in HTTP/1.1\r\nconnection: close\r\n\r\n";
    let tunnel = "CONNECT nowhere:1 HTTP/1.1\r\nHost: nowhere:1\r\n\r\n";
    let answer = ask(&proxy, &format!("{tunnel}{inner}"));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("HTTP/1.1 415"), "{answer}");
    let plain = "POST http://nowhere/out HTTP/1.1\r\nProxy-Authorization: x\r\n\
                 connection: close\r\n\r\n";
    assert!(ask(&proxy, plain).starts_with("HTTP/1.1 415"));
    proxy.reply(ProxyReply::Status(407));
    assert!(ask(&proxy, tunnel).starts_with("HTTP/1.1 407 "));
    proxy.reply(ProxyReply::Close);
    assert_eq!(ask(&proxy, tunnel), "");

    let requests = proxy.requests();
    assert_eq!(requests[0].line, "CONNECT nowhere:1 HTTP/1.1");
    assert_eq!(requests[1].header("proxy-authorization"), Some("x"));
    let arrived = collector.requests();
    assert_eq!((arrived[0].path.as_str(), arrived[1].path.as_str()), ("/in", "/out"));
    assert!(!arrived[1].headers.contains_key("proxy-authorization"));
}
