//! Servers that hang, drip, reset, close and are not there.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use meterport_core::{Component, Deadline, ErrorKind, RetryAdvice};
use meterport_net::{Endpoint, HttpClient, SendErrorKind, StaticHeaders};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use crate::peer::{Conn, Guard, Peer, post};

const LIMIT: Duration = Duration::from_secs(10);

fn deadline() -> Deadline {
    Deadline::after(Instant::now().into_std(), LIMIT)
}

/// Sends to a peer that has stopped moving once `ready` says so, and lets the clock run.
async fn stalled(
    http2: bool,
    script: impl Fn(&mut Conn<std::net::TcpStream>) + Clone + Send + 'static,
) {
    let mut peer = Peer::start(move |conn| {
        conn.request();
        script(conn);
        conn.until_closed();
    });
    let Ok(client) = peer.builder().http2(http2).build() else {
        assert!(http2, "HTTP/1.1 is always there");
        return;
    };
    let request = peer.post();
    let start = Instant::now();
    let deadline = deadline();
    let sending = tokio::spawn(async move { client.send(request, deadline).await });
    peer.received().await;
    // The peer moves no more than it has: from here on the clock runs whenever nothing does.
    tokio::time::pause();
    let error = sending.await.unwrap().unwrap_err();
    let late = start.elapsed() - LIMIT;
    assert!(late < Duration::from_millis(5), "{late:?} late");
    assert_eq!(error.kind(), SendErrorKind::DeadlineAfterSend);
    let error = error.into_export_error();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Timeout, RetryAdvice::Backoff));
    assert!(error.is_unconfirmed());
    assert_eq!(error.settled().attempts, 1);
    // The connection is not left open half-read.
    peer.closed(0).await;
}

#[tokio::test]
async fn a_server_that_never_answers_is_left_at_the_deadline() {
    let _guard = Guard::new();
    stalled(false, |_| {}).await;
}

#[tokio::test]
async fn a_server_that_never_greets_in_http2_is_left_at_the_deadline() {
    let _guard = Guard::new();
    // What ends the head of a request also ends the first line of HTTP/2's preface.
    stalled(true, |_| {}).await;
}

