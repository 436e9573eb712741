//! TLS for servers, on rustls; without a provider of cryptography `tls_absent.rs` stands here.

#[cfg_attr(not(feature = "tls-aws-lc"), path = "tls/aws_lc_absent.rs")]
mod aws_lc;
#[cfg_attr(not(feature = "tls-ring"), path = "tls/ring_absent.rs")]
mod ring;

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::file::{ClientAuth, TlsSettings};
use crate::listen::Stream;

/// Secures connections that clients open.
pub(super) struct Acceptor(TlsAcceptor);

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acceptor(..)")
    }
}

impl Acceptor {
    /// From certificate, key, and the certificates of those who sign for clients.
    pub(super) fn load(settings: &TlsSettings, pem: &[Option<Vec<u8>>]) -> Result<Self, String> {
        let provider = ring::provider().or_else(aws_lc::provider);
        let provider = Arc::new(provider.ok_or("no cryptography is compiled in")?);
        let at = |number: usize| pem.get(number).and_then(Option::as_deref).unwrap_or_default();
        let chain = certificates("the certificate", at(0))?;
        // The error's own text may hold a line of the key.
        let key = PrivateKeyDer::from_pem_slice(at(1))
            .map_err(|_| "the private key is not PEM, damaged, or encrypted".to_owned())?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions(settings))
            .map_err(|error| error.to_string())?;
        let builder = match settings.client_auth {
            ClientAuth::None => builder.with_no_client_auth(),
            wanted => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates("the clients' authority", at(2))? {
                    roots.add(certificate).map_err(|error| format!("client_ca: {error}"))?;
                }
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let verifier = match wanted {
                    ClientAuth::IfGiven => verifier.allow_unauthenticated(),
                    _ => verifier,
                };
                let verifier = verifier.build().map_err(|error| format!("client_ca: {error}"))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(|error| format!("the certificate and the private key: {error}"))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(super) async fn accept(&self, stream: Box<dyn Stream>) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(self.0.accept(stream).await?))
    }
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(certificates) if certificates.is_empty() => Err(format!("{what}: there is none")),
        Ok(certificates) => Ok(certificates),
        Err(_) => Err(format!("{what}: it is not PEM, or damaged")),
    }
}

fn versions(settings: &TlsSettings) -> &'static [&'static SupportedProtocolVersion] {
    static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
    match (settings.min_is_1_3, settings.max_is_1_2) {
        (true, _) => &BOTH[..1],
        (_, true) => &BOTH[1..],
        _ => &BOTH,
    }
}
