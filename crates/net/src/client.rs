use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, Request, StatusCode, request};
use meterport_core::Deadline;

use crate::runtime::{Passed, Timer, notice_closed_connections};
use crate::{
    Answer, Endpoint, HttpClientBuilder, HttpService, Payload, RESPONSE_LIMIT, RequestBody,
    RequestHook, RequestHooks, SendError, SendErrorKind, answer,
};

/// Sends requests, each within its deadline. Clones share their connections.
///
/// - Redirects are answers like any other, never followed.
/// - An answer is limited, declared or not, before and after decompression. No `Accept-Encoding`
///   is sent; a server that compresses all the same (or is asked to by the caller's own header)
///   is read with the codecs that are compiled in.
/// - A kept connection that the server has closed in the meantime is replaced without a word if
///   nothing had been sent over it.
/// - It can be used from several tokio runtimes, at once or in turn: each has connections of its
///   own.
/// - Dropping the future of [`send`](Self::send) cancels the request and closes its connection.
///
/// ```no_run
/// # async fn send() -> Result<(), Box<dyn std::error::Error>> {
/// use meterport_core::Deadline;
/// use meterport_net::{Endpoint, HttpClient, StaticHeaders};
///
/// let endpoint = Endpoint::parse("endpoint", "http://localhost:4318/v1/metrics", false)?;
/// let client = HttpClient::builder(&endpoint)
///     .hook(StaticHeaders::new().with("api-key", "secret")?)
///     .build()?;
/// let request = http::Request::post(endpoint.uri()).body("body".into())?;
/// let answer = client.send(request, Deadline::NONE).await?;
/// assert!(answer.status.is_success());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpClient(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) transport: Arc<dyn HttpService>,
    pub(crate) response_limit: usize,
    pub(crate) hooks: RequestHooks,
    pub(crate) refusal: fn(&Answer) -> bool,
}

/// Whether an answer over HTTP refuses the credentials.
pub(crate) fn unauthorized(answer: &Answer) -> bool {
    answer.status == StatusCode::UNAUTHORIZED
}

impl HttpClient {
    /// Begins a client for `endpoint`.
    pub fn builder(endpoint: &Endpoint) -> HttpClientBuilder {
        HttpClientBuilder::default().endpoint(endpoint)
    }

    /// A client on a service of one's own, with the default limit and no hooks;
    /// [`HttpClientBuilder::service`] sets more.
    pub fn from_service(service: impl HttpService) -> Self {
        Self::new(Inner {
            transport: Arc::new(service),
            response_limit: RESPONSE_LIMIT,
            hooks: RequestHooks::new(),
            refusal: unauthorized,
        })
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Sends `request`, whose address is absolute, and reads the answer, all by `deadline`.
    ///
    /// On 401 (or what else [`HttpClientBuilder::refusal`] says) the hooks are asked; if one of
    /// them wants so, the request is prepared again and sent once more.
    ///
    /// # Errors
    /// There is no answer, or it is a success that could not be read; see [`SendErrorKind`].
    /// Never panics, also where there is no tokio runtime.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        deadline: Deadline,
    ) -> Result<Answer, SendError> {
        self.send_payload(request.map(Payload::from), deadline).await
    }

    /// [`send`](Self::send) for protocols with something in front of the bytes.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_payload(
        &self,
        request: Request<Payload>,
        deadline: Deadline,
    ) -> Result<Answer, SendError> {
        let (parts, payload) = request.into_parts();
        let timer = Timer::new(deadline)?;
        check(&parts)?;
        let mut attempts = 0;
        loop {
            let mut head = parts.clone();
            match timer.bound(self.0.hooks.prepare(&mut head, &payload.bytes, deadline)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(SendError::from_hook(error).with_attempts(attempts)),
                Err(Passed) => return Err(SendError::deadline(false).with_attempts(attempts)),
            }
            check(&head)?;
            attempts += 1;
            let answer = self.attempt(head, payload.clone(), timer).await;
            let answer = answer.map_err(|error| error.with_attempts(attempts))?;
            let refused = attempts == 1 && (self.0.refusal)(&answer);
            if !refused || !matches!(timer.bound(self.refused()).await, Ok(true)) {
                return Ok(Answer { attempts, ..answer });
            }
        }
    }

    async fn refused(&self) -> bool {
        self.0.hooks.refused(StatusCode::UNAUTHORIZED).await
    }

    async fn attempt(
        &self,
        mut head: request::Parts,
        payload: Payload,
        timer: Timer,
    ) -> Result<Answer, SendError> {
        // The length is the client's to say: a wrong one would make the next request part of this
        // one's body.
        head.headers.remove(CONTENT_LENGTH);
        head.headers.remove(TRANSFER_ENCODING);
        let (body, touched) = RequestBody::new(payload);
        notice_closed_connections().await;
        let exchange = self.0.transport.exchange(Request::from_parts(head, body));
        match timer.bound(exchange).await {
            Ok(Ok(response)) => answer::read(response, self.0.response_limit, timer).await,
            Ok(Err(error)) => Err(SendError::from_service(error, touched.get())),
            Err(Passed) => Err(SendError::deadline(touched.get())),
        }
    }
}

fn check(parts: &request::Parts) -> Result<(), SendError> {
    let problem = match parts.uri.authority() {
        None => "its address is not absolute",
        Some(_) if parts.uri.scheme().is_none() => "its address is not absolute",
        Some(authority) if authority.as_str().contains('@') => "its address names a user",
        Some(_) if parts.method == Method::CONNECT => "its method is CONNECT",
        Some(_) => return Ok(()),
    };
    Err(SendError::new(SendErrorKind::InvalidRequest).with_detail(problem))
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("response_limit", &self.0.response_limit)
            .field("hooks", &self.0.hooks)
            .finish_non_exhaustive()
    }
}
