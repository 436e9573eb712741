//! Hooks: called for every attempt, told of a refusal, bounded by the deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, request};
use meterport_core::{Deadline, ErrorKind, RetryAdvice};
use meterport_net::{HookError, RequestHook, SendErrorKind, StaticHeaders};
use tokio::time::Instant;

use crate::peer::{Guard, Peer};

/// A token that is renewed on refusal, if it may be.
#[derive(Debug, Default)]
struct Token {
    prepared: AtomicU32,
    refusals: AtomicU32,
    stubborn: bool,
}

#[async_trait]
impl RequestHook for Token {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        body: &Bytes,
        _: Deadline,
    ) -> Result<(), HookError> {
        assert_eq!(body, "the body");
        self.prepared.fetch_add(1, Ordering::SeqCst);
        let token = HeaderValue::from(self.refusals.load(Ordering::SeqCst));
        assert!(parts.headers.insert("token", token).is_none(), "each attempt begins anew");
        // Framing is the client's.
        parts.headers.insert("content-length", HeaderValue::from_static("3"));
        parts.headers.insert("transfer-encoding", HeaderValue::from_static("chunked"));
        Ok(())
    }

    async fn refused(&self, status: StatusCode) -> bool {
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        self.refusals.fetch_add(1, Ordering::SeqCst);
        !self.stubborn
    }
}

/// Takes requests with `token: <valid>`, answers 401 to others.
fn guarded(valid: u32) -> Peer {
    Peer::start(move |conn| {
        while let Some(request) = conn.request() {
            let status = match request.head.contains(&format!("token: {valid}\r\n")) {
                true => "200 OK",
                false => "401 Unauthorized",
            };
            conn.answer(status, "", b"");
        }
    })
}

#[tokio::test]
async fn a_refusal_is_answered_once() {
    let _guard = Guard::new();
    // The token that is valid, whether the hook wants to go on; requests, status.
    let table = [(0, false, 1, 200), (1, false, 2, 200), (2, false, 2, 401), (1, true, 1, 401)];
    for (valid, stubborn, requests, status) in table {
        let mut peer = guarded(valid);
        let token = Arc::new(Token { stubborn, ..Token::default() });
        let client = peer.builder().hook(Arc::clone(&token)).build().unwrap();
        let answer = client.send(peer.post(), Deadline::NONE).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.attempts), (status, requests), "{token:?}");
        assert_eq!(token.prepared.load(Ordering::SeqCst), requests);
        let received = peer.all();
        assert_eq!(received.len() as u32, requests);
        for request in received {
            assert_eq!(request.body, b"the body");
            assert!(!request.head.contains("chunked"), "{}", request.head);
        }
    }
}

#[tokio::test]
async fn without_a_hook_a_refusal_is_an_answer() {
    let _guard = Guard::new();
    let peer = guarded(0);
    let answer = peer.client().send(peer.post(), Deadline::NONE).await.unwrap();
    assert_eq!((answer.status, answer.attempts), (StatusCode::UNAUTHORIZED, 1));
}

#[tokio::test]
async fn hooks_are_called_in_their_order() {
    let _guard = Guard::new();
    let mut peer = Peer::serving();
    let one = StaticHeaders::from_pairs([("a", "1"), ("b", "1")]).unwrap();
    let two = StaticHeaders::from_pairs([("b", "2"), ("host", "other.example")]).unwrap();
    let client = peer.builder().hook(one).hook(two).build().unwrap();
    client.send(peer.post(), Deadline::NONE).await.unwrap();
    let head = peer.received().await.head;
    assert!(head.contains("a: 1\r\n") && head.contains("b: 2\r\n"), "{head}");
    assert!(!head.contains("b: 1\r\n") && head.contains("host: other.example\r\n"), "{head}");
}

#[derive(Debug)]
enum Broken {
    Hangs,
    Permanently,
    ForNow,
    BadAddress,
}

#[async_trait]
impl RequestHook for Broken {
    async fn prepare(
        &self,
        parts: &mut request::Parts,
        _: &Bytes,
        _: Deadline,
    ) -> Result<(), HookError> {
        match self {
            Self::Hangs => std::future::pending().await,
            Self::Permanently => Err(HookError::permanent("no key\r\nfile")),
            Self::ForNow => Err(HookError::temporary("no token").with_source("down")),
            Self::BadAddress => {
                parts.uri = http::Uri::from_static("/relative");
                Ok(())
            }
        }
    }

    async fn refused(&self, _: StatusCode) -> bool {
        true
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_fails_or_hangs_sends_nothing() {
    let _guard = Guard::new();
    let table = [
        (
            Broken::Hangs,
            SendErrorKind::DeadlineBeforeSend,
            ErrorKind::Timeout,
            RetryAdvice::Backoff,
        ),
        (Broken::Permanently, SendErrorKind::Hook, ErrorKind::Config, RetryAdvice::Never),
        (Broken::ForNow, SendErrorKind::Hook, ErrorKind::Unavailable, RetryAdvice::Backoff),
        (Broken::BadAddress, SendErrorKind::InvalidRequest, ErrorKind::Config, RetryAdvice::Never),
    ];
    for (hook, sent, kind, advice) in table {
        let mut peer = Peer::serving();
        let client = peer.builder().hook(hook).build().unwrap();
        let deadline = Deadline::after(Instant::now().into_std(), Duration::from_secs(10));
        let error = client.send(peer.post(), deadline).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (sent, 0));
        assert!(!error.to_string().contains('\n'));
        let error = error.into_export_error();
        assert_eq!((error.kind(), error.advice()), (kind, advice));
        assert!(!error.is_unconfirmed() && peer.all().is_empty());
    }
}
