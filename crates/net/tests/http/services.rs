//! Services of one's own in place of the client's connections.

use std::convert::Infallible;
use std::future::{Future, Ready, pending, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use meterport_core::{Deadline, ErrorKind};
use meterport_net::{BoxError, HttpClient, RequestBody, SendErrorKind};
use tokio::time::Instant;
use tower_service::Service;

use crate::peer::post;

/// A service as a function, which is ready at the second time of asking.
#[derive(Clone)]
struct Answering<F>(F, bool);

impl<F, R, E> Service<Request<RequestBody>> for Answering<F>
where
    F: Fn(Request<RequestBody>) -> R,
    R: Future<Output = Result<Response<Full<Bytes>>, E>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = E;
    type Future = R;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), E>> {
        if std::mem::replace(&mut self.1, true) {
            return Poll::Ready(Ok(()));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&mut self, request: Request<RequestBody>) -> R {
        assert!(self.1, "called before it was ready");
        self.0(request)
    }
}

fn client<F, R, E>(answer: F) -> HttpClient
where
    F: Fn(Request<RequestBody>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Response<Full<Bytes>>, E>> + Send + 'static,
    E: Into<BoxError> + 'static,
{
    HttpClient::from_service(Answering(answer, false))
}

const URL: &str = "https://anything.example/";

#[tokio::test]
async fn a_service_is_given_the_whole_request() {
    type Answer = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send>>;
    let echo = client(|request: Request<RequestBody>| -> Answer {
        assert_eq!(request.uri(), URL);
        Box::pin(async move {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Ok(Response::new(Full::new(body)))
        })
    });
    for _ in 0..2 {
        let answer = echo.send(post(URL), Deadline::NONE).await.unwrap();
        assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b"the body"[..]));
    }
}

#[tokio::test]
async fn the_limit_holds_for_a_service_too() {
    let endless = client(|request: Request<RequestBody>| -> Ready<Result<_, Infallible>> {
        assert_eq!(request.into_body().into_bytes(), "the body");
        ready(Ok(Response::new(Full::new(vec![0; 4 * 1024 * 1024 + 1].into()))))
    });
    let error = endless.send(post(URL), Deadline::NONE).await.unwrap_err();
    assert_eq!(error.kind(), SendErrorKind::AnswerTooLarge { limit: 4 * 1024 * 1024 });
}

#[tokio::test(start_paused = true)]
async fn the_deadline_holds_for_a_service_too() {
    let deadline = || Deadline::after(Instant::now().into_std(), Duration::from_secs(10));
    type Never = std::future::Pending<Result<Response<Full<Bytes>>, Infallible>>;
    let untouched = client(|_| -> Never { pending() });
    let error = untouched.send(post(URL), deadline()).await.unwrap_err();
    assert_eq!(error.kind(), SendErrorKind::DeadlineBeforeSend);
    let touched = client(|request: Request<RequestBody>| -> Never {
        drop(request.into_body().into_bytes());
        pending()
    });
    let error = touched.send(post(URL), deadline()).await.unwrap_err();
    assert_eq!(error.kind(), SendErrorKind::DeadlineAfterSend);
    assert!(error.into_export_error().is_unconfirmed());
}

#[tokio::test]
async fn the_error_of_a_service_is_a_source_and_no_text() {
    let failing = client(|_| ready(Err("SECRET in an address")));
    let error = failing.send(post(URL), Deadline::NONE).await.unwrap_err();
    assert_eq!(error.to_string(), "connection broken: the transport failed");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "SECRET in an address");
    let error = error.into_export_error();
    assert_eq!((error.kind(), error.is_unconfirmed()), (ErrorKind::Unavailable, false));
    assert!(!error.to_string().contains("SECRET"));
}
