//! One connection: requests are read, recorded and answered, one after the other.

use std::io;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use http::header;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Received;
use super::answer::Next;
use super::decode::{self, LIMIT, decode};
use super::head::{self, Framing, Head};
use super::plan::Request;
use super::records::{Open, Records};
use crate::listen::Stream;
use crate::script::Reply;

pub(super) struct Connection {
    pub(super) stream: Box<dyn Stream>,
    /// Read, but not yet used.
    buffer: BytesMut,
    records: Arc<Records>,
    number: u64,
}

/// Why a request cannot be read.
enum Unread {
    /// The client is gone. That is its right at any time.
    Gone,
    /// It broke the protocol; the status is the answer.
    Violation(u16, String),
}

impl From<io::Error> for Unread {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

pub(super) async fn serve(stream: Box<dyn Stream>, records: Arc<Records>) {
    let open = Open::begin(&records);
    let number = open.number;
    let mut connection = Connection { stream, buffer: BytesMut::new(), records, number };
    loop {
        match connection.exchange().await {
            Ok(Next::Request) => {}
            Ok(Next::Close) | Err(Unread::Gone) => break,
            Err(Unread::Violation(code, why)) => {
                connection.refuse(code, why).await;
                break;
            }
        }
    }
    // The socket first: who counts connections sees it closed.
    drop(connection);
    drop(open);
}

impl Connection {
    async fn exchange(&mut self) -> Result<Next, Unread> {
        let head = self.head().await?;
        let turn = self.records.turn();
        let early = turn.early();
        let body = self.body(&head, early).await?;
        if early.is_some() {
            self.stream.reset_on_close();
            return Ok(Next::Close);
        }
        let decoded = decode(&head.headers, &body, turn.rules);
        let mut received = Received {
            wire_bytes: body.len() as u64,
            raw_bytes: decoded.raw_bytes,
            request: decoded.request,
            status: None,
            grpc_status: None,
            rejected: 0,
            connection: self.number,
            method: head.method,
            path: head.path,
            headers: head.headers,
            body,
        };
        let takes_anything = turn.takes_anything;
        let reply = turn.reply(&received);
        let why = received.request.as_ref().err().cloned().unwrap_or_default();
        let request = Request {
            format: decode::format(&received.headers),
            refusal: decoded.refusal.filter(|_| !takes_anything).map(|code| (code, why)),
            last: head.last,
        };
        let plan = request.plan(&reply);
        received.status = plan.status;
        received.rejected = plan.rejected;
        // Before the answer: who has it finds the request on record.
        self.records.change(|state| state.received.push(Arc::new(received)));
        Ok(self.perform(plan.act).await?)
    }

    async fn head(&mut self) -> Result<Head, Unread> {
        loop {
            match head::take(&mut self.buffer) {
                Ok(Some(head)) => return Ok(head),
                Ok(None) => self.fill().await?,
                Err(why) => return Err(Unread::Violation(400, why)),
            }
        }
    }

    /// Reads the body; with `enough` no more than it takes to have that many bytes.
    async fn body(&mut self, head: &Head, enough: Option<u64>) -> Result<Bytes, Unread> {
        let waits = head.headers.get(header::EXPECT).is_some_and(|value| value == "100-continue");
        if waits && self.buffer.is_empty() && head.framing != Framing::Length(0) {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let enough = enough.unwrap_or(u64::MAX);
        let mut body = BytesMut::new();
        match head.framing {
            Framing::Length(length) => self.piece(&mut body, length, enough).await?,
            Framing::Chunked => {
                while (body.len() as u64) < enough {
                    let size = self.chunk_size().await?;
                    if size == 0 {
                        self.trailers().await?;
                        break;
                    }
                    self.piece(&mut body, size, enough).await?;
                    if (body.len() as u64) < enough && !self.line().await?.is_empty() {
                        return Err(Unread::Violation(400, "a chunk that goes on".into()));
                    }
                }
            }
        }
        Ok(body.freeze())
    }

    async fn piece(&mut self, body: &mut BytesMut, length: u64, enough: u64) -> Result<(), Unread> {
        let end = (body.len() as u64).saturating_add(length);
        if end > LIMIT {
            return Err(Unread::Violation(413, format!("a body above {LIMIT} bytes")));
        }
        loop {
            // Both are below the limit, which is below 2^32.
            let wanted = (end - body.len() as u64) as usize;
            let some = self.buffer.split_to(wanted.min(self.buffer.len()));
            body.extend_from_slice(&some);
            if body.len() as u64 >= end.min(enough) {
                return Ok(());
            }
            self.fill().await?;
        }
    }

    async fn chunk_size(&mut self) -> Result<u64, Unread> {
        loop {
            match httparse::parse_chunk_size(&self.buffer) {
                Ok(httparse::Status::Complete((length, size))) => {
                    self.buffer.advance(length);
                    return Ok(size);
                }
                Ok(httparse::Status::Partial) if self.buffer.len() < head::LIMIT => {
                    self.fill().await?;
                }
                _ => return Err(Unread::Violation(400, "not the size of a chunk".into())),
            }
        }
    }

    async fn trailers(&mut self) -> Result<(), Unread> {
        for _ in 0..64 {
            if self.line().await?.is_empty() {
                return Ok(());
            }
        }
        Err(Unread::Violation(400, "too many trailers".into()))
    }

    /// A line without its end.
    async fn line(&mut self) -> Result<BytesMut, Unread> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.buffer.split_to(end);
                self.buffer.advance(2);
                return Ok(line);
            }
            if self.buffer.len() >= head::LIMIT {
                return Err(Unread::Violation(400, "a line that does not end".into()));
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), Unread> {
        self.buffer.reserve(16 * 1024);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(Unread::Gone),
            _ => Ok(()),
        }
    }

    /// Waits until the client has closed its side. What it sends meanwhile is kept, up to a limit.
    pub(super) async fn until_gone(&mut self) {
        while self.fill().await.is_ok() {
            if self.buffer.len() > head::LIMIT {
                self.buffer.clear();
            }
        }
    }

    /// Answers what cannot be read, and keeps it on record.
    async fn refuse(&mut self, code: u16, why: String) {
        self.records.change(|state| state.violations.push(why.clone()));
        let request = Request { format: None, refusal: Some((code, why)), last: true };
        if self.perform(request.plan(&Reply::Ok).act).await.is_ok() {
            self.farewell().await;
        }
    }
}
