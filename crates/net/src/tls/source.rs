use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where PEM comes from.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Source {
    File(Arc<Path>),
    Memory(Arc<[u8]>),
}

impl Source {
    pub(super) fn file(path: impl AsRef<Path>) -> Self {
        Self::File(path.as_ref().into())
    }

    pub(super) fn memory(pem: impl AsRef<[u8]>) -> Self {
        Self::Memory(pem.as_ref().into())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Memory(_) => f.write_str("the PEM text in memory"),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Memory(pem) => write!(f, "memory, {} bytes", pem.len()),
        }
    }
}
