//! TLS against a server whose certificates are made here: who is trusted, who is not, and what is
//! said of it.

mod connections;
mod files;
mod loading;
mod rotation;
mod servers;

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use meterport_core::{Deadline, ErrorKind, RetryAdvice};
use meterport_net::{Endpoint, HttpClient, HttpClientBuilder, SendError, SendErrorKind, Tls};
use meterport_testkit::{Authority, FakeCollector, Issued, Leaf, ServerTls, within};

/// The longest that any request here may take, in real time.
const PATIENCE: Duration = Duration::from_secs(30);

/// A certificate as this machine should have it.
fn good(authority: &Authority) -> Issued {
    authority.issue(Leaf::server(["localhost", "127.0.0.1"]))
}

fn trusting(authority: &Authority) -> Tls {
    Tls::new().ca_pem(authority.certificate_pem())
}

fn builder(url: &str) -> HttpClientBuilder {
    HttpClient::builder(&Endpoint::parse("endpoint", url, false).unwrap())
}

fn client(collector: &FakeCollector, tls: Tls) -> HttpClient {
    builder(&collector.url()).tls(tls).build().unwrap()
}

/// Sends once; any answer is one that came through TLS.
async fn send(client: &HttpClient, url: &str) -> Result<u16, SendError> {
    let request = Request::post(url).body(Bytes::from_static(b"the body")).unwrap();
    let answer = within(PATIENCE, client.send(request, Deadline::NONE)).await?;
    Ok(answer.status.as_u16())
}

/// The status of what the collector does not know, which is all that is sent here.
const ANSWERED: u16 = 415;

/// That it is no connection, to be retried, with nothing sent; and its words.
fn refused(result: Result<u16, SendError>) -> String {
    let error = result.expect_err("this should have been refused");
    assert_eq!((error.kind(), error.is_sent()), (SendErrorKind::Connect, false), "{error:?}");
    let text = with_causes(&error);
    let error = error.into_export_error();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Connect, RetryAdvice::Backoff));
    assert!(!error.is_unconfirmed());
    text
}

fn with_causes(error: &SendError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    text
}

/// A server, and a client that sends to it once.
async fn meet(server: &ServerTls, tls: Tls) -> Result<u16, SendError> {
    let collector = FakeCollector::start_tls(server);
    send(&client(&collector, tls), &collector.url()).await
}
