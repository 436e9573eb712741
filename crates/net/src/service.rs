use std::future::{Future, poll_fn};
use std::pin::Pin;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use tower_service::Service;

use crate::{BoxError, RequestBody, ServiceError};

pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, BoxError>;

pub(crate) type Exchange =
    Pin<Box<dyn Future<Output = Result<Response<AnswerBody>, ServiceError>> + Send>>;

/// What carries a request to the other side and the answer back: a `tower` service that takes
/// `Request<RequestBody>`, can be cloned, and answers with a body of bytes.
///
/// Every such service is one; the trait is not for implementing otherwise.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no service that requests can be sent through",
    note = "needed is `tower::Service<http::Request<RequestBody>, Response = http::Response<B>>`, \
            `Clone + Send + Sync + 'static`, whose future is `Send`"
)]
pub trait HttpService: Send + Sync + 'static {
    #[doc(hidden)]
    fn exchange(&self, request: Request<RequestBody>) -> Exchange;
}

impl<S, B> HttpService for S
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn exchange(&self, request: Request<RequestBody>) -> Exchange {
        let mut service = self.clone();
        Box::pin(async move {
            let answer = async {
                poll_fn(|context| service.poll_ready(context)).await?;
                service.call(request).await
            };
            match answer.await {
                Ok(response) => Ok(response.map(|body| body.map_err(Into::into).boxed_unsync())),
                Err(error) => Err(match error.into().downcast() {
                    Ok(told) => *told,
                    Err(unknown) => ServiceError::opaque(unknown),
                }),
            }
        })
    }
}
