//! `web-config.yml`: TLS, clients' certificates, users, headers.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use meterport_core::Deadline;
use meterport_net::auth::Basic;
use meterport_net::{Answer, Endpoint, HttpClient, SendError, Tls};
use meterport_prom_pull::{PrometheusExporter, ScrapeService};
use meterport_prom_server::PrometheusServer;
use meterport_testkit::{Authority, Folder, Leaf};

fn start(folder: &Folder, yaml: &str) -> PrometheusServer {
    let path = folder.write("web-config.yml", yaml);
    let exporter = PrometheusExporter::builder().build();
    let service = ScrapeService::builder().producer(exporter).build().expect("good settings");
    let builder = PrometheusServer::builder(service).host("127.0.0.1").port(0);
    builder.web_config(path).start().expect("a good file")
}

/// The hash of a password, as cheap as bcrypt has it.
fn hashed(password: &str) -> String {
    bcrypt::hash(password, 4).expect("a hash")
}

async fn get(
    server: &PrometheusServer,
    path: &str,
    tls: Option<Tls>,
    user: Option<(&str, &str)>,
) -> Result<Answer, SendError> {
    let scheme = if tls.is_some() { "https" } else { "http" };
    let port = server.address().tcp().expect("a port").port();
    let url = format!("{scheme}://localhost:{port}{path}");
    let endpoint = Endpoint::parse("endpoint", &url, true).expect("an address");
    let mut client = HttpClient::builder(&endpoint);
    if let Some(tls) = tls {
        client = client.tls(tls);
    }
    if let Some((name, password)) = user {
        client = client.hook(Basic::new(name, password).expect("a user"));
    }
    let request = Request::get(endpoint.uri()).body(Bytes::new()).expect("a request");
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(20));
    client.build().expect("good settings").send(request, deadline).await
}

async fn status(
    server: &PrometheusServer,
    path: &str,
    tls: Option<Tls>,
    user: Option<(&str, &str)>,
) -> u16 {
    get(server, path, tls, user).await.expect("an answer").status.as_u16()
}

#[tokio::test]
async fn users_are_asked_for_their_passwords_everywhere() {
    let folder = Folder::new();
    let yaml = format!(
        "basic_auth_users:\n  alice: {}\nhttp_server_config:\n  headers:\n    X-Frame-Options: deny\n",
        hashed("right:one")
    );
    let server = start(&folder, &yaml);
    for path in ["/metrics", "/", "/-/healthy", "/nowhere"] {
        for user in [None, Some(("alice", "wrong")), Some(("bob", "right:one")), Some(("", ""))] {
            let answer = get(&server, path, None, user).await.expect("an answer");
            assert_eq!(answer.status, 401, "{path} {user:?}");
            let asked = answer.headers["www-authenticate"].to_str().expect("text");
            assert!(asked.starts_with("Basic realm="));
            assert_eq!(answer.headers["x-frame-options"], "deny");
        }
    }
    // Twice: the second time it is remembered.
    for _ in 0..2 {
        assert_eq!(status(&server, "/metrics", None, Some(("alice", "right:one"))).await, 200);
    }
}

#[tokio::test]
async fn tls_and_clients_certificates_are_as_the_file_says() {
    let authority = Authority::new("ours");
    let issued = authority.issue(Leaf::server(["localhost"]));
    let client = authority.issue(Leaf::client("scraper"));
    let stranger = Authority::new("another").issue(Leaf::client("stranger"));
    let trusting = || Tls::new().ca_pem(authority.certificate_pem());
    let known = || trusting().client_certificate_pem(&client.certificate_pem, &client.key_pem);
    let unknown =
        || trusting().client_certificate_pem(&stranger.certificate_pem, &stranger.key_pem);
    // With no certificate, with a good one, with another's.
    let table = [
        ("", [true, true, true]),
        ("  client_auth_type: VerifyClientCertIfGiven\n", [true, true, false]),
        ("  client_auth_type: RequireAndVerifyClientCert\n", [false, true, false]),
    ];
    for (line, expected) in table {
        let folder = Folder::new();
        folder.write("cert.pem", &issued.certificate_pem);
        folder.write("key.pem", &issued.key_pem);
        folder.write("ca.pem", authority.certificate_pem());
        let ca = if line.is_empty() { "" } else { "  client_ca_file: ca.pem\n" };
        let yaml =
            format!("tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n{ca}{line}");
        let server = start(&folder, &yaml);
        for (tls, expected) in [trusting(), known(), unknown()].into_iter().zip(expected) {
            let answered = get(&server, "/metrics", Some(tls), None).await;
            assert_eq!(answered.is_ok(), expected, "{line}: {answered:?}");
        }
        assert!(get(&server, "/metrics", None, None).await.is_err(), "in the clear");
    }
}

#[test]
fn what_is_wrong_is_an_error_of_the_start() {
    let folder = Folder::new();
    let authority = Authority::new("ours");
    let (one, other) = (
        authority.issue(Leaf::server(["localhost"])),
        authority.issue(Leaf::server(["localhost"])),
    );
    folder.write("cert.pem", &one.certificate_pem);
    folder.write("other.pem", &other.key_pem);
    folder.write("empty.pem", "");
    let table = [
        ("basic_auth_users: {alice: password}", "is no hash of bcrypt"),
        (
            "tls_server_config: {cert_file: none.pem, key_file: other.pem}",
            "none.pem cannot be read",
        ),
        ("tls_server_config: {cert_file: empty.pem, key_file: other.pem}", "there is none"),
        ("tls_server_config: {cert_file: cert.pem, key_file: empty.pem}", "the private key"),
        ("tls_server_config: {cert_file: cert.pem, key_file: other.pem}", "the certificate and"),
    ];
    for (yaml, expected) in table {
        let path = folder.write("web-config.yml", yaml);
        let exporter = PrometheusExporter::builder().build();
        let service = ScrapeService::builder().producer(exporter).build().expect("good settings");
        let builder = PrometheusServer::builder(service).host("127.0.0.1").port(0);
        let error = builder.web_config(path).bind().expect_err("refused").to_string();
        assert!(error.starts_with("web_config: ") && error.contains(expected), "{yaml}: {error}");
        assert!(!error.contains("password"), "{error}");
    }
}