#[tokio::test]
async fn a_server_that_stops_in_its_answer_is_left_at_the_deadline() {
    let _guard = Guard::new();
    stalled(false, |conn| {
        conn.write(b"HTTP/1.1 200 OK\r\ncontent-le");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_stops_in_its_body_is_left_at_the_deadline() {
    let _guard = Guard::new();
    stalled(false, |conn| {
        conn.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drips_is_cut_by_the_whole_time_not_by_silence() {
    let _guard = Guard::new();
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    // In the middle of the head, and in the middle of the body.
    for seconds in [10, head.len() as u64 + 20] {
        // In the test's own runtime, under the test's own clock: a byte a second.
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            for byte in head.bytes().chain(std::iter::repeat(b'x')) {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let endpoint = Endpoint::parse("endpoint", &url, false).unwrap();
        let client = HttpClient::builder(&endpoint).build().unwrap();
        let (start, limit) = (Instant::now(), Duration::from_secs(seconds));
        let deadline = Deadline::after(start.into_std(), limit);
        let error = client.send(post(&url), deadline).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::DeadlineAfterSend);
        assert!(start.elapsed() - limit < Duration::from_millis(5));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_sending_may_have_delivered_and_the_next_one_is_new() {
    let _guard = Guard::new();
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde";
    for length in [0, 1, 9, 20, 38, answer.len() - 1] {
        let mut peer = Peer::start(move |conn| match conn.number {
            0 => {
                conn.request();
                conn.write(&answer[..length]);
            }
            _ => conn.serve(),
        });
        let client = peer.client();
        let error = client.send(peer.post(), Deadline::NONE).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::Broken, "after {length} bytes");
        let error = error.into_export_error();
        assert_eq!((error.kind(), error.advice()), (ErrorKind::Unavailable, RetryAdvice::Backoff));
        assert!(error.is_unconfirmed(), "after {length} bytes");
        assert!(client.send(peer.post(), Deadline::NONE).await.is_ok());
        assert_eq!(peer.all().len(), 2, "nothing is sent twice behind the caller's back");
    }
}

#[tokio::test]
async fn a_reset_is_a_broken_connection() {
    let _guard = Guard::new();
    // Closing with something unread resets.
    let peer = Peer::start(|conn| {
        conn.byte();
    });
    let body = vec![0; 4 * 1024 * 1024];
    let request = http::Request::post(peer.url()).body(body.into()).unwrap();
    let error = peer.client().send(request, Deadline::NONE).await.unwrap_err();
    assert_eq!((error.kind(), error.is_sent()), (SendErrorKind::Broken, true));
}

#[tokio::test]
async fn an_answer_that_comes_before_the_request_has_ended_is_read() {
    let _guard = Guard::new();
    let peer = Peer::start(|conn| {
        conn.byte();
        conn.answer("413 Too Large", "connection: close\r\n", b"no");
        conn.until_closed();
    });
    let body = vec![0; 16 * 1024 * 1024];
    let request = http::Request::post(peer.url()).body(body.into()).unwrap();
    let answer = peer.client().send(request, Deadline::NONE).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (413, &b"no"[..]));
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_found_later() {
    let _guard = Guard::new();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}/");
    let endpoint = Endpoint::parse("endpoint", &url, false).unwrap();
    let client = HttpClient::builder(&endpoint).build().unwrap();
    let error = client.send(post(&url), deadline()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_sent()), (SendErrorKind::Connect, false));
    let error = error.into_export_error().with_component(&endpoint.describe(Component::new("x")));
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Connect, RetryAdvice::Backoff));
    assert!(!error.is_unconfirmed());
    let text = error.to_string();
    assert!(text.contains(&address.to_string()) && text.contains("refused"), "{text}");

    let _peer = Peer::on(TcpListener::bind(address).unwrap(), Conn::serve);
    assert!(client.send(post(&url), deadline()).await.is_ok());
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_no_connection() {
    let _guard = Guard::new();
    let url = "http://nothing.invalid:4318/";
    let endpoint = Endpoint::parse("endpoint", url, false).unwrap();
    let client = HttpClient::builder(&endpoint).build().unwrap();
    let error = client.send(post(url), deadline()).await.unwrap_err();
    assert_eq!(error.kind(), SendErrorKind::Connect);
    assert!(error.to_string().contains("dns error"), "{error}");
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced_without_a_word() {
    let _guard = Guard::new();
    let mut peer = Peer::start(|conn| {
        conn.request();
        conn.answer("200 OK", "", b"");
    });
    let client = peer.client();
    for number in 0..20 {
        let answer = client.send(peer.post(), Deadline::NONE).await.unwrap();
        assert_eq!(answer.attempts, 1);
        peer.closed(number).await;
    }
}

#[test]
fn a_kept_connection_that_was_closed_unseen_is_replaced_without_a_word() {
    let _guard = Guard::new();
    let mut peer = Peer::start(|conn| {
        conn.request();
        conn.answer("200 OK", "", b"");
    });
    let client = peer.client();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let elsewhere = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for number in 0..20 {
        let answer = runtime.block_on(client.send(peer.post(), Deadline::NONE)).unwrap();
        assert_eq!(answer.attempts, 1);
        // The client's runtime stands still while the connection is closed.
        elsewhere.block_on(peer.closed(number));
    }
}

#[tokio::test]
async fn a_deadline_that_has_passed_sends_nothing() {
    let _guard = Guard::new();
    let mut peer = Peer::serving();
    let error = peer.client().send(peer.post(), Deadline::at(std::time::Instant::now())).await;
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (SendErrorKind::DeadlineBeforeSend, 0));
    let error = error.into_export_error();
    assert_eq!((error.kind(), error.is_unconfirmed()), (ErrorKind::Timeout, false));
    assert!(peer.all().is_empty());
}

/// A listener that takes no connections any more, because those it has wait to be accepted.
#[cfg(target_os = "linux")]
async fn full_listener() -> (tokio::net::TcpListener, Vec<tokio::net::TcpStream>) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_secs(1), tokio::net::TcpStream::connect(address)).await
    {
        waiting.push(stream);
    }
    (listener, waiting)
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn connecting_has_a_limit_of_its_own_below_the_deadline() {
    let _guard = Guard::new();
    let (listener, _waiting) = full_listener().await;
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let endpoint = Endpoint::parse("endpoint", &url, false).unwrap();
    let kinds = [
        (Some(Duration::from_secs(3)), SendErrorKind::Connect, 3),
        (None, SendErrorKind::DeadlineBeforeSend, 10),
    ];
    for (limit, kind, seconds) in kinds {
        let client = HttpClient::builder(&endpoint).connect_timeout(limit).build().unwrap();
        let start = Instant::now();
        let error = client.send(post(&url), deadline()).await.unwrap_err();
        assert_eq!((error.kind(), error.is_sent()), (kind, false), "{error}");
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[tokio::test]
async fn no_text_holds_a_secret() {
    let _guard = Guard::new();
    let peer = Peer::start(|conn| match conn.number {
        0 => {
            conn.request();
        }
        1 => {
            conn.request();
            conn.write(b"HTTP/1.1 200 OK\r\nset-cookie: SECRET\r\ncontent-length: 9\r\n\r\n");
        }
        2 => {
            conn.request();
            conn.write(b"SECRET\r\n\r\n");
        }
        _ => {
            conn.request();
            conn.answer("200 OK", "set-cookie: SECRET\r\n", b"SECRET");
        }
    });
    let url = format!("{}?token=SECRET", peer.url());
    let endpoint = Endpoint::parse("endpoint", &url, false).unwrap();
    let headers = StaticHeaders::new().with("authorization", "Bearer SECRET").unwrap();
    let builder = HttpClient::builder(&endpoint).hook(headers);
    let mut said = format!("{endpoint} {endpoint:?} {builder:?}");
    let client = builder.build().unwrap();
    said += &format!("{client:?}");
    for url in [&url[..], &url, &url, &url, "http://SECRET@h/", "ftp://h/?SECRET", "/SECRET"] {
        match client.send(post(url), Deadline::NONE).await {
            Ok(answer) => said += &format!("{answer:?}"),
            Err(error) => {
                said += &format!("{error} {error:?} ");
                let mut source = std::error::Error::source(&error);
                while let Some(cause) = source {
                    said += &format!("{cause} {cause:?} ");
                    source = cause.source();
                }
                let error = error.into_export_error();
                said += &format!("{error} {error:?} ");
            }
        }
    }
    assert!(said.contains("authorization") && said.contains("unavailable"));
    assert!(!said.contains("SECRET"), "{said}");
}
