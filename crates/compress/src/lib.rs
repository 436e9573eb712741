//! gzip, zstd and snappy with reused state, and decompression that cannot explode.
//!
//! - [`Compression`] says how a body is compressed. All its variants always exist; a codec whose
//!   Cargo feature is off is a typed error that names the feature, see
//!   [`Compression::available`].
//! - [`Compressor`] takes a body in pieces, so that an encoder's output is compressed while it is
//!   still in the cache. The state of the codec, which costs more to make than a small body costs
//!   to compress, comes from a bounded pool of this process and goes back there.
//! - [`decompress`] holds at most as many bytes as the caller allows, whatever the input claims.
//! - [`snappy`] is the block format of Prometheus remote write.
//!
//! ```
//! use meterport_compress::{Compression, Compressor, decompress};
//!
//! # if Compression::GZIP.available().is_err() { return }
//! let mut compressor = Compressor::new(Compression::GZIP, 2_000).unwrap();
//! compressor.write(&[b'a'; 1_000]);
//! compressor.write(&[b'b'; 1_000]);
//! let body = compressor.finish().unwrap();
//! assert!(body.len() < 100);
//! assert_eq!(decompress("gzip", &body, 4_096).unwrap().len(), 2_000);
//! ```

#[allow(dead_code, reason = "used by the codecs that are compiled in")]
mod bounded;
mod compression;
mod compressor;
mod decompress;
#[cfg_attr(not(feature = "gzip"), path = "absent.rs")]
#[allow(clippy::duplicate_mod, reason = "one stand-in serves every codec that is left out")]
mod gzip;
#[allow(dead_code, reason = "used by the codecs that are compiled in")]
mod pool;
pub mod snappy;
#[cfg_attr(not(feature = "snappy"), path = "snappy_absent.rs")]
mod snappy_block;
#[cfg_attr(not(feature = "zstd"), path = "absent.rs")]
#[allow(clippy::duplicate_mod, reason = "one stand-in serves every codec that is left out")]
mod zstd;

pub use compression::Compression;
pub use compressor::{CompressError, Compressor};
pub use decompress::{DecompressError, decompress};
