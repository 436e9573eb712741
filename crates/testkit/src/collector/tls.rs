use super::{Address, FakeCollector, Protocol};
use crate::certificates::ServerTls;
use crate::listen::{Tcp, Tls, TlsConfig};

/// What both sides of TLS must agree on.
fn protocols(protocol: Protocol) -> &'static [&'static str] {
    match protocol {
        Protocol::Grpc => &["h2"],
        Protocol::Http => &["http/1.1"],
    }
}

impl FakeCollector {
    /// Listens with TLS, for OTLP over HTTP, on a free port of the loopback interface. A
    /// certificate for it is one for `127.0.0.1`, and for `localhost` if it is called by that
    /// name.
    ///
    /// # Panics
    /// If there is no port or no thread to be had, or the certificate is none.
    pub fn start_tls(tls: &ServerTls) -> Self {
        Self::secured(Protocol::Http, tls)
    }

    /// The same for OTLP over gRPC.
    ///
    /// # Panics
    /// If there is no port or no thread to be had, or the certificate is none.
    pub fn start_grpc_tls(tls: &ServerTls) -> Self {
        Self::secured(Protocol::Grpc, tls)
    }

    fn secured(protocol: Protocol, tls: &ServerTls) -> Self {
        let listener = Tcp::bind().expect("a port of the loopback interface");
        let address = Address::Tls(listener.address());
        let config = TlsConfig::new(tls.config(protocols(protocol)));
        let collector = Self::serve(protocol, address, Tls::new(listener, config.clone()));
        Self { tls: Some(config), ..collector }
    }

    /// Meets connections in this way from now on; those that are open stay as they are.
    ///
    /// # Panics
    /// If it was not started with TLS.
    pub fn set_tls(&self, tls: &ServerTls) {
        let config = self.tls.as_ref().expect("a collector with TLS");
        config.set(tls.config(protocols(self.protocol)));
    }
}
