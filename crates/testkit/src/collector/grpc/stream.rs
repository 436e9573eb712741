//! One stream: a request, and how its answer goes out.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{Request, Response, StatusCode};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::super::Received;
use super::super::records::Records;
use super::plan::{self, Act, Answer, Data, End, ZEROS};
use super::wire::Wire;
use super::{Ending, request};
use crate::script::{Fate, GrpcReply, Reply};

/// Where a stream is: its connection, and what the collector knows.
pub(super) struct Place {
    pub(super) records: Arc<Records>,
    pub(super) wire: Wire,
    pub(super) endings: UnboundedSender<Ending>,
    pub(super) number: u64,
}

/// The client left, or the connection ended.
struct Gone;

impl From<h2::Error> for Gone {
    fn from(_: h2::Error) -> Self {
        Self
    }
}

impl From<std::io::Error> for Gone {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

impl Place {
    pub(super) async fn serve(
        self,
        request: Request<RecvStream>,
        mut respond: SendResponse<Bytes>,
    ) {
        // Nobody is left to be told.
        let _ = self.exchange(request, &mut respond).await;
    }

    async fn exchange(
        &self,
        request: Request<RecvStream>,
        respond: &mut SendResponse<Bytes>,
    ) -> Result<(), Gone> {
        let (head, mut stream) = request.into_parts();
        let turn = self.records.turn();
        let early = turn.early();
        let body = request::body(&mut stream, early).await.ok_or(Gone)?;
        if early.is_some() {
            return self.end_connection(Ending::Reset);
        }
        let decoded = request::decode(&head, &body);
        if let Some(what) = decoded.violation {
            self.records.change(|state| state.violations.push(what.to_owned()));
        }
        let mut received = Received {
            wire_bytes: decoded.message.len() as u64,
            raw_bytes: decoded.raw_bytes,
            request: decoded.request,
            status: None,
            grpc_status: None,
            rejected: 0,
            connection: self.number,
            method: head.method,
            path: head.uri.path().to_owned(),
            headers: head.headers,
            body: decoded.message,
        };
        let reply = turn.reply(&received);
        let why = received.request.as_ref().err().cloned().unwrap_or_default();
        let plan = plan::plan(&reply, decoded.refusal.map(|code| (code, why)));
        received.status = plan.status;
        received.grpc_status = plan.grpc_status;
        received.rejected = plan.rejected;
        let looked_at =
            !matches!(reply, Reply::Grpc(GrpcReply::GoAway { request: Fate::Unprocessed, .. }));
        if looked_at {
            // Before the answer: who has it finds the request on record.
            self.records.change(|state| state.received.push(Arc::new(received)));
        }
        if let Some(code) = plan.go_away {
            let id = respond.stream_id().as_u32();
            let last = if looked_at { id } else { id.saturating_sub(2) };
            self.wire.put(&go_away(last, code)).await?;
        }
        self.perform(respond, plan.act).await?;
        match plan.ending {
            Some(ending) => self.end_connection(ending),
            None => Ok(()),
        }
    }

    async fn perform(&self, respond: &mut SendResponse<Bytes>, act: Act) -> Result<(), Gone> {
        match act {
            Act::Nothing => {}
            Act::Reset(code) => respond.send_reset(Reason::from(code)),
            Act::Bytes(bytes) => self.wire.put(bytes).await?,
            Act::Hang => hang(respond).await?,
            Act::Flood(times) => {
                for _ in 0..times {
                    let mut head = Response::new(());
                    *head.status_mut() = StatusCode::EARLY_HINTS;
                    respond.send_informational(head)?;
                    yield_now().await;
                }
                hang(respond).await?;
            }
            Act::Answer(answer) => {
                let Answer { head, data, end } = *answer;
                if matches!(end, End::Head) {
                    respond.send_response(head, true)?;
                    return Ok(());
                }
                let mut stream = respond.send_response(head, false)?;
                send(&mut stream, data).await?;
                match end {
                    End::Head => {}
                    End::Open => yield_now().await,
                    End::Data => stream.send_data(Bytes::new(), true)?,
                    End::Trailers(trailers) => stream.send_trailers(trailers)?,
                    End::Reset(code) => stream.send_reset(Reason::from(code)),
                }
            }
        }
        Ok(())
    }

    fn end_connection(&self, ending: Ending) -> Result<(), Gone> {
        self.endings.send(ending).map_err(|_| Gone)
    }
}

/// Waits until the client gives the stream up.
async fn hang(respond: &mut SendResponse<Bytes>) -> Result<(), Gone> {
    poll_fn(|context| respond.poll_reset(context)).await?;
    Ok(())
}

async fn send(stream: &mut SendStream<Bytes>, data: Data) -> Result<(), Gone> {
    match data {
        Data::Whole(all) => piece(stream, all).await,
        Data::Drip { all, bytes, every } => {
            for some in all.chunks(bytes) {
                piece(stream, all.slice_ref(some)).await?;
                tokio::select! {
                    () = sleep(every) => {}
                    _ = poll_fn(|context| stream.poll_reset(context)) => return Err(Gone),
                }
            }
            Ok(())
        }
        Data::Zeros { first, times } => {
            piece(stream, first).await?;
            let zeros = Bytes::from(vec![0; ZEROS]);
            for _ in 0..times {
                piece(stream, zeros.clone()).await?;
            }
            Ok(())
        }
    }
}

/// Sends no more than the client has room for.
async fn piece(stream: &mut SendStream<Bytes>, mut data: Bytes) -> Result<(), Gone> {
    while !data.is_empty() {
        stream.reserve_capacity(data.len());
        let room = poll_fn(|context| stream.poll_capacity(context)).await.ok_or(Gone)??;
        stream.send_data(data.split_to(room.min(data.len())), false)?;
    }
    Ok(())
}

/// The frame of HTTP/2 that says which stream was the last to be looked at.
fn go_away(last: u32, code: u32) -> Bytes {
    let mut frame = BytesMut::from(&b"\0\0\x08\x07\0\0\0\0\0"[..]);
    frame.put_u32(last);
    frame.put_u32(code);
    frame.freeze()
}
