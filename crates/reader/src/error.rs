use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use meterport_core::{ConfigError, ExportError, Outcome, ProduceError};
use meterport_worker::Panicked;

/// Why a flush, a collection or a shutdown of a reader did not go as it should.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ReaderError {
    /// Some producers gave nothing. The points of the others were exported.
    Collect {
        /// The producers that gave nothing.
        failures: Vec<ProducerFailure>,
        /// What became of the points of the others.
        outcome: Box<Outcome>,
    },
    /// The exporter failed, panicked (then it counts as
    /// [`Unavailable`](meterport_core::ErrorKind::Unavailable)) or was cut at the deadline.
    Export(ExportError),
    /// This process is a fork: the reader's thread has stayed in the parent, which goes on
    /// exporting. Make a reader of the child's own.
    Forked,
    /// The reader's thread has ended unexpectedly.
    Lost(Panicked),
    /// A blocking call from the reader's own thread (from its exporter, say) would wait for
    /// itself.
    OwnThread,
    /// The reader has been shut down.
    Shutdown,
    /// The operating system gave no thread.
    Thread(Arc<io::Error>),
    /// The deadline passed while the reader's thread was busy.
    TimedOut,
}

impl fmt::Display for ReaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Collect { failures, .. } => {
                f.write_str("not everything collected")?;
                let mut separator = ": ";
                for failure in failures {
                    write!(f, "{separator}{failure}")?;
                    separator = "; ";
                }
                Ok(())
            }
            Self::Export(error) => error.fmt(f),
            Self::Forked => f.write_str("the reader's thread is in the parent of this process"),
            Self::Lost(panicked) => write!(f, "the reader's thread {panicked}"),
            Self::OwnThread => f.write_str("a blocking call from the reader's own thread"),
            Self::Shutdown => f.write_str("the reader has been shut down"),
            Self::Thread(error) => write!(f, "no thread for the reader: {error}"),
            Self::TimedOut => f.write_str("the deadline passed while the reader was busy"),
        }
    }
}

impl Error for ReaderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Export(error) => error.source(),
            Self::Lost(panicked) => Some(panicked),
            Self::Thread(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<ExportError> for ReaderError {
    fn from(error: ExportError) -> Self {
        Self::Export(error)
    }
}

/// A producer that gave nothing, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProducerFailure {
    /// The producer's name ([`Source::named`](crate::Source::named)).
    pub producer: Arc<str>,
    /// Why.
    pub cause: FailureCause,
}

impl fmt::Display for ProducerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.producer, self.cause)
    }
}

/// Why a producer gave nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FailureCause {
    /// It said so.
    Failed(ProduceError),
    /// It panicked.
    Panicked(Panicked),
    /// It was not done in time. What it gives later is exported later.
    Unfinished,
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(f, "failed: {error}"),
            Self::Panicked(panicked) => panicked.fmt(f),
            Self::Unfinished => f.write_str("was not done in time"),
        }
    }
}

/// Why a reader could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A setting cannot be used.
    Config(ConfigError),
    /// The operating system gave no thread or no event queue.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Thread(error) => write!(f, "no thread for the reader: {error}"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Config(error) => error.source(),
            Self::Thread(error) => Some(error),
        }
    }
}

impl From<ConfigError> for StartError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}
