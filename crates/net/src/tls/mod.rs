//! The settings of TLS, which exist with and without the code that speaks it.

#[cfg_attr(not(any(feature = "tls-ring", feature = "tls-aws-lc")), path = "engine_absent.rs")]
mod engine;
mod source;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use meterport_core::ConfigError;

pub(crate) use engine::TlsClient;
use source::Source;

/// The names of the settings in errors.
const CA: &str = "ca";
const CERTIFICATE: &str = "client_certificate";
const KEY: &str = "client_key";

/// How connections to `https` endpoints are secured: one value for every transport.
///
/// It is cheap to clone, and clones share the certificates that were loaded. Without any setting
/// the system's roots are trusted, no client certificate is shown, and TLS 1.2 and 1.3 are
/// spoken. Nothing is read before a client or connector is built with it; from then on:
///
/// - What is wrong with a certificate or key (unreadable, empty, not PEM, damaged, encrypted,
///   expired, in the wrong order, not the other's) is an error of `build` that names file and
///   cause.
/// - Files are read again for each new connection, and used if they have changed. If what they
///   hold then is no good, the last good content stays in use, a warning (`tracing`) says why,
///   and so does every handshake that fails meanwhile. Connections that are open stay as they
///   are. The system's roots are read once.
/// - A handshake that fails is an error whose text names the cause, and that is to be retried: a
///   certificate that is replaced heals it. Nothing is ever sent in the clear instead.
///
/// Cryptography comes from the Cargo features `tls-ring` and `tls-aws-lc`; both may be on. A
/// process-wide default of rustls is neither used nor set.
///
/// ```
/// use meterport_net::Tls;
///
/// let tls = Tls::new()
///     .ca_file("/etc/collector/ca.pem")
///     .client_certificate_file("/etc/collector/client.pem", "/etc/collector/client.key");
/// ```
#[derive(Clone, Default)]
pub struct Tls {
    settings: Arc<Settings>,
    /// What the clones of these settings have loaded.
    client: Arc<Mutex<Option<TlsClient>>>,
}

#[derive(Clone, Default)]
pub(crate) struct Settings {
    roots: Vec<Roots>,
    identity: Option<Identity>,
    server_name: Option<Arc<str>>,
    min_version: TlsVersion,
    crypto: Option<Crypto>,
    unverified: bool,
}

/// Whose signature is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Roots {
    System,
    Webpki,
    Pem(Source),
}

/// Who the client is.
#[derive(Clone)]
struct Identity {
    certificate: Source,
    key: Source,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2.
    #[default]
    V1_2,
    /// TLS 1.3.
    V1_3,
}

/// Whose cryptography is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Crypto {
    /// AWS-LC's, Cargo feature `tls-aws-lc`.
    AwsLc,
    /// ring's, Cargo feature `tls-ring`.
    Ring,
}

impl Tls {
    /// The system's roots, no client certificate.
    pub fn new() -> Self {
        Self::default()
    }

