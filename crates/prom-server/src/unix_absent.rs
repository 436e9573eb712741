use std::convert::Infallible;
use std::io;
use std::path::Path;

use crate::listen::Accept;

/// There are no socket files here.
#[derive(Debug)]
pub(crate) struct Listener(Infallible);

impl Listener {
    pub(crate) fn bind(_: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn path(&self) -> &Path {
        match self.0 {}
    }

    pub(crate) fn into_accept(self) -> io::Result<Box<dyn Accept>> {
        match self.0 {}
    }
}
