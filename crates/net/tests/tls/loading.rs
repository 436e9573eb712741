//! What is wrong with certificates and keys is known when a client is built.

use meterport_net::{Connector, Crypto};
use meterport_testkit::Folder;

use super::*;

const URL: &str = "https://127.0.0.1:1";

fn error(tls: Tls) -> String {
    let error = builder(URL).tls(tls.clone()).build().expect_err("no good").to_string();
    let endpoint = Endpoint::parse("endpoint", URL, false).unwrap();
    let connector = Connector::builder(&endpoint).tls(tls).build();
    assert_eq!(connector.expect_err("no good").to_string(), error);
    error
}

/// `content` as a file: the error names it and says `what`.
fn check_ca(content: impl AsRef<[u8]>, what: &str) {
    let folder = Folder::new();
    let path = folder.write("ca.pem", &content);
    let text = error(Tls::new().ca_file(&path));
    assert_eq!(text, format!("ca: {}", what.replace('@', &path.display().to_string())));
    let text = error(Tls::new().ca_pem(&content));
    assert_eq!(text, format!("ca: {}", what.replace('@', "the PEM text in memory")));
}

#[test]
fn what_is_to_be_trusted_must_be_certificates() {
    let authority = Authority::new("authority");
    let pem = authority.certificate_pem();
    let expired = Authority::expired("old").certificate_pem();
    let over = "has expired on Mon, 01 Jan 2001 00:00:00 GMT";
    check_ca("", "@ is empty");
    check_ca(" \n", "@ is empty");
    check_ca("localhost", "@ is not PEM");
    check_ca([0x30, 0x82, 1, 2, 3], "@ is not PEM, but DER");
    check_ca(&pem[..pem.len() / 2], "@ is damaged: a section has no end");
    check_ca(pem.replacen('M', "*", 1), "@ is damaged: it is not base64");
    check_ca(good(&authority).key_pem, "@ holds no certificate, but a private key");
    check_ca(
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "@ holds no certificate",
    );
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    check_ca(
        format!("{pem}{nonsense}"),
        "certificate 2 in @ is damaged: invalid peer certificate: BadEncoding",
    );
    check_ca(&expired, &format!("the certificate in @ {over}"));
    check_ca(expired.repeat(2), &format!("no certificate in @ is valid now; the last {over}"));
    // One that is good is enough.
    builder(URL).tls(Tls::new().ca_pem(expired + &pem)).build().unwrap();

    let missing = Folder::new().path().join("ca.pem");
    let text = error(Tls::new().ca_file(&missing));
    let start = format!("ca: {} cannot be read: ", missing.display());
    assert!(text.starts_with(&start) && text.contains("os error 2"), "{text}");
    let folder = Folder::new();
    let text = error(Tls::new().ca_file(folder.path()));
    assert!(text.ends_with("cannot be read: it is not a regular file"), "{text}");
    let huge = folder.write("huge.pem", vec![b' '; 8 * 1024 * 1024 + 1]);
    let text = error(Tls::new().ca_file(huge));
    assert!(text.ends_with("cannot be read: it is larger than 8388608 bytes"), "{text}");
}

