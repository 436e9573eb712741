use std::error::Error;
use std::fmt;
use std::sync::Arc;

use meterport_net::{SendError, SendErrorKind};

use crate::parse::ParseError;

/// Why a scrape has no page.
///
/// Its text never holds headers, credentials, the address's query, or anything of the page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ScrapeError {
    /// The answer says that it is something that is not read, or nothing of what it is. See
    /// [`fallback_format`](crate::ScrapeBuilder::fallback_format).
    ContentType {
        /// The header, if there is one that is text.
        content_type: Option<Arc<str>>,
    },
    /// The page is larger than the limit.
    TooLarge {
        /// The limit in bytes, after decompression.
        limit: usize,
    },
    /// The page cannot be read.
    Parse(ParseError),
    /// There is no answer.
    Send(SendError),
    /// The answer has another status than 200.
    Status(u16),
}

impl From<SendError> for ScrapeError {
    fn from(error: SendError) -> Self {
        match error.kind() {
            SendErrorKind::AnswerTooLarge { limit } => Self::TooLarge { limit },
            _ => Self::Send(error),
        }
    }
}

impl From<ParseError> for ScrapeError {
    fn from(error: ParseError) -> Self {
        Self::Parse(error)
    }
}

impl fmt::Display for ScrapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContentType { content_type: None } => {
                f.write_str("the page does not say its format; a fallback format can be set")
            }
            Self::ContentType { content_type: Some(content_type) } => {
                write!(f, "the page's format is not known: {content_type:?}")
            }
            Self::TooLarge { limit } => write!(f, "the page is larger than {limit} bytes"),
            Self::Parse(error) => write!(f, "unreadable page: {error}"),
            Self::Send(error) => error.fmt(f),
            Self::Status(status) => write!(f, "answered with HTTP {status}"),
        }
    }
}

impl Error for ScrapeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Parse(error) => Some(error),
            Self::Send(error) => error.source(),
            Self::ContentType { .. } | Self::Status(_) | Self::TooLarge { .. } => None,
        }
    }
}
