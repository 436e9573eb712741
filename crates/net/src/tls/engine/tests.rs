//! Certificates, keys and chains that are damaged in every way.

use std::time::SystemTime;

use meterport_testkit::{Authority, Leaf};
use proptest::prelude::*;
use tokio_rustls::rustls::RootCertStore;

use super::contents::Contents;
use super::identity::LoadedIdentity;
use super::*;

/// Settings of which everything is in these texts.
fn settings(ca: &[u8], certificate: &[u8], key: &[u8]) -> Settings {
    let (certificate, key) =
        (Source::memory("certificate", certificate), Source::memory("key", key));
    Settings {
        roots: vec![Roots::Pem(Source::memory("ca", ca))],
        identity: Some(Identity { certificate, key }),
        ..Settings::default()
    }
}

/// What is said of these texts, whatever they are.
fn verdict(ca: &[u8], certificate: &[u8], key: &[u8]) -> Vec<String> {
    let settings = settings(ca, certificate, key);
    let contents = Contents::read(&settings).unwrap();
    let provider = provider::provider(None).unwrap();
    let trusted =
        roots::add(&mut RootCertStore::empty(), &settings, &contents.roots, SystemTime::now());
    let identity = settings.identity.as_ref().unwrap();
    let loaded = LoadedIdentity::load(&provider, identity, contents.identity.as_ref().unwrap());
    let loaded = loaded.map(|loaded| drop(loaded.fault(SystemTime::now())));
    [trusted, loaded]
        .into_iter()
        .filter_map(|result| Some(result.err()?.text.to_string()))
        .collect()
}

struct Pem {
    certificate: String,
    key: String,
}

fn pem() -> Pem {
    let issued = Authority::new("authority").issue(Leaf::client("me"));
    Pem { certificate: issued.certificate_pem, key: issued.key_pem }
}

#[test]
fn what_is_whole_is_taken() {
    let Pem { certificate, key } = pem();
    let (certificate, key) = (certificate.as_bytes(), key.as_bytes());
    assert_eq!(verdict(certificate, certificate, key), [""; 0]);
    assert_eq!(verdict(b"", b"", b"").len(), 2);
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(verdict(&bytes, &bytes, &bytes).len(), 2);
        let framed = |what: &str| {
            [format!("-----BEGIN {what}-----\n").as_bytes(), &bytes, b"\n"].concat()
        };
        prop_assert!(!verdict(&framed("CERTIFICATE"), b"", &framed("PRIVATE KEY")).is_empty());
    }

    #[test]
    fn no_damage_is_too_much_and_none_tells_the_key(
        damage in proptest::collection::vec((0_usize..900, any::<u8>()), 1..6),
    ) {
        thread_local!(static WHOLE: Pem = pem());
        let hurt = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            for &(at, byte) in &damage {
                let length = bytes.len();
                bytes[at % length] = byte;
            }
            bytes
        };
        WHOLE.with(|Pem { certificate, key }| {
            let damaged = hurt(certificate);
            let said = verdict(&damaged, &damaged, &hurt(key)).concat();
            let secret = key.lines().filter(|line| !line.starts_with('-'));
            for part in secret.flat_map(|line| line.as_bytes().chunks(12)) {
                assert!(!said.contains(std::str::from_utf8(part).unwrap()), "{said}");
            }
        });
    }
}
