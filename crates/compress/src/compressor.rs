use std::error::Error;
use std::fmt;

use meterport_core::ConfigError;

use crate::{Compression, gzip, zstd};

/// Compresses one body, given in pieces.
///
/// The codec's state is taken from a pool of this process, and goes back there once the body is
/// finished. A compressor may be dropped half-way.
#[derive(Debug)]
pub struct Compressor {
    codec: Codec,
    out: Vec<u8>,
    failed: Option<CompressError>,
}

#[derive(Debug)]
enum Codec {
    Identity,
    Gzip(gzip::Encoder),
    Zstd(zstd::Encoder),
}

/// What a body of metrics shrinks to at least, as a guess for the first allocation.
const USUAL_RATIO: usize = 6;

impl Compressor {
    /// A compressor for a body of about `size_hint` bytes; the hint sets the first allocation
    /// alone.
    ///
    /// # Errors
    /// [`CompressError::Unavailable`] as [`Compression::available`] says, or
    /// [`CompressError::Codec`] if the codec's state cannot be made.
    pub fn new(compression: Compression, size_hint: usize) -> Result<Self, CompressError> {
        compression.available().map_err(CompressError::Unavailable)?;
        let (codec, capacity) = match compression {
            Compression::Identity => (Codec::Identity, size_hint),
            Compression::Gzip { level } => {
                (Codec::Gzip(gzip::Encoder::new(level.into())?), size_hint / USUAL_RATIO)
            }
            Compression::Zstd { level } => {
                (Codec::Zstd(zstd::Encoder::new(level.into())?), size_hint / USUAL_RATIO)
            }
        };
        Ok(Self { codec, out: Vec::with_capacity(capacity), failed: None })
    }

    /// Compresses the next piece. A failure shows in [`finish`](Self::finish).
    pub fn write(&mut self, piece: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        let written = match &mut self.codec {
            Codec::Identity => {
                self.out.extend_from_slice(piece);
                Ok(())
            }
            Codec::Gzip(encoder) => encoder.write(piece, &mut self.out),
            Codec::Zstd(encoder) => encoder.write(piece, &mut self.out),
        };
        self.failed = written.err();
    }

    /// The compressed body.
    ///
    /// # Errors
    /// [`CompressError::Codec`] if the codec failed, which means that it has no memory.
    pub fn finish(mut self) -> Result<Vec<u8>, CompressError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match self.codec {
            Codec::Identity => {}
            Codec::Gzip(encoder) => encoder.finish(&mut self.out)?,
            Codec::Zstd(encoder) => encoder.finish(&mut self.out)?,
        }
        Ok(self.out)
    }
}

/// Why a body could not be compressed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CompressError {
    /// The codec itself failed, for want of memory.
    Codec {
        /// Its name.
        codec: &'static str,
    },
    /// The body is longer than the format can say.
    TooLarge {
        /// The longest body, in bytes.
        limit: u64,
    },
    /// Not compiled in, or no such level.
    Unavailable(ConfigError),
}

impl fmt::Display for CompressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Codec { codec } => write!(f, "{codec} failed to compress"),
            Self::TooLarge { limit } => write!(f, "more than {limit} bytes to compress"),
            Self::Unavailable(error) => error.fmt(f),
        }
    }
}

impl Error for CompressError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unavailable(error) => Some(error),
            _ => None,
        }
    }
}
