use super::{Address, FakeCollector};
use crate::certificates::ServerTls;
use crate::listen::{Tcp, Tls, TlsConfig};

/// What this server speaks.
const PROTOCOLS: &[&str] = &["http/1.1"];

impl FakeCollector {
    /// Listens with TLS on a free port of the loopback interface. A certificate for it is one for
    /// `127.0.0.1`, and for `localhost` if it is called by that name.
    ///
    /// # Panics
    /// If there is no port or no thread to be had, or the certificate is none.
    pub fn start_tls(tls: &ServerTls) -> Self {
        let listener = Tcp::bind().expect("a port of the loopback interface");
        let address = Address::Tls(listener.address());
        let config = TlsConfig::new(tls.config(PROTOCOLS));
        let collector = Self::serve(address, Tls::new(listener, config.clone()));
        Self { tls: Some(config), ..collector }
    }

    /// Meets connections in this way from now on; those that are open stay as they are.
    ///
    /// # Panics
    /// If it was not started with TLS.
    pub fn set_tls(&self, tls: &ServerTls) {
        self.tls.as_ref().expect("a collector with TLS").set(tls.config(PROTOCOLS));
    }
}
