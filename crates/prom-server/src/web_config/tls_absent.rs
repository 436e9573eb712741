//! Stands in for TLS where no cryptography is compiled in.

use std::convert::Infallible;
use std::io;

use super::file::TlsSettings;
use crate::listen::Stream;

/// There is none.
#[derive(Debug)]
pub(super) struct Acceptor(Infallible);

impl Acceptor {
    pub(super) fn load(settings: &TlsSettings, _: &[Option<Vec<u8>>]) -> Result<Self, String> {
        // What is wrong in the file is told all the same.
        let TlsSettings { client_auth: _, min_is_1_3: _, max_is_1_2: _, .. } = settings;
        Err("tls_server_config needs the Cargo feature `tls-ring` or `tls-aws-lc`".to_owned())
    }

    pub(super) async fn accept(&self, _: Box<dyn Stream>) -> io::Result<Box<dyn Stream>> {
        match self.0 {}
    }
}
