use bytes::Bytes;

/// What a request carries: bytes, behind a short prefix if the protocol has one.
///
/// The bytes are those that a batch remembers, shared by every attempt: a prefix beside them
/// spares their copy. [`RequestHook`](crate::RequestHook)s see the bytes alone.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Payload {
    /// What comes first.
    pub prefix: Bytes,
    /// What comes then.
    pub bytes: Bytes,
}

impl Payload {
    /// `bytes` behind `prefix`.
    pub fn prefixed(prefix: impl Into<Bytes>, bytes: impl Into<Bytes>) -> Self {
        Self { prefix: prefix.into(), bytes: bytes.into() }
    }

    /// The length of both, in bytes.
    pub fn len(&self) -> u64 {
        self.prefix.len() as u64 + self.bytes.len() as u64
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        Self { prefix: Bytes::new(), bytes }
    }
}
