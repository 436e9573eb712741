use std::io;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::UnixListener;

use crate::listen::{Accept, BACKLOG, Stream};

/// A socket file that is listened on, removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: Option<std::os::unix::net::UnixListener>,
    file: SocketFile,
}

#[derive(Debug)]
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // It may be gone already; nothing depends on it.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Listener {
    pub(crate) fn bind(path: &Path) -> io::Result<Self> {
        let listener = match listen_on(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_abandoned(path) => {
                std::fs::remove_file(path)?;
                listen_on(path)?
            }
            other => other?,
        };
        Ok(Self { listener: Some(listener), file: SocketFile(path.to_owned()) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.file.0
    }

    pub(crate) fn into_accept(mut self) -> io::Result<Box<dyn Accept>> {
        let listener = self.listener.take().ok_or(io::ErrorKind::NotConnected)?;
        Ok(Box::new(Accepting { listener: UnixListener::from_std(listener)?, _file: self.file }))
    }
}

fn listen_on(path: &Path) -> io::Result<std::os::unix::net::UnixListener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(path)?)?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Whether it is a socket behind which nobody listens.
fn is_abandoned(path: &Path) -> bool {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    is_socket && UnixStream::connect(path).is_err_and(refused)
}

struct Accepting {
    listener: UnixListener,
    _file: SocketFile,
}

#[async_trait]
impl Accept for Accepting {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        let (stream, _) = self.listener.accept().await?;
        Ok(Box::new(stream) as Box<dyn Stream>)
    }
}
