use std::borrow::Borrow;

use meterport_core::{MemoKey, MetricBatch, Timestamp, TooLarge};
use meterport_net::{Body, BodyError, snappy};
use meterport_prom::Losses;

use crate::encoder::Claim;
use crate::{Encoder, Message, Written};

/// A batch as the body of a request, and what is in it. Remembered by the batch: every further
/// attempt sends the same.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) body: Body,
    pub(crate) elements: Written,
    pub(crate) losses: Losses,
}

impl Borrow<Body> for Request {
    fn borrow(&self) -> &Body {
        &self.body
    }
}

#[derive(Clone, PartialEq, Eq)]
struct RequestKey {
    encoder: Encoder,
    limit: u64,
}

impl MemoKey for RequestKey {
    type Value = Result<Request, BodyError>;
}

impl Request {
    /// The request of `batch`, of at most `limit` bytes before compression.
    pub(crate) fn of(
        batch: &MetricBatch,
        encoder: &Encoder,
        limit: u64,
        now: impl FnOnce() -> Timestamp,
        claim: Claim<'_>,
    ) -> Result<Self, BodyError> {
        let key = RequestKey { encoder: encoder.clone(), limit };
        let made = batch.memo().remember(&key, || {
            let message = encoder
                .encode_with(batch, now(), limit, claim)
                .map_err(|TooLarge { size }| BodyError::TooLarge { size, limit })?;
            Self::new(&message)
        });
        Result::clone(&*made)
    }

    /// The request of a message.
    pub(crate) fn new(message: &Message) -> Result<Self, BodyError> {
        let body = body(&message.bytes, message.rounded)?;
        Ok(Self { body, elements: message.elements, losses: message.losses })
    }
}

/// One block of snappy without frames: "MUST use Snappy block format".
pub(crate) fn body(message: &[u8], rounded: u64) -> Result<Body, BodyError> {
    let mut bytes = Vec::new();
    snappy::compress(message, &mut bytes).map_err(BodyError::Compress)?;
    Ok(Body::new(bytes, message.len() as u64, rounded))
}
