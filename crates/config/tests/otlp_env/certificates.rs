//! The files of certificates and keys that variables name: which are trusted, which is shown, and
//! what is said of those that are of no use.

use meterport_config::Protocol;
use meterport_core::{ErrorKind, RetryAdvice};
use meterport_testkit::{Authority, FakeCollector, Folder, Leaf, MutualTls, ServerTls};

use crate::variable::{Set, Variable};
use crate::{BOTH, export, transport};

/// Who issues certificates, and the files that variables name.
struct Files {
    authorities: MutualTls,
    folder: Folder,
}

impl Files {
    fn new() -> Self {
        Self { authorities: MutualTls::new(), folder: Folder::new() }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        self.folder.write(name, content).to_str().expect("a path of ASCII").to_owned()
    }

    /// A certificate of this authority for a client, and its key.
    fn client(&self, authority: &Authority, name: &str) -> [String; 2] {
        let issued = authority.issue(Leaf::client(name));
        let file = |extension, content| self.write(&format!("{name}.{extension}"), content);
        [file("pem", issued.certificate_pem), file("key", issued.key_pem)]
    }

    /// A file of the authority that has issued the servers' certificates.
    fn trusted(&self) -> String {
        self.write("ca.pem", self.authorities.servers.certificate_pem())
    }
}

/// What comes of an export to a collector with this TLS, in a word; the words of the error where
/// the exporter cannot be built.
fn meet(protocol: Protocol, server: &ServerTls, variables: &Set<'_>) -> Result<String, String> {
    let collector = match protocol {
        Protocol::Grpc => FakeCollector::start_grpc_tls(server),
        _ => FakeCollector::start_tls(server),
    };
    let url = collector.url();
    let mut variables = variables.clone();
    variables.push(("ENDPOINT", &url));
    let Err(error) = export(&*transport(protocol, &variables)?) else {
        return Ok("delivered".to_owned());
    };
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Connect, RetryAdvice::Backoff));
    assert!(!error.is_unconfirmed(), "{error}");
    assert!(collector.requests().is_empty(), "{error}");
    let words = [
        ("issued by nobody who is trusted", "not trusted"),
        ("the server refuses the client certificate in ", "refused"),
        ("the server requires a client certificate, and none is set", "required"),
    ];
    let text = error.to_string();
    let found = words.iter().find(|(part, _)| text.contains(part));
    Ok(found.map_or(&*text, |found| found.1).to_owned())
}

#[test]
fn certificate() {
    let files = Files::new();
    let MutualTls { servers, clients } = &files.authorities;
    let server = ServerTls::new(&servers.issue(Leaf::server(["localhost", "127.0.0.1"])));
    let good = files.trusted();
    let other = files.write("other.pem", clients.certificate_pem());
    let empty = files.write("empty.pem", "");
    let variable = Variable {
        generic: Some("CERTIFICATE"),
        metrics: "METRICS_CERTIFICATE",
        default: "not trusted",
        good: &[(&good, "delivered"), (&other, "not trusted")],
        bad: &[("/nowhere/ca.pem", "/nowhere/ca.pem cannot be read: "), (&empty, &empty)],
    };
    for protocol in BOTH {
        variable.check(|variables| meet(protocol, &server, variables));
    }
}

#[test]
fn client_certificate_and_client_key() {
    let files = Files::new();
    let server = files.authorities.server();
    let ca = files.trusted();
    let [certificate, key] = files.client(&files.authorities.clients, "client");
    let [other_certificate, other_key] = files.client(&files.authorities.clients, "other");
    let both = files.write(
        "both.pem",
        [&certificate, &key].map(|path| std::fs::read_to_string(path).unwrap()).concat(),
    );
    let variables = [
        (
            Variable {
                generic: Some("CLIENT_CERTIFICATE"),
                metrics: "METRICS_CLIENT_CERTIFICATE",
                default: "the other is missing",
                good: &[
                    (&certificate, "delivered"),
                    (&other_certificate, "do not match"),
                    (&both, "delivered"),
                ],
                bad: &[("/nowhere/client.pem", "/nowhere/client.pem cannot be read: ")],
            },
            ("CLIENT_KEY", &key),
        ),
        (
            Variable {
                generic: Some("CLIENT_KEY"),
                metrics: "METRICS_CLIENT_KEY",
                default: "the other is missing",
                good: &[(&key, "delivered"), (&other_key, "do not match"), (&both, "delivered")],
                bad: &[("/nowhere/client.key", "/nowhere/client.key cannot be read: ")],
            },
            ("METRICS_CLIENT_CERTIFICATE", &certificate),
        ),
    ];
    for (variable, (counterpart, path)) in &variables {
        for protocol in BOTH {
            variable.check(|variables| {
                let mut variables = variables.clone();
                variables.extend([("CERTIFICATE", &*ca), (counterpart, path)]);
                let words = [
                    (" is of use only with ", "the other is missing"),
                    (" do not match", "do not match"),
                ];
                meet(protocol, &server, &variables).or_else(|error| {
                    let found = words.iter().find(|(part, _)| error.contains(part));
                    found.map(|found| found.1.to_owned()).ok_or(error)
                })
            });
        }
    }
}

#[test]
fn a_server_that_refuses_says_so_in_every_version_of_tls() {
    let files = Files::new();
    let ca = files.trusted();
    let [certificate, key] = files.client(&Authority::new("strangers"), "stranger");
    let stranger =
        vec![("CERTIFICATE", &*ca), ("CLIENT_CERTIFICATE", &certificate), ("CLIENT_KEY", &key)];
    let required = files.authorities.server();
    for protocol in BOTH {
        for server in [required.clone(), required.clone().only_tls12()] {
            assert_eq!(meet(protocol, &server, &stranger).as_deref(), Ok("refused"));
        }
        let nobody = vec![("CERTIFICATE", &*ca)];
        assert_eq!(meet(protocol, &required, &nobody).as_deref(), Ok("required"));
    }
}

#[test]
fn without_tls_they_mean_nothing() {
    for protocol in BOTH {
        for name in ["CERTIFICATE", "CLIENT_CERTIFICATE", "METRICS_CLIENT_KEY"] {
            let build = |endpoint| {
                let variables = [("ENDPOINT", endpoint), (name, "/nowhere/file.pem")];
                transport(protocol, &variables).map(drop)
            };
            assert_eq!(build("http://c"), Ok(()), "{name}");
            assert!(build("https://c").is_err(), "{name}");
        }
    }
}
