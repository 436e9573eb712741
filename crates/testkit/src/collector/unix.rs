use std::path::Path;

use super::{Address, FakeCollector, Protocol};
use crate::listen::Unix;

impl FakeCollector {
    /// Listens for OTLP over HTTP on a socket file, which is made at `path` and removed in the end.
    ///
    /// # Panics
    /// If the socket or a thread cannot be had.
    pub fn start_unix(path: impl AsRef<Path>) -> Self {
        Self::on_socket(Protocol::Http, path.as_ref())
    }

    /// The same for OTLP over gRPC.
    ///
    /// # Panics
    /// If the socket or a thread cannot be had.
    pub fn start_grpc_unix(path: impl AsRef<Path>) -> Self {
        Self::on_socket(Protocol::Grpc, path.as_ref())
    }

    fn on_socket(protocol: Protocol, path: &Path) -> Self {
        let address = Address::File(format!("unix:{}", path.display()));
        Self::serve(protocol, address, Unix::new(path))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use super::*;

    fn answer(path: &Path) -> std::io::Result<String> {
        let mut stream = UnixStream::connect(path)?;
        stream.write_all(b"POST / HTTP/1.1\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    #[test]
    fn a_socket_file_serves_refuses_and_goes() {
        let name = format!("meterport-testkit-{}.sock", std::process::id());
        let path = std::env::temp_dir().join(name);
        let collector = FakeCollector::start_unix(&path);
        assert_eq!(collector.url(), format!("unix:{}", path.display()));
        assert!(answer(&path).unwrap().starts_with("HTTP/1.1 415"));
        collector.refuse();
        assert!(answer(&path).is_err());
        collector.resume();
        assert!(answer(&path).unwrap().starts_with("HTTP/1.1 415"));
        assert_eq!(collector.requests().len(), 2);
        drop(collector);
        assert!(!path.exists());
    }
}
