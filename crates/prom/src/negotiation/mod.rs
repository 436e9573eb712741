//! What a scraper asks for: Accept and Accept-Encoding.

mod accept;
mod clause;
mod encoding;

pub use accept::{Negotiated, negotiate};
pub use encoding::{ContentEncoding, negotiate_encoding};
