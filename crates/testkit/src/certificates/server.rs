use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::{Authority, Issued};

/// How a fake server speaks TLS.
#[derive(Clone, Debug)]
pub struct ServerTls {
    identity: Issued,
    /// The certificate of the authority that clients must have theirs from.
    clients: Option<String>,
    without_1_3: bool,
}

impl ServerTls {
    /// With this certificate, in TLS 1.2 and 1.3, asking nothing of clients.
    pub fn new(identity: &Issued) -> Self {
        Self { identity: identity.clone(), clients: None, without_1_3: false }
    }

    /// The same, but clients must show a certificate that this authority has issued.
    #[must_use]
    pub fn require_client_of(mut self, authority: &Authority) -> Self {
        self.clients = Some(authority.certificate_pem());
        self
    }

    /// The same in TLS 1.2 alone.
    #[must_use]
    pub fn only_tls12(mut self) -> Self {
        self.without_1_3 = true;
        self
    }

    /// # Panics
    /// If the certificate or the key is none.
    pub(crate) fn config(&self, protocols: &[&str]) -> ServerConfig {
        let provider = Arc::new(ring::default_provider());
        let versions = if self.without_1_3 { &[&TLS12][..] } else { &[&TLS13, &TLS12] };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .expect("versions that the provider knows");
        let builder = match &self.clients {
            None => builder.with_no_client_auth(),
            Some(pem) => {
                let mut roots = RootCertStore::empty();
                let trusted = CertificateDer::from_pem_slice(pem.as_bytes());
                roots.add(trusted.expect("a certificate")).expect("a certificate");
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build();
                builder.with_client_cert_verifier(verifier.expect("an authority"))
            }
        };
        let chain = CertificateDer::pem_slice_iter(self.identity.certificate_pem.as_bytes());
        let chain = chain.collect::<Result<_, _>>().expect("certificates");
        let key = PrivateKeyDer::from_pem_slice(self.identity.key_pem.as_bytes());
        let mut config =
            builder.with_single_cert(chain, key.expect("a key")).expect("key and certificate");
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}