#[test]
fn a_client_certificate_must_go_with_its_key() {
    let authority = Authority::new("authority");
    let below = authority.intermediate("below");
    let (one, two) = (below.issue(Leaf::client("one")), below.issue(Leaf::client("two")));
    let chain = one.certificate_pem.clone() + &below.certificate_pem();
    let reversed = below.certificate_pem() + &one.certificate_pem;
    let folder = Folder::new();
    let check = |certificate: &str, key: &str, what: Option<&str>| {
        let paths = (folder.write("c.pem", certificate), folder.write("k.pem", key));
        let by_file = Tls::new().client_certificate_file(&paths.0, &paths.1).webpki_roots();
        let Some(what) = what else {
            builder(URL).tls(by_file).build().unwrap();
            return;
        };
        let named = what.replace("@c", &paths.0.display().to_string());
        assert_eq!(error(by_file), named.replace("@k", &paths.1.display().to_string()));
        let by_text = Tls::new().client_certificate_pem(certificate, key).webpki_roots();
        let named = what.replace("@c", "the PEM text in memory");
        assert_eq!(error(by_text), named.replace("@k", "the PEM text in memory"));
    };
    check(&chain, &one.key_pem, None);
    // Both in one file.
    check(&(chain.clone() + &one.key_pem), &(chain.clone() + &one.key_pem), None);
    let mismatch =
        "client_certificate: the certificate in @c and the private key in @k do not match";
    check(&chain, &two.key_pem, Some(mismatch));
    check(
        &reversed,
        &one.key_pem,
        Some(
            "client_certificate: the chain in @c is in the wrong order: certificate 2 is that of \
             the key in @k and must stand first, its issuers behind it",
        ),
    );
    check("", &one.key_pem, Some("client_certificate: @c is empty"));
    check(&one.certificate_pem, "", Some("client_key: @k is empty"));
    check(
        &one.certificate_pem,
        &one.certificate_pem,
        Some("client_key: @k holds no private key, but a certificate"),
    );
    check(
        &one.key_pem,
        &one.key_pem,
        Some("client_certificate: @c holds no certificate, but a private key"),
    );
    check(
        &one.certificate_pem,
        &one.key_pem.repeat(2),
        Some("client_key: @k holds 2 private keys, not one"),
    );
    let encrypted = "client_key: the private key in @k is encrypted: it must be given decrypted";
    let key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    check(&one.certificate_pem, key, Some(encrypted));
    let key = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n\
               -----END RSA PRIVATE KEY-----\n";
    check(&one.certificate_pem, key, Some(encrypted));
    let expired = below.issue(Leaf::client("old").expired());
    check(
        &expired.certificate_pem,
        &expired.key_pem,
        Some(
            "client_certificate: the client certificate in @c has expired on \
             Mon, 01 Jan 2001 00:00:00 GMT",
        ),
    );
    let early = below.issue(Leaf::client("new").not_yet_valid());
    check(
        &early.certificate_pem,
        &early.key_pem,
        Some(
            "client_certificate: the client certificate in @c is not valid before \
             Sat, 01 Jan 4000 00:00:00 GMT",
        ),
    );
    let broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let text = error(Tls::new().webpki_roots().client_certificate_pem(&chain, broken));
    assert!(
        text.starts_with("client_key: the private key in the PEM text in memory cannot be used")
    );
}

#[test]
fn a_name_must_be_one() {
    let text = error(Tls::new().webpki_roots().server_name("not a name"));
    assert_eq!(text, "server_name: is no name that a certificate can have");
}

#[test]
fn what_is_broken_can_be_mended_without_a_new_value() {
    let folder = Folder::new();
    let tls = Tls::new().ca_file(folder.write("ca.pem", ""));
    builder(URL).tls(tls.clone()).build().unwrap_err();
    folder.write("ca.pem", Authority::new("authority").certificate_pem());
    builder(URL).tls(tls).build().unwrap();
}

#[test]
fn nothing_is_loaded_for_an_endpoint_without_tls() {
    let tls = Tls::new().ca_file("/nowhere/ca.pem");
    builder("http://127.0.0.1:1").tls(tls).build().unwrap();
}

#[tokio::test]
async fn every_provider_works_beside_the_other_and_without_a_default() {
    let authority = Authority::new("authority");
    let me = authority.issue(Leaf::client("me"));
    let server = ServerTls::new(&good(&authority)).require_client_of(&authority);
    let tls = trusting(&authority).client_certificate_pem(&me.certificate_pem, &me.key_pem);
    let collector = FakeCollector::start_tls(&server);
    for crypto in [None, Some(Crypto::Ring), Some(Crypto::AwsLc)] {
        let tls = crypto.map_or_else(|| tls.clone(), |crypto| tls.clone().crypto(crypto));
        match builder(&collector.url()).tls(tls).build() {
            Ok(client) => assert_eq!(send(&client, &collector.url()).await.unwrap(), ANSWERED),
            Err(error) => {
                assert_eq!(crypto, Some(Crypto::AwsLc));
                let missing = "crypto: is not compiled in: enable the feature `tls-aws-lc`";
                assert_eq!(error.to_string(), missing);
            }
        }
    }
    assert!(tokio_rustls::rustls::crypto::CryptoProvider::get_default().is_none());
}

#[test]
fn no_text_holds_a_key() {
    let authority = Authority::new("authority");
    let me = authority.issue(Leaf::client("me"));
    let tls = trusting(&authority).client_certificate_pem(&me.certificate_pem, &me.key_pem);
    let builder = builder(URL).tls(tls.clone());
    let endpoint = Endpoint::parse("endpoint", URL, false).unwrap();
    let connector = Connector::builder(&endpoint).tls(tls.clone());
    let mut said = format!("{tls:?} {builder:?} {connector:?}");
    said += &format!("{:?} {:?}", builder.build().unwrap(), connector.build().unwrap());
    // A key that is cut off, and one that is damaged.
    for key in [&me.key_pem[..100], &me.key_pem.replacen("M", "*", 1)] {
        said += &error(trusting(&authority).client_certificate_pem(&me.certificate_pem, key));
    }
    for line in me.key_pem.lines().filter(|line| !line.starts_with("-----")) {
        for part in line.as_bytes().chunks(12) {
            assert!(!said.contains(std::str::from_utf8(part).unwrap()), "{said}");
        }
    }
}
