use std::sync::{Mutex, PoisonError};

use http::header::PROXY_AUTHORIZATION;
use http::{Request, StatusCode, Version};
use http_body_util::BodyExt;
use hyper_util::client::legacy::{Builder, Client, Error as ClientError};
use tokio::runtime::{Handle, Id};

use crate::connector::Connector;
use crate::proxy::ProxyServer;
use crate::runtime::Lacking;
use crate::transport::{Exchange, Failure, Transport, cause, causes};
use crate::{ConnectError, ConnectErrorKind, RequestBody, SendErrorKind};

/// Our own connections: one pool for each tokio runtime that has sent.
///
/// A connection is driven by a task of the runtime that opened it. Taken from a pool by another
/// runtime it would fail once its own has ended, and hang while its own is blocked.
pub(crate) struct RuntimePools {
    builder: Builder,
    connector: Connector,
    /// The last one used stands last.
    pools: Mutex<Vec<(Id, Client<Connector, RequestBody>)>>,
}

/// Runtimes whose idle connections are kept. tokio may give the id of a runtime that has ended to
/// a new one; the old connections are closed then, and the pool leaves them out.
const KEPT_RUNTIMES: usize = 4;

impl RuntimePools {
    pub(crate) fn new(builder: Builder, connector: Connector) -> Self {
        Self { builder, connector, pools: Mutex::default() }
    }

    /// The pool of this runtime, and the one that had to make room for it.
    fn current(&self) -> Result<Client<Connector, RequestBody>, Lacking> {
        let id = Handle::try_current().map_err(|_| Lacking::Runtime)?.id();
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let mut evicted = None;
        let pool = match pools.iter().position(|entry| entry.0 == id) {
            Some(at) => pools.remove(at),
            None => {
                evicted = (pools.len() == KEPT_RUNTIMES).then(|| pools.remove(0));
                (id, self.builder.build(self.connector.clone()))
            }
        };
        let client = pool.1.clone();
        pools.push(pool);
        // Closing connections is done without the lock.
        drop(pools);
        drop(evicted);
        Ok(client)
    }
}

impl Transport for RuntimePools {
    fn exchange(&self, mut request: Request<RequestBody>) -> Exchange {
        let (client, scheme) = (self.current(), self.connector.scheme());
        *request.version_mut() = Version::HTTP_11;
        let forwards = self.connector.forwarding_proxy().cloned();
        Box::pin(async move {
            let client = client.map_err(no_runtime)?;
            if request.uri().scheme() != Some(&scheme) {
                let detail = format!("the scheme of its address is not {scheme}");
                return Err(Failure::new(SendErrorKind::InvalidRequest, detail));
            }
            notice_closed_connections().await;
            if let Some(credentials) = forwards.as_deref().and_then(ProxyServer::authorization) {
                request.headers_mut().insert(PROXY_AUTHORIZATION, credentials.clone());
            }
            match (client.request(request).await, forwards) {
                (Ok(response), Some(proxy))
                    if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED =>
                {
                    let refused = ConnectError::refused_credentials(&proxy);
                    Err(Failure::new(SendErrorKind::Connect, refused.to_string()))
                }
                (Ok(response), _) => {
                    Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
                }
                (Err(error), _) => Err(classify(error)),
            }
        })
    }
}

/// Lets the runtime hear of what has happened to idle connections before one is chosen.
///
/// A runtime that is driven only while something is sent (`block_on` now and then) has not seen
/// yet that the server closed a connection in the meantime; the request would be written into it
/// and lost. The first yield fetches the events, the second runs the connections' tasks.
async fn notice_closed_connections() {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
}

fn no_runtime(lacking: Lacking) -> Failure {
    Failure::new(SendErrorKind::NoRuntime, lacking.to_string())
}

fn classify(error: ClientError) -> Failure {
    if let Some(unconnected) = ConnectError::find(&error) {
        let kind = match unconnected.kind() {
            ConnectErrorKind::NoRuntime => SendErrorKind::NoRuntime,
            _ => SendErrorKind::Connect,
        };
        return Failure { kind, detail: unconnected.to_string(), source: Some(error.into()) };
    }
    let kind = match cause::<hyper::Error>(&error) {
        // The method that tells exists for servers alone.
        Some(cause) if cause.is_parse() && cause.to_string().contains("too large") => {
            SendErrorKind::HeadTooLarge
        }
        Some(cause) if cause.is_parse() => SendErrorKind::NotHttp,
        _ => SendErrorKind::Broken,
    };
    Failure { kind, detail: causes(&error), source: Some(error.into()) }
}
