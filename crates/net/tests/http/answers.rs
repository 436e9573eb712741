//! Answers of every kind: redirects, encodings, and what is too large.

use http::StatusCode;
use meterport_compress::{Compression, Compressor};
use meterport_core::{Deadline, ErrorKind, RetryAdvice, Status};
use meterport_net::{Answer, SendError, SendErrorKind};

use crate::peer::{Guard, Peer};

const LIMIT: usize = 64 * 1024;

/// What the client makes of `bytes`, sent as an answer before the connection is closed.
async fn answer(bytes: Vec<u8>) -> Result<Answer, SendError> {
    let peer = Peer::start(move |conn| {
        if conn.request().is_some() {
            conn.write(&bytes);
        }
    });
    let client = peer.builder().response_limit(LIMIT).build().unwrap();
    client.send(peer.post(), Deadline::NONE).await
}

fn with_body(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn chunked(status: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\ntransfer-encoding: chunked\r\n\r\n").into_bytes();
    for chunk in body.chunks(10_000) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

fn compressed(compression: Compression, body: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(compression, body.len()).unwrap();
    compressor.write(body);
    compressor.finish().unwrap()
}

fn codecs() -> impl Iterator<Item = (Compression, &'static str)> {
    [Compression::GZIP, Compression::ZSTD]
        .into_iter()
        .filter(|compression| compression.available().is_ok())
        .map(|compression| (compression, compression.content_encoding().unwrap()))
}

#[tokio::test]
async fn the_request_arrives_as_it_is_and_asks_for_no_encoding() {
    let _guard = Guard::new();
    let mut peer = Peer::serving();
    let answer = peer.client().send(peer.post(), Deadline::NONE).await.unwrap();
    assert_eq!((answer.status, answer.attempts), (StatusCode::OK, 1));
    assert_eq!(answer.body, "the body");
    let request = peer.received().await;
    let mut lines: Vec<_> = request.head.lines().collect();
    lines.sort_unstable();
    let host = format!("host: {}", peer.address);
    assert_eq!(lines, ["", "POST /v1/metrics HTTP/1.1", "content-length: 8", &host]);
    assert_eq!(request.body, b"the body");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let _guard = Guard::new();
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Again", "308 There"] {
        let mut other = Peer::serving();
        let location = format!("location: {}\r\n", other.url());
        let answer = answer(with_body(status, &location, b"")).await.unwrap();
        assert!(answer.status.is_redirection());
        assert!(other.all().is_empty());
    }
}

#[tokio::test]
async fn the_limit_itself_is_read_and_one_byte_more_is_not() {
    let _guard = Guard::new();
    let body = vec![b'x'; LIMIT + 1];
    for whole in [with_body("200 OK", "", &body[1..]), chunked("200 OK", &body[1..])] {
        assert_eq!(answer(whole).await.unwrap().body.len(), LIMIT);
    }
    let endless = b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n".to_vec();
    for whole in [with_body("200 OK", "", &body), chunked("200 OK", &body), endless] {
        let error = answer(whole).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::AnswerTooLarge { limit: LIMIT });
        let error = error.into_export_error();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Response, RetryAdvice::Never));
        assert_eq!(error.status(), Some(Status::Http(200)));
        assert!(error.is_unconfirmed(), "the server has taken it");
    }
    let error = answer(chunked("503 Busy", &body)).await.unwrap_err().into_export_error();
    assert_eq!((error.advice(), error.is_unconfirmed()), (RetryAdvice::Never, false));
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_at_the_limit() {
    let _guard = Guard::new();
    let mut peer = Peer::start(|conn| {
        conn.request();
        conn.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        while conn.write(&[b"1000\r\n", &[b'x'; 0x1000][..], b"\r\n"].concat()) {}
    });
    let client = peer.builder().response_limit(LIMIT).build().unwrap();
    let error = client.send(peer.post(), Deadline::NONE).await.unwrap_err();
    assert_eq!(error.kind(), SendErrorKind::AnswerTooLarge { limit: LIMIT });
    peer.closed(0).await;
}

