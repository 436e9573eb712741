//! Certificates, made when a test runs: an [`Authority`] issues a [`Leaf`], good or with a fault.
//!
//! ```
//! use meterport_testkit::{Authority, FakeCollector, Leaf, ServerTls};
//!
//! let authority = Authority::new("test authority");
//! let server = authority.issue(Leaf::server(["localhost", "127.0.0.1"]));
//! let collector = FakeCollector::start_tls(&ServerTls::new(&server));
//! assert!(collector.url().starts_with("https://"));
//!
//! // What another authority has issued, or what has expired, is refused by a careful client.
//! collector.set_tls(&ServerTls::new(&authority.issue(Leaf::server(["localhost"]).expired())));
//! ```

mod folder;
mod mutual;
mod server;
#[cfg(test)]
mod tests;

use std::fmt;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};

pub use folder::Folder;
pub use mutual::MutualTls;
pub use server::ServerTls;

/// An authority whose certificate clients or servers may trust.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// An authority of this name, with a key of its own: two of one name are not the same.
    pub fn new(name: &str) -> Self {
        Self(CertifiedIssuer::self_signed(authority(name), key()).expect("sound parameters"))
    }

    /// One whose time is over.
    pub fn expired(name: &str) -> Self {
        let mut parameters = authority(name);
        parameters.not_before = date_time_ymd(2000, 1, 1);
        parameters.not_after = date_time_ymd(2001, 1, 1);
        Self(CertifiedIssuer::self_signed(parameters, key()).expect("sound parameters"))
    }

    /// An authority below this one: what it issues is trusted only along with its certificate.
    #[must_use]
    pub fn intermediate(&self, name: &str) -> Self {
        let issuer = CertifiedIssuer::signed_by(authority(name), key(), &self.0);
        Self(issuer.expect("sound parameters"))
    }

    /// Its certificate, for those who are to trust it.
    pub fn certificate_pem(&self) -> String {
        self.0.pem()
    }

    /// Issues a certificate with a new key.
    pub fn issue(&self, leaf: Leaf) -> Issued {
        let key = key();
        let certificate = leaf.0.signed_by(&key, &self.0).expect("sound parameters");
        Issued { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority(..)")
    }
}

fn key() -> KeyPair {
    KeyPair::generate().expect("the system's randomness")
}

fn authority(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

/// What a certificate is to say.
#[derive(Clone, Debug)]
pub struct Leaf(CertificateParams);

impl Leaf {
    /// For a server of these names: hosts or addresses. It is valid for ages.
    ///
    /// # Panics
    /// If a name is not ASCII.
    pub fn server<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let parameters = CertificateParams::new(names).expect("names in ASCII");
        Self(parameters).used_for(ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// For a client of this name.
    pub fn client(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        Self(parameters).used_for(ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// The same, but its time is over.
    #[must_use]
    pub fn expired(mut self) -> Self {
        self.0.not_before = date_time_ymd(2000, 1, 1);
        self.0.not_after = date_time_ymd(2001, 1, 1);
        self
    }

    /// The same, but its time has not come.
    #[must_use]
    pub fn not_yet_valid(mut self) -> Self {
        self.0.not_before = date_time_ymd(4000, 1, 1);
        self
    }

    /// The same, but said to be an authority's.
    #[must_use]
    pub fn as_authority(mut self) -> Self {
        self.0.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self
    }

    /// The certificate with a new key, signed by itself: it is trusted by who trusts it alone.
    pub fn self_signed(self) -> Issued {
        let key = key();
        let certificate = self.0.self_signed(&key).expect("sound parameters");
        Issued { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() }
    }

    fn used_for(mut self, purpose: ExtendedKeyUsagePurpose) -> Self {
        self.0.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        self.0.extended_key_usages = vec![purpose];
        self
    }
}

/// A certificate with its key.
#[derive(Clone)]
#[non_exhaustive]
pub struct Issued {
    /// The certificate in PEM; issuers may be appended.
    pub certificate_pem: String,
    /// Its private key in PEM (PKCS #8).
    pub key_pem: String,
}

/// Without the key.
impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("certificate_pem", &self.certificate_pem)
            .finish_non_exhaustive()
    }
}
