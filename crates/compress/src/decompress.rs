use std::error::Error;
use std::fmt;

use crate::{gzip, zstd};

/// Decompresses a whole body by the name in its `Content-Encoding`: `gzip` (or `x-gzip`), `zstd`,
/// `identity` (or nothing); in any case.
///
/// Never holds more than `limit` bytes of output. Beside that, a constant: the state of the
/// codec, which for zstd includes a window of at most 8 MiB (RFC 9659, section 3).
///
/// The body must be whole: a truncated one is an error, and so is anything after its end. gzip
/// bodies of several members and zstd bodies of several frames are joined.
///
/// # Errors
/// See [`DecompressError`].
pub fn decompress(encoding: &str, body: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
    let encoding = encoding.trim();
    let is = |name: &str| encoding.eq_ignore_ascii_case(name);
    if encoding.is_empty() || is("identity") {
        return match body.len() > limit {
            true => Err(DecompressError::TooLarge { limit }),
            false => Ok(body.to_vec()),
        };
    }
    if is("gzip") || is("x-gzip") {
        return match gzip::COMPILED {
            true => gzip::decompress(body, limit),
            false => Err(DecompressError::NotCompiled { feature: "gzip" }),
        };
    }
    if is("zstd") {
        return match zstd::COMPILED {
            true => zstd::decompress(body, limit),
            false => Err(DecompressError::NotCompiled { feature: "zstd" }),
        };
    }
    Err(DecompressError::Unsupported)
}

/// Why a body could not be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecompressError {
    /// Not of this format, damaged, truncated, or with something after its end.
    Corrupt {
        /// The codec's name.
        codec: &'static str,
    },
    /// The codec is not compiled in.
    NotCompiled {
        /// The Cargo feature that brings it.
        feature: &'static str,
    },
    /// More than the caller allows, or than the codec's own window may be.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// No codec that this crate knows, or several.
    Unsupported,
}

impl fmt::Display for DecompressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt { codec } => write!(f, "not a whole {codec} body"),
            Self::NotCompiled { feature } => {
                write!(f, "{feature} is not compiled in: enable the Cargo feature `{feature}`")
            }
            Self::TooLarge { limit } => write!(f, "more than {limit} bytes decompressed"),
            Self::Unsupported => f.write_str("a content encoding that is not supported"),
        }
    }
}

impl Error for DecompressError {}
