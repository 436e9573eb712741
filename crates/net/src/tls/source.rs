use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where PEM comes from, and the name of the setting that says so, for errors.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) setting: &'static str,
    pub(super) place: Place,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Place {
    File(Arc<Path>),
    Memory(Arc<[u8]>),
}

impl Source {
    pub(super) fn file(setting: &'static str, path: impl AsRef<Path>) -> Self {
        Self { setting, place: Place::File(path.as_ref().into()) }
    }

    pub(super) fn memory(setting: &'static str, pem: impl AsRef<[u8]>) -> Self {
        Self { setting, place: Place::Memory(pem.as_ref().into()) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) => write!(f, "{}", path.display()),
            Place::Memory(_) => f.write_str("the PEM text in memory"),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) => write!(f, "file {}", path.display()),
            Place::Memory(pem) => write!(f, "memory, {} bytes", pem.len()),
        }
    }
}
