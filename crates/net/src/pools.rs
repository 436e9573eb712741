use http::header::PROXY_AUTHORIZATION;
use http::{Request, StatusCode, Version};
use http_body_util::BodyExt;
use hyper_util::client::legacy::{Builder, Client, Error as ClientError};

use crate::causes::cause;
use crate::connector::Connector;
use crate::proxy::ProxyServer;
use crate::service::{Exchange, HttpService};
use crate::{ConnectError, PerRuntime, RequestBody, SendErrorKind, ServiceError};

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

impl HttpService for RuntimePools {
    fn exchange(&self, mut request: Request<RequestBody>) -> Exchange {
        let client = self.pools.current(|| self.builder.build(self.connector.clone()));
        let scheme = self.connector.scheme();
        *request.version_mut() = Version::HTTP_11;
        let forwards = self.connector.forwarding_proxy().cloned();
        Box::pin(async move {
            let client = client?;
            if request.uri().scheme() != Some(&scheme) {
                let detail = format!("the scheme of its address is not {scheme}");
                return Err(ServiceError::with_detail(SendErrorKind::InvalidRequest, detail));
            }
            if let Some(credentials) = forwards.as_deref().and_then(ProxyServer::authorization) {
                request.headers_mut().insert(PROXY_AUTHORIZATION, credentials.clone());
            }
            match (client.request(request).await, forwards) {
                (Ok(response), Some(proxy))
                    if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED =>
                {
                    let refused = ConnectError::refused_credentials(&proxy);
                    Err(ServiceError::with_detail(SendErrorKind::Connect, refused.to_string()))
                }
                (Ok(response), _) => {
                    Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
                }
                (Err(error), _) => Err(classify(error)),
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
