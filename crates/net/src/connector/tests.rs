use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hyper::rt::{Read, ReadBuf, Write};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn connector(url: &str) -> Connector {
    Connector::builder(&Endpoint::parse("endpoint", url, false).unwrap()).build().unwrap()
}

/// What the connector to `url` reads from its connection, if it gets one.
async fn greeting(mut connector: Connector, url: &str) -> Result<String, ConnectError> {
    let connection = connector.call(url.parse().unwrap()).await?;
    let mut connection = pin!(connection);
    poll_fn(|context| connection.as_mut().poll_write(context, b"?")).await.unwrap();
    let mut bytes = [0; 16];
    let mut buffer = ReadBuf::new(&mut bytes);
    let mut before = usize::MAX;
    while before != buffer.filled().len() {
        before = buffer.filled().len();
        poll_fn(|context| connection.as_mut().poll_read(context, buffer.unfilled())).await.unwrap();
    }
    Ok(String::from_utf8(buffer.filled().to_vec()).unwrap())
}

/// Greets one who connects by `text`.
async fn greet(text: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
    });
    address
}

#[tokio::test]
async fn a_connector_goes_where_the_address_says_unless_it_is_pinned() {
    let (here, there) = (greet("here").await, greet("there").await);
    let url = format!("http://{here}/");
    let connector = connector(&url);
    let pinned = connector.pinned(there);
    assert_eq!(greeting(pinned, &url).await.unwrap(), "there");
    assert_eq!(greeting(connector, &url).await.unwrap(), "here");
}

#[tokio::test]
async fn a_name_has_addresses_and_a_socket_has_none() {
    let addresses = connector("http://localhost:4317").resolve().await.unwrap();
    assert!(!addresses.is_empty());
    assert!(addresses.iter().all(|address| address.ip().is_loopback() && address.port() == 4317));
    let addresses = connector("http://[::1]:80").resolve().await.unwrap();
    assert_eq!(addresses, ["[::1]:80".parse().unwrap()]);
    let error = connector("http://nothing.invalid").resolve().await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Unreachable);
    if let Ok(endpoint) = Endpoint::parse("endpoint", "unix:/run/x.sock", false) {
        let connector = Connector::builder(&endpoint).build().unwrap();
        assert!(connector.resolve().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn no_time_is_a_timeout() {
    let endpoint = Endpoint::parse("endpoint", "http://localhost:1", false).unwrap();
    let builder = Connector::builder(&endpoint).connect_timeout(Some(Duration::ZERO));
    let mut connector = builder.build().unwrap();
    let error = connector.call(endpoint.uri().clone()).await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Timeout);
    assert_eq!(error.to_string(), "not connected within 0ns");
    let error = connector.resolve().await.unwrap_err();
    assert_eq!(error.to_string(), "localhost is not resolved within 0ns");
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    fn once<T>(work: impl Future<Output = Result<T, ConnectError>>) -> ConnectError {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(error)) => error,
            Poll::Ready(Ok(_)) => panic!("there is no network"),
            Poll::Pending => panic!("nobody would wake it"),
        }
    }
    let mut connector = connector("http://127.0.0.1:1");
    let uri: Uri = "http://127.0.0.1:1".parse().unwrap();
    let outside = [once(connector.call(uri.clone())), once(connector.resolve())];
    let bare = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let bare = bare.block_on(async { [once(connector.call(uri)), once(connector.resolve())] });
    for error in outside.into_iter().chain(bare) {
        assert_eq!(error.kind(), ConnectErrorKind::NoRuntime);
        let text = error.to_string();
        assert!(text.contains("meterport-reader"), "{text}");
        assert!(ConnectError::find(&error).is_some());
    }
}
