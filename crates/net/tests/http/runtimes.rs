//! One client in several runtimes, in none, and with futures dropped anywhere.

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use meterport_core::{Deadline, ErrorKind, RetryAdvice};
use meterport_net::{SendError, SendErrorKind};
use tokio::runtime::{Builder, Runtime};

use crate::peer::{Guard, Peer};

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn soon() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(20))
}

#[test]
fn the_second_runtime_sends_after_the_first_has_ended() {
    let _guard = Guard::new();
    for (first, second) in [(current_thread(), multi_thread()), (multi_thread(), current_thread())]
    {
        let peer = Peer::serving();
        let client = peer.client();
        first.block_on(client.send(peer.post(), soon())).unwrap();
        drop(first);
        second.block_on(client.send(peer.post(), soon())).unwrap();
    }
}

#[test]
fn the_second_runtime_sends_while_the_first_stands_still() {
    let _guard = Guard::new();
    let peer = Peer::serving();
    let client = peer.client();
    let first = current_thread();
    first.block_on(client.send(peer.post(), soon())).unwrap();
    current_thread().block_on(client.send(peer.post(), soon())).unwrap();

    // All threads of a runtime that has an idle connection are blocked by the application.
    let first = multi_thread();
    first.block_on(client.send(peer.post(), soon())).unwrap();
    let (release, blocked) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    first.spawn(async move {
        started.send(()).unwrap();
        let _ = blocked.recv();
    });
    running.recv().unwrap();
    current_thread().block_on(client.send(peer.post(), soon())).unwrap();
    drop(release);
}

#[test]
fn each_runtime_keeps_its_connection_and_their_number_is_bounded() {
    let _guard = Guard::new();
    let mut peer = Peer::start(|conn| {
        let number = conn.number;
        while conn.request().is_some() {
            conn.answer("200 OK", "", &[number as u8]);
        }
    });
    let client = peer.client();
    let connection = |runtime: &Runtime| {
        let answer = runtime.block_on(client.send(peer.post(), soon())).unwrap();
        answer.body[0]
    };
    let (a, b) = (current_thread(), current_thread());
    assert_eq!([&a, &b, &a, &b].map(connection), [0, 1, 0, 1]);
    // Four runtimes are kept; with the fifth the first has to go, and its connection is closed
    // once it runs again.
    let more = [current_thread(), current_thread(), current_thread()];
    for (number, runtime) in more.iter().enumerate() {
        assert_eq!(connection(runtime), 2 + number as u8);
    }
    a.block_on(peer.closed(0));
}

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn lacks_runtime(result: Poll<Result<meterport_net::Answer, SendError>>, word: &str) {
    let Poll::Ready(Err(error)) = result else { panic!("{result:?}") };
    assert_eq!(error.kind(), SendErrorKind::NoRuntime, "{error}");
    assert!(error.to_string().contains(word), "{error}");
    assert!(error.to_string().contains("reader of meterport-reader"), "{error}");
    let error = error.into_export_error();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::NoRuntime, RetryAdvice::Never));
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let _guard = Guard::new();
    let peer = Peer::serving();
    lacks_runtime(poll_once(peer.client().send(peer.post(), soon())), "outside a tokio runtime");
}

#[test]
fn a_runtime_without_timer_or_network_is_an_error_and_no_panic() {
    let _guard = Guard::new();
    let peer = Peer::serving();
    let bare = Builder::new_current_thread().build().unwrap();
    lacks_runtime(Poll::Ready(bare.block_on(peer.client().send(peer.post(), soon()))), "timer");
    let timer = Builder::new_current_thread().enable_time().build().unwrap();
    lacks_runtime(Poll::Ready(timer.block_on(peer.client().send(peer.post(), soon()))), "I/O");
}

#[tokio::test]
async fn a_request_that_is_cancelled_leaves_the_client_usable() {
    let _guard = Guard::new();
    let mut peer = Peer::start(|conn| match conn.number {
        0 => {
            conn.request();
            conn.until_closed();
        }
        _ => conn.serve(),
    });
    let client = peer.client();
    let sending = {
        let (client, request) = (client.clone(), peer.post());
        tokio::spawn(async move { client.send(request, Deadline::NONE).await })
    };
    peer.received().await;
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    peer.closed(0).await;
    assert!(client.send(peer.post(), soon()).await.is_ok());
}

#[test]
fn a_future_can_be_dropped_after_any_poll_and_outside_the_runtime() {
    let _guard = Guard::new();
    let mut peer = Peer::serving();
    let client = peer.client();
    let runtime = current_thread();
    for polls in 1.. {
        let mut sending = Box::pin(client.send(peer.post(), soon()));
        let ended = runtime.block_on(async {
            for _ in 0..polls {
                let mut once = false;
                let poll = std::future::poll_fn(|context| {
                    if std::mem::replace(&mut once, true) {
                        return Poll::Ready(Poll::Pending);
                    }
                    match sending.as_mut().poll(context) {
                        Poll::Pending => Poll::Pending,
                        ready => Poll::Ready(ready),
                    }
                });
                if let Poll::Ready(result) = poll.await {
                    return Some(result);
                }
            }
            None
        });
        // Here, where no runtime is.
        drop(sending);
        let answer = runtime.block_on(client.send(peer.post(), soon())).unwrap();
        assert_eq!(answer.body, "the body", "not what was left over from the one before");
        if let Some(result) = ended {
            result.unwrap();
            break;
        }
    }
    assert!(peer.all().iter().all(|request| request.body == b"the body"));
}

#[tokio::test]
async fn many_requests_at_once_do_not_mix() {
    let _guard = Guard::new();
    let peer = Peer::serving();
    let client = peer.client();
    let requests = (0..64_u32).map(|number| {
        let (client, url) = (client.clone(), peer.url());
        tokio::spawn(async move {
            let body = number.to_string();
            let request = http::Request::post(url).body(body.clone().into()).unwrap();
            assert_eq!(client.send(request, soon()).await.unwrap().body, body);
        })
    });
    for request in requests.collect::<Vec<_>>() {
        request.await.unwrap();
    }
}
