//! Stands in for Unix sockets where the platform has none.

use std::io;

use crate::Connection;

pub(crate) fn check(_: &str) -> Result<(), &'static str> {
    Err("is a Unix socket, which this platform does not have")
}

pub(crate) async fn connect(_: &str) -> io::Result<Connection> {
    Err(io::ErrorKind::Unsupported.into())
}
