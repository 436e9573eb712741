//! How an answer goes out.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::time::{sleep, timeout};

use super::connection::Connection;
use super::plan::{Act, Manner};
use crate::script::Part;

/// What becomes of the connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Request,
    Close,
}

/// How long a client has to read its answer before the connection is dropped under it.
const FAREWELL: Duration = Duration::from_secs(1);

impl Connection {
    /// # Errors
    /// If the client left.
    pub(super) async fn perform(&mut self, act: Act) -> io::Result<Next> {
        match act {
            Act::Hang => {
                self.until_gone().await;
                Ok(Next::Close)
            }
            Act::Reset => Ok(self.reset()),
            Act::Send { head, body, manner, close } => {
                self.send(head, body, manner).await.map(|next| match next {
                    Next::Request if !close => Next::Request,
                    _ => Next::Close,
                })
            }
            Act::Repeat { head, unit, times } => {
                self.stream.write_all(&head).await?;
                for _ in 0..times {
                    self.stream.write_all(&unit).await?;
                }
                Ok(Next::Close)
            }
        }
    }

    fn reset(&self) -> Next {
        self.stream.reset_on_close();
        Next::Close
    }

    async fn send(&mut self, head: Bytes, body: Bytes, manner: Manner) -> io::Result<Next> {
        match manner {
            Manner::Whole => {
                self.stream.write_all(&[head, body].concat()).await?;
                Ok(Next::Request)
            }
            Manner::ResetAfter(bytes) => {
                let whole = [head, body].concat();
                self.stream.write_all(&whole[..bytes.min(whole.len())]).await?;
                Ok(self.reset())
            }
            Manner::Drip { part: Part::Head, bytes, every } => {
                self.drip(&head, bytes, every).await?;
                self.stream.write_all(&body).await?;
                Ok(Next::Request)
            }
            Manner::Drip { part: Part::Body, bytes, every } => {
                self.stream.write_all(&head).await?;
                self.drip(&body, bytes, every).await?;
                Ok(Next::Request)
            }
        }
    }

    async fn drip(&mut self, all: &[u8], bytes: usize, every: Duration) -> io::Result<()> {
        for some in all.chunks(bytes) {
            self.stream.write_all(some).await?;
            tokio::select! {
                () = sleep(every) => {}
                () = self.until_gone() => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
        }
        Ok(())
    }

    /// Ends the connection so that the client can still read what was sent: bytes of its own that
    /// nobody read would turn the end into a reset.
    pub(super) async fn farewell(&mut self) {
        if self.stream.shutdown().await.is_ok() {
            // A client that stays is left behind.
            let _ = timeout(FAREWELL, self.until_gone()).await;
        }
    }
}
