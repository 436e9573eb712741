use std::future::poll_fn;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use tower_service::Service;

use crate::transport::{Exchange, Transport};
use crate::{BoxError, RequestBody, ServiceError};

/// A service of the user's as a transport.
pub(crate) struct UserService<S>(pub(crate) S);

impl<S, B> Transport for UserService<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn exchange(&self, request: Request<RequestBody>) -> Exchange {
        let mut service = self.0.clone();
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
