//! Certificates and keys out of PEM, with words for everything that can be wrong with it.

use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Problem, Source};

const BEGIN: &[u8] = b"-----BEGIN ";
/// Of PKCS #8 and of the older form, which says so in a header.
const ENCRYPTED: [&[u8]; 2] = [b"-----BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED"];
/// How DER of a certificate or a key begins: a sequence of 256 bytes or more.
const DER: &[u8] = &[0x30, 0x82];

/// All certificates, in their order; at least one.
pub(super) fn certificates(
    source: &Source,
    bytes: &[u8],
) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let refuse = |text: String| Problem::of(source, text);
    check(source, bytes).map_err(refuse)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    let certificates = certificates.map_err(|error| refuse(damaged(source, &error)))?;
    if certificates.is_empty() {
        let besides = if contains(bytes, b"PRIVATE KEY-----") { ", but a private key" } else { "" };
        return Err(refuse(format!("{source} holds no certificate{besides}")));
    }
    Ok(certificates)
}

/// The one private key.
pub(super) fn private_key(
    source: &Source,
    bytes: &[u8],
) -> Result<PrivateKeyDer<'static>, Problem> {
    let refuse = |text: String| Problem::of(source, text);
    check(source, bytes).map_err(refuse)?;
    if ENCRYPTED.iter().any(|mark| contains(bytes, mark)) {
        let text = format!("the private key in {source} is encrypted: it must be given decrypted");
        return Err(refuse(text));
    }
    let keys: Result<Vec<_>, _> = PrivateKeyDer::pem_slice_iter(bytes).collect();
    let mut keys = keys.map_err(|error| refuse(damaged(source, &error)))?;
    match (keys.pop(), keys.len()) {
        (Some(key), 0) => Ok(key),
        (Some(_), others) => {
            Err(refuse(format!("{source} holds {} private keys, not one", others + 1)))
        }
        (None, _) => {
            let certificate = contains(bytes, b"BEGIN CERTIFICATE-----");
            let besides = if certificate { ", but a certificate" } else { "" };
            Err(refuse(format!("{source} holds no private key{besides}")))
        }
    }
}

/// Whether there is PEM at all.
fn check(source: &Source, bytes: &[u8]) -> Result<(), String> {
    if bytes.trim_ascii().is_empty() {
        Err(format!("{source} is empty"))
    } else if contains(bytes, BEGIN) {
        Ok(())
    } else if bytes.starts_with(DER) {
        Err(format!("{source} is not PEM, but DER"))
    } else {
        Err(format!("{source} is not PEM"))
    }
}

/// The error's own text may hold a line of the key, which is in no text of ours.
fn damaged(source: &Source, error: &pem::Error) -> String {
    let what = match error {
        pem::Error::MissingSectionEnd { .. } => "a section has no end",
        pem::Error::IllegalSectionStart { .. } => "the first line of a section is damaged",
        pem::Error::Base64Decode(_) => "it is not base64",
        _ => "it cannot be read",
    };
    format!("{source} is damaged: {what}")
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
