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

/// How large a request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes before compression.
    pub(crate) bytes: u64,
    /// Samples and histograms.
    pub(crate) samples: Option<u64>,
}

impl Limits {
    /// Refuses a message that is too large. Too many samples are told as bytes, by their share: who
    /// cuts a batch knows nothing else.
    pub(crate) fn check(self, message: &Message) -> Result<(), BodyError> {
        let (size, values) = (message.bytes.len() as u64, message.elements.values());
        let most = self.samples.unwrap_or(u64::MAX).max(1);
        let limit = match values > most {
            true => (u128::from(size) * u128::from(most) / u128::from(values)) as u64,
            false => self.bytes,
        };
        if size > limit { Err(BodyError::TooLarge { size, limit }) } else { Ok(()) }
    }
}

#[derive(Clone, PartialEq, Eq)]
struct RequestKey {
    encoder: Encoder,
    limits: Limits,
}

impl MemoKey for RequestKey {
    type Value = Result<Request, BodyError>;
}

impl Request {
    /// The request of `batch`, within these limits.
    pub(crate) fn of(
        batch: &MetricBatch,
        encoder: &Encoder,
        limits: Limits,
        now: impl FnOnce() -> Timestamp,
        claim: Claim<'_>,
    ) -> Result<Self, BodyError> {
        let key = RequestKey { encoder: encoder.clone(), limits };
        let made = batch.memo().remember(&key, || {
            let message = encoder
                .encode_with(batch, now(), limits.bytes, claim)
                .map_err(|TooLarge { size }| BodyError::TooLarge { size, limit: limits.bytes })?;
            limits.check(&message)?;
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

/// The body of a message.
pub(crate) fn body(message: &[u8], rounded: u64) -> Result<Body, BodyError> {
    Ok(Body::new(compress(message)?, message.len() as u64, rounded))
}

/// One block of snappy without frames: "MUST use Snappy block format".
pub(crate) fn compress(message: &[u8]) -> Result<Vec<u8>, BodyError> {
    let mut bytes = Vec::new();
    snappy::compress(message, &mut bytes).map_err(BodyError::Compress)?;
    Ok(bytes)
}
