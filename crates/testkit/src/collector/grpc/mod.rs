//! OTLP over gRPC. The HTTP/2 is that of the `h2` crate, so that it is foreign to clients over
//! `hyper` as little as to others; what it would never send goes out beneath it.

mod plan;
mod request;
mod stream;
#[cfg(test)]
mod tests;
mod wire;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::server::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::wire::Wire;
use super::records::{Open, Records};
use crate::listen::Stream;

/// How a stream ends the connection that it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Close,
    Reset,
}

/// Windows that let a client send without waiting for this side.
const WINDOW: u32 = 4 << 20;
/// How long a client has to read its answer before the connection is dropped under it.
const FAREWELL: Duration = Duration::from_secs(1);

pub(super) async fn serve(stream: Box<dyn Stream>, records: Arc<Records>) {
    let open = Open::begin(&records);
    let wire = Wire::new(stream);
    let mut builder = h2::server::Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
    match builder.handshake(wire.clone()).await {
        Ok(connection) => converse(connection, &wire, &records, open.number).await,
        Err(error) => complain(&records, &error),
    }
    // The socket first: who counts connections sees it closed.
    drop(wire);
    drop(open);
}

/// Serves the streams of a connection until it ends.
async fn converse(
    mut connection: Connection<Wire, Bytes>,
    wire: &Wire,
    records: &Arc<Records>,
    number: u64,
) {
    let (endings, mut end) = unbounded_channel();
    let mut streams = JoinSet::new();
    let ending = loop {
        tokio::select! {
            accepted = connection.accept() => match accepted {
                Some(Ok((request, respond))) => {
                    let place = stream::Place {
                        records: Arc::clone(records),
                        wire: wire.clone(),
                        endings: endings.clone(),
                        number,
                    };
                    streams.spawn(place.serve(request, respond));
                }
                Some(Err(error)) => {
                    complain(records, &error);
                    return;
                }
                None => return,
            },
            Some(ending) = end.recv() => break ending,
            Some(_) = streams.join_next() => {}
        }
    };
    // What the library holds goes out first.
    poll_fn(|context| {
        let _ = connection.poll_closed(context);
        Poll::Ready(())
    })
    .await;
    match ending {
        Ending::Reset => wire.reset_on_close(),
        Ending::Close => farewell(wire.clone()).await,
    }
}

/// Ends the connection so that the client can still read what was sent.
async fn farewell(mut wire: Wire) {
    let mut rest = [0; 4096];
    if wire.shutdown().await.is_ok() {
        let gone = async { while !matches!(wire.read(&mut rest).await, Ok(0) | Err(_)) {} };
        // A client that stays is left behind.
        let _ = timeout(FAREWELL, gone).await;
    }
}

/// Keeps on record what a client did against HTTP/2. To leave is its right at any time.
fn complain(records: &Records, error: &h2::Error) {
    if !error.is_io() && !error.is_remote() {
        records.change(|state| state.violations.push(format!("not HTTP/2: {error}")));
    }
}
