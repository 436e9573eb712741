use std::sync::Arc;
use std::time::SystemTime;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::sign::{CertifiedKey, SigningKey};
use tokio_rustls::rustls::{Error, InconsistentKeys};

use super::validity::Validity;
use super::{Identity, Problem, Source, pem};

/// A certificate chain with its key, of which it is known when it ends.
pub(super) struct LoadedIdentity {
    pub(super) key: Arc<CertifiedKey>,
    /// Of each certificate in the chain.
    validity: Vec<Option<Validity>>,
    source: Source,
}

impl LoadedIdentity {
    pub(super) fn load(
        provider: &CryptoProvider,
        identity: &Identity,
        (certificate, key): &(Arc<[u8]>, Arc<[u8]>),
    ) -> Result<Self, Problem> {
        let Identity { certificate: source, key: key_source } = identity;
        let chain = pem::certificates(source, certificate)?;
        let key = pem::private_key(key_source, key)?;
        let key = provider.key_provider.load_private_key(key).map_err(|error| {
            Problem::of(
                key_source,
                format!("the private key in {key_source} cannot be used: {error}"),
            )
        })?;
        let validity = chain.iter().map(|certificate| Validity::read(certificate)).collect();
        check_order(&chain, &key, source, key_source)?;
        let key = Arc::new(CertifiedKey::new(chain, key));
        Ok(Self { key, validity, source: source.clone() })
    }

    /// What is wrong with it at this time.
    pub(super) fn fault(&self, now: SystemTime) -> Option<Problem> {
        let faults = self.validity.iter().map(|validity| validity.and_then(|v| v.fault(now)));
        let (number, fault) =
            faults.enumerate().find_map(|(number, fault)| Some((number, fault?)))?;
        let which = match (number, self.validity.len()) {
            (0, _) => "the client certificate".to_owned(),
            (number, _) => format!("certificate {} of the chain", number + 1),
        };
        Some(Problem::of(&self.source, format!("{which} in {} {fault}", self.source)))
    }
}

/// The certificate of the key stands first, its issuers behind it.
fn check_order(
    chain: &[CertificateDer<'static>],
    key: &Arc<dyn SigningKey>,
    source: &Source,
    key_source: &Source,
) -> Result<(), Problem> {
    let matches = |certificate: &CertificateDer<'static>| {
        CertifiedKey::new(vec![certificate.clone()], Arc::clone(key)).keys_match()
    };
    let refuse = |text| Err(Problem::of(source, text));
    for (number, certificate) in chain.iter().enumerate() {
        match matches(certificate) {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) if number == 0 => {
                return Ok(());
            }
            Ok(()) => {
                let number = number + 1;
                return refuse(format!(
                    "the chain in {source} is in the wrong order: certificate {number} is that of \
                     the key in {key_source} and must stand first, its issuers behind it"
                ));
            }
            Err(Error::InconsistentKeys(_)) => {}
            Err(error) => {
                let number = number + 1;
                return refuse(format!("certificate {number} in {source} is damaged: {error}"));
            }
        }
    }
    refuse(format!("the certificate in {source} and the private key in {key_source} do not match"))
}