    /// As an environment names the PEM files: the certificates that are trusted in place of the
    /// system's, and the client's certificate and key. Each is a path behind the name of its
    /// variable, with which errors begin. `None` if there is none.
    pub fn from_files(
        trusted: Option<(&'static str, &str)>,
        client: Option<[(&'static str, &str); 2]>,
    ) -> Option<Self> {
        if trusted.is_none() && client.is_none() {
            return None;
        }
        let file = |(variable, path): (&'static str, &str)| Source::file(variable, path);
        let mut tls = Self::new();
        if let Some(trusted) = trusted {
            tls = tls.trust(Roots::Pem(file(trusted)));
        }
        if let Some([certificate, key]) = client {
            tls = tls.identity(file(certificate), file(key));
        }
        Some(tls)
    }

    /// Trusts the certificates in a PEM file, of authorities or of servers' own issuers.
    ///
    /// This and the other methods for trust add up; as soon as one of them is called, the
    /// system's roots are trusted only by [`system_roots`](Self::system_roots).
    #[must_use]
    pub fn ca_file(self, path: impl AsRef<Path>) -> Self {
        self.trust(Roots::Pem(Source::file(CA, path)))
    }

    /// Trusts the certificates in this PEM text.
    #[must_use]
    pub fn ca_pem(self, pem: impl AsRef<[u8]>) -> Self {
        self.trust(Roots::Pem(Source::memory(CA, pem)))
    }

    /// Trusts the system's roots besides what else is trusted. On Unix they are read from where
    /// OpenSSL reads them, `SSL_CERT_FILE` and `SSL_CERT_DIR` included.
    #[must_use]
    pub fn system_roots(self) -> Self {
        self.trust(Roots::System)
    }

    /// Trusts the roots of Mozilla, which are compiled in: for systems that have none, such as
    /// an empty container.
    #[must_use]
    pub fn webpki_roots(self) -> Self {
        self.trust(Roots::Webpki)
    }

    /// Shows a client certificate to servers that ask for one (mTLS): PEM files of the
    /// certificate, followed by those of its issuers if there are any between it and what the
    /// server trusts, and of its private key, unencrypted. Both may be one file.
    #[must_use]
    pub fn client_certificate_file(
        self,
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Self {
        self.identity(Source::file(CERTIFICATE, certificate), Source::file(KEY, key))
    }

    /// As [`client_certificate_file`](Self::client_certificate_file), from PEM texts.
    #[must_use]
    pub fn client_certificate_pem(
        self,
        certificate: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
    ) -> Self {
        self.identity(Source::memory(CERTIFICATE, certificate), Source::memory(KEY, key))
    }

    /// The name that the server is asked for and whose certificate it must have, in place of the
    /// endpoint's host: for servers that are reached by an address or through a forwarded port.
    #[must_use]
    pub fn server_name(self, name: impl Into<Arc<str>>) -> Self {
        let name = name.into();
        self.change(|settings| settings.server_name = Some(name))
    }

    /// The lowest version that is spoken: TLS 1.2 by default.
    #[must_use]
    pub fn min_version(self, version: TlsVersion) -> Self {
        self.change(|settings| settings.min_version = version)
    }

    /// Whose cryptography is used, where both are compiled in: ring's by default.
    #[must_use]
    pub fn crypto(self, crypto: Crypto) -> Self {
        self.change(|settings| settings.crypto = Some(crypto))
    }

    /// Takes any certificate for any name. **Whoever is between here and there can then read and
    /// change everything, credentials included**: for a test on one's own machine, and nothing
    /// else. A warning is logged (`tracing`) each time something is built with it.
    #[must_use]
    pub fn danger_accept_invalid_certs(self, accept: bool) -> Self {
        self.change(|settings| settings.unverified = accept)
    }

    fn trust(self, roots: Roots) -> Self {
        self.change(|settings| {
            if !settings.roots.contains(&roots) {
                settings.roots.push(roots);
            }
        })
    }

    fn identity(self, certificate: Source, key: Source) -> Self {
        self.change(|settings| settings.identity = Some(Identity { certificate, key }))
    }

    fn change(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self.client = Arc::default();
        self
    }

    /// That TLS is compiled in.
    pub(crate) fn check_available(&self) -> Result<(), ConfigError> {
        engine::check_available(&self.settings)
    }

    /// What speaks TLS by these settings; the certificates are loaded the first time.
    pub(crate) fn client(&self) -> Result<TlsClient, ConfigError> {
        let mut loaded = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match &*loaded {
            Some(client) => client.clone(),
            None => loaded.insert(TlsClient::open(&self.settings)?).clone(),
        };
        if self.settings.unverified {
            tracing::warn!(
                "TLS without verification: danger_accept_invalid_certs is set, anyone can read \
                 and change what is sent"
            );
        }
        Ok(client)
    }
}

/// Files by their path, PEM texts by their length.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { roots, identity, server_name, min_version, crypto, unverified } =
            &*self.settings;
        f.debug_struct("Tls")
            .field("roots", roots)
            .field("client_certificate", &identity.as_ref().map(|it| &it.certificate))
            .field("client_key", &identity.as_ref().map(|it| &it.key))
            .field("server_name", server_name)
            .field("min_version", min_version)
            .field("crypto", crypto)
            .field("danger_accept_invalid_certs", unverified)
            .finish()
    }
}