#[tokio::test]
async fn compressed_answers_are_read_without_having_been_asked_for() {
    let _guard = Guard::new();
    for (compression, encoding) in codecs() {
        let headers = format!("Content-Encoding: {}\r\n", encoding.to_uppercase());
        let body = compressed(compression, b"the answer");
        let answer = answer(with_body("200 OK", &headers, &body)).await.unwrap();
        assert_eq!(answer.body, "the answer");
        assert!(!answer.headers.contains_key("content-encoding"));
        assert!(!answer.headers.contains_key("content-length"));
    }
    let empty = with_body("204 No Content", "content-encoding: gzip\r\n", b"");
    assert_eq!(answer(empty).await.unwrap().body, "");
    let plain = with_body("200 OK", "content-encoding: identity\r\n", b"plain");
    assert_eq!(answer(plain).await.unwrap().body, "plain");
}

#[tokio::test]
async fn a_bomb_stops_at_the_limit_and_a_bomb_in_a_bomb_is_not_opened() {
    let _guard = Guard::new();
    for (compression, encoding) in codecs() {
        let bomb = compressed(compression, &vec![0; 1_000 * 1_024]);
        assert!(bomb.len() < LIMIT);
        let headers = format!("content-encoding: {encoding}\r\n");
        let error = answer(with_body("200 OK", &headers, &bomb)).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::AnswerTooLarge { limit: LIMIT });
        for nested in [
            format!("content-encoding: {encoding}, {encoding}\r\n"),
            format!("content-encoding: {encoding}\r\ncontent-encoding: {encoding}\r\n"),
        ] {
            let body = compressed(compression, &bomb);
            let error = answer(with_body("200 OK", &nested, &body)).await.unwrap_err();
            assert_eq!(error.kind(), SendErrorKind::Undecodable);
        }
    }
}

#[tokio::test]
async fn an_encoding_that_cannot_be_read_spoils_a_success_alone() {
    let _guard = Guard::new();
    for encoding in ["gzip", "zstd", "br", "\u{e4}"] {
        let headers = format!("content-encoding: {encoding}\r\n");
        let error = answer(with_body("200 OK", &headers, b"garbage")).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::Undecodable, "{encoding}");
        let error = error.into_export_error();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Response, RetryAdvice::Never));
        assert!(error.is_unconfirmed());
        let answer = answer(with_body("503 Busy", &headers, b"garbage")).await.unwrap();
        assert_eq!((answer.status, answer.body.len()), (StatusCode::SERVICE_UNAVAILABLE, 0));
    }
}

#[tokio::test]
async fn a_failure_whose_body_breaks_off_is_still_an_answer() {
    let _guard = Guard::new();
    let broken = b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 99\r\n\r\nslow do";
    let answer = answer(broken.to_vec()).await.unwrap();
    assert_eq!(answer.headers["retry-after"], "7");
    assert_eq!(answer.body, "slow do");
}

#[tokio::test]
async fn what_is_not_http_may_have_taken_the_request() {
    let _guard = Guard::new();
    for garbage in
        [&b"\x00\xff\x13\x37garbage\r\n\r\n"[..], b"HELLO\r\n\r\n", b"HTTP/9.9 200\r\n\r\n"]
    {
        let error = answer(garbage.to_vec()).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::NotHttp, "{garbage:?}");
        let error = error.into_export_error();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Unavailable, RetryAdvice::Backoff));
        assert!(error.is_unconfirmed());
    }
    let page = answer(with_body("200 OK", "content-type: text/html\r\n", b"<html>")).await.unwrap();
    assert_eq!(page.body, "<html>");
}

#[tokio::test]
async fn a_head_without_measure_is_refused() {
    let _guard = Guard::new();
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1024 * 1024));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(10_000));
    for head in [long, many] {
        let error = answer(head.into_bytes()).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::HeadTooLarge);
        let error = error.into_export_error();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Response, RetryAdvice::Never));
    }
    let mut flood = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000);
    flood.extend(with_body("200 OK", "", b"at last"));
    assert_eq!(answer(flood).await.unwrap().body, "at last");
}
