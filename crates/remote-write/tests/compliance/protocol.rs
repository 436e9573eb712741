use std::sync::Arc;

use meterport_remote_write::Protocol;
use meterport_testkit::Received;

use super::fixture::*;

fn received() -> Arc<Received> {
    sent(&batch([gauge("g", 1.0)])).received
}

#[test]
fn content_type_protobuf() {
    let received = received();
    assert!(received.header("content-type").unwrap().starts_with("application/x-protobuf"));
}

#[test]
fn content_type_with_proto_param() {
    let expected = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
    assert_eq!(received().header("content-type"), Some(expected));
}

#[test]
fn content_encoding_snappy() {
    assert_eq!(received().header("content-encoding"), Some("snappy"));
}

#[test]
fn version_header_present() {
    assert!(received().header("x-prometheus-remote-write-version").is_some());
}

#[test]
fn version_header_value() {
    assert_eq!(received().header("x-prometheus-remote-write-version"), Some("2.0.0"));
}

#[test]
fn user_agent_present() {
    let agent = received().header("user-agent").unwrap().to_owned();
    assert!(agent.starts_with("meterport-remote-write/"), "{agent}");
    let write = sent_with(|builder| builder.user_agent_prefix("shop/2"), &batch([gauge("g", 1.0)]));
    let agent = write.received.header("user-agent").unwrap();
    assert!(agent.starts_with("shop/2 meterport-remote-write/"), "{agent}");
}

/// Frames begin with the bytes `ff 06 00 00 sNaPpY`.
#[test]
fn snappy_block_format() {
    let body = &received().body;
    assert!(!body.starts_with(b"\xff\x06\x00\x00sNaPpY"));
    assert!(snap_block(body).is_some());
}

fn snap_block(body: &[u8]) -> Option<usize> {
    // The block's first bytes are its length after decompression, as a varint.
    let (mut len, mut shift) = (0, 0);
    for byte in body {
        len |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(len);
        }
    }
    None
}

#[test]
fn protobuf_parseable() {
    let write = sent(&every_kind());
    assert_eq!(snap_block(&write.received.body), Some(write.raw_bytes));
    assert!(write.series.len() > 8);
}

#[test]
fn http_method() {
    assert_eq!(received().method, http::Method::POST);
    assert_eq!(received().path, "/api/v1/write");
}

/// "MUST NOT allow users to override reserved headers".
#[test]
fn reserved_headers() {
    let reserved = [
        "Accept-Encoding",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Type",
        "Host",
        "Keep-Alive",
        "Proxy-Authorization",
        "Transfer-Encoding",
        "User-Agent",
        "X-Prometheus-Remote-Write-Version",
    ];
    for name in reserved {
        let builder = meterport_remote_write::RemoteWriteExporter::builder();
        let built = builder.endpoint("localhost").header(name, "x").build();
        let error = built.expect_err(name).to_string();
        assert!(error.to_lowercase().contains(&name.to_lowercase()), "{error}");
    }
}

#[test]
fn tenant_and_other_headers() {
    let write = sent_with(
        |builder| builder.tenant("team-a").header("x-extra", "1").protocol(Protocol::V2),
        &batch([gauge("g", 1.0)]),
    );
    assert_eq!(write.received.header("x-scope-orgid"), Some("team-a"));
    assert_eq!(write.received.header("x-extra"), Some("1"));
}
