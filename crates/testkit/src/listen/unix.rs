use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use tokio::net::{UnixListener, UnixStream};

use super::{Listen, Stream};

/// A socket file, which is removed in the end.
pub(crate) struct Unix {
    path: PathBuf,
    socket: Option<UnixListener>,
}

impl Unix {
    /// Nothing listens before the first `open`.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), socket: None }
    }
}

#[async_trait]
impl Listen for Unix {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        let listener = self.socket.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        let (stream, _) = listener.accept().await?;
        Ok(Box::new(stream))
    }

    /// The file stays: with nobody behind it, connections are refused.
    fn close(&mut self) -> io::Result<()> {
        self.socket = None;
        Ok(())
    }

    fn open(&mut self) -> io::Result<()> {
        if self.socket.is_none() {
            match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            self.socket = Some(UnixListener::bind(&self.path)?);
        }
        Ok(())
    }
}

impl Drop for Unix {
    fn drop(&mut self) {
        // A file that is gone already is what was wanted.
        let _ = fs::remove_file(&self.path);
    }
}

impl Stream for UnixStream {
    /// These sockets have no reset; a client sees the end of the stream, or a reset if bytes it sent
    /// were never read.
    fn reset_on_close(&self) {}
}
