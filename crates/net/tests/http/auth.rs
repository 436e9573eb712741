//! Authentication over the wire: what a server refuses is replaced once, in the same call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use meterport_core::{Deadline, ErrorKind, RetryAdvice};
use meterport_net::auth::{Basic, Token, TokenAuth};
use meterport_net::{HookError, SendErrorKind};

use crate::peer::{Guard, Peer};

/// Takes requests with this line in their head, answers 401 to others.
fn guarded(line: &'static str) -> Peer {
    Peer::start(move |conn| {
        while let Some(request) = conn.request() {
            let status = match request.head.contains(line) {
                true => "200 OK",
                false => "401 Unauthorized",
            };
            conn.answer(status, "www-authenticate: Bearer\r\n", b"");
        }
    })
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_in_the_same_call() {
    let _guard = Guard::new();
    let peer = guarded("authorization: Bearer token-2\r\n");
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let hook = TokenAuth::from_fn(move || {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok(Token::new(format!("token-{number}"))) }
    });
    let client = peer.builder().hook(hook).build().unwrap();
    // The requests it takes: the second call has the good token from the first.
    for attempts in [2, 1] {
        let answer = client.send(peer.post(), Deadline::NONE).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.attempts), (200, attempts));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_source_that_fails_after_a_refusal_is_the_error_of_the_call() {
    let _guard = Guard::new();
    let peer = guarded("never\r\n");
    let first = AtomicU32::new(0);
    let hook = TokenAuth::from_fn(move || {
        let is_first = first.fetch_add(1, Ordering::SeqCst) == 0;
        async move { if is_first { Ok(Token::new("old")) } else { Err(HookError::temporary("down")) } }
    });
    let client = peer.builder().hook(hook).build().unwrap();
    let error = client.send(peer.post(), Deadline::NONE).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (SendErrorKind::Hook, 1));
    let error = error.into_export_error();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, "down"));
    assert!(matches!(error.advice(), RetryAdvice::After(_)) && !error.is_unconfirmed());
}

#[tokio::test]
async fn a_password_is_sent_once_and_a_refusal_is_the_answer() {
    let _guard = Guard::new();
    let basic = || Basic::new("Aladdin", "open sesame").unwrap();
    let right = guarded("authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
    for (peer, status) in [(right, 200), (guarded("never\r\n"), 401)] {
        let client = peer.builder().hook(basic()).build().unwrap();
        let answer = client.send(peer.post(), Deadline::NONE).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.attempts), (status, 1));
    }
}
