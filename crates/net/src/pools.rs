use http::uri::Scheme;
use http::{Request, Version};
use http_body_util::BodyExt;
use hyper_util::client::legacy::{Builder, Client, Error as ClientError};

use crate::connector::Connector;
use crate::transport::{Exchange, Transport, cause};
use crate::{PerRuntime, RequestBody, SendErrorKind, ServiceError};

/// Our own connections: one pool for each tokio runtime that has sent.
pub(crate) struct RuntimePools {
    builder: Builder,
    connector: Connector,
    pools: PerRuntime<Client<Connector, RequestBody>>,
}

impl RuntimePools {
    pub(crate) fn new(builder: Builder, connector: Connector) -> Self {
        Self { builder, connector, pools: PerRuntime::new() }
    }
}

impl Transport for RuntimePools {
    fn exchange(&self, mut request: Request<RequestBody>) -> Exchange {
        let client = self.pools.current(|| self.builder.build(self.connector.clone()));
        *request.version_mut() = Version::HTTP_11;
        Box::pin(async move {
            let client = client?;
            if request.uri().scheme() != Some(&Scheme::HTTP) {
                let detail = "the scheme of its address is not http";
                return Err(ServiceError::with_detail(SendErrorKind::InvalidRequest, detail));
            }
            match client.request(request).await {
                Ok(response) => Ok(response.map(|body| body.map_err(Into::into).boxed_unsync())),
                Err(error) => Err(classify(error)),
            }
        })
    }
}

fn classify(error: ClientError) -> ServiceError {
    let error = match ServiceError::unconnected(error) {
        Ok(unconnected) => return unconnected,
        Err(error) => error,
    };
    let kind = match cause::<hyper::Error>(&*error) {
        // The method that tells exists for servers alone.
        Some(cause) if cause.is_parse() && cause.to_string().contains("too large") => {
            SendErrorKind::HeadTooLarge
        }
        Some(cause) if cause.is_parse() => SendErrorKind::NotHttp,
        _ => SendErrorKind::Broken,
    };
    ServiceError::new(kind, error)
}
