/// Which version of the protocol is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are these versions, and the choice between them")]
pub enum Protocol {
    /// 2.0 until the receiver turns out not to know it, then 1.0 for as long as the exporter lives.
    ///
    /// It is taken not to know it if it answers 415, or with a success that says of nothing that it
    /// was written (Remote Write 2.0, "Required Written Response Headers").
    #[default]
    Automatic,
    /// 1.0 alone.
    V1,
    /// 2.0 alone.
    V2,
}

/// A version of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Version {
    /// `prometheus.WriteRequest`: Remote Write 1.0.
    V1,
    /// `io.prometheus.write.v2.Request`: Remote Write 2.0.
    V2,
}

impl Version {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    /// The value of `Content-Type`, to the letter: receivers compare it as text.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::V1 => "application/x-protobuf",
            Self::V2 => "application/x-protobuf;proto=io.prometheus.write.v2.Request",
        }
    }

    /// The value of `X-Prometheus-Remote-Write-Version`.
    pub const fn header(self) -> &'static str {
        match self {
            Self::V1 => "0.1.0",
            Self::V2 => "2.0.0",
        }
    }
}
