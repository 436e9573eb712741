//! TLS: the conformance suite over it, and the certificates that the environment names.

use meterport_core::{Deadline, ErrorKind, ExportError, MetricExporter, Outcome, Variables};
use meterport_otlp_grpc::{OtlpGrpcBuilder, OtlpGrpcExporter, Tls};
use meterport_testkit::conformance::{self, Subject};
use meterport_testkit::workload::Workload;
use meterport_testkit::{Authority, FakeCollector, Folder, Issued, Leaf, ServerTls};

fn good(authority: &Authority) -> Issued {
    authority.issue(Leaf::server(["localhost", "127.0.0.1"]))
}

mod mutual {
    use super::*;

    fn subject() -> Subject {
        let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
        let server = ServerTls::new(&good(&servers)).require_client_of(&clients);
        let collector = FakeCollector::start_grpc_tls(&server);
        let client = clients.issue(Leaf::client("service"));
        let tls = Tls::new()
            .ca_pem(servers.certificate_pem())
            .client_certificate_pem(client.certificate_pem, client.key_pem);
        let builder = OtlpGrpcExporter::builder().endpoint(collector.url()).tls(tls);
        Subject::new(builder.build().unwrap()).with_peer(collector)
    }
    conformance::tests!(subject, network, transport, partial_success);
}

async fn export(
    collector: &FakeCollector,
    variables: &[(&str, &str)],
) -> Result<Outcome, ExportError> {
    let lookup = |name: &str| {
        let name = name.strip_prefix("OTEL_EXPORTER_OTLP_")?;
        variables.iter().find(|variable| variable.0 == name).map(|variable| variable.1.into())
    };
    let builder = OtlpGrpcExporter::builder().endpoint(collector.url());
    let exporter = builder.with_variables(&Variables::new(&lookup)).unwrap().build().unwrap();
    exporter.export(&Workload::mixed(3).batch(0), Deadline::NONE).await
}

#[tokio::test]
async fn certificates_of_the_environment_are_shown_and_trusted() {
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let server = ServerTls::new(&good(&servers)).require_client_of(&clients);
    let collector = FakeCollector::start_grpc_tls(&server);
    let folder = Folder::new();
    let file = |name, content: &str| folder.write(name, content).to_str().unwrap().to_owned();
    let client = clients.issue(Leaf::client("service"));
    let (ca, other) =
        (file("ca.pem", &servers.certificate_pem()), file("other.pem", &clients.certificate_pem()));
    let certificate = file("client.pem", &client.certificate_pem);
    let key = file("client.key", &client.key_pem);
    let identity = [("CLIENT_CERTIFICATE", &*certificate), ("METRICS_CLIENT_KEY", &*key)];
    let with = |more: &[(&'static str, &str)]| {
        let all = identity.iter().chain(more);
        all.map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
    };
    let both = with(&[("CERTIFICATE", &other), ("METRICS_CERTIFICATE", &ca)]);
    let wrong = with(&[("CERTIFICATE", &other)]);
    let table =
        [(both, None), (wrong, Some("trusted")), (vec![("CERTIFICATE", ca)], Some("certificate"))];
    for (variables, problem) in table {
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, &**value)).collect();
        match (export(&collector, &variables).await, problem) {
            (Ok(outcome), None) => assert!(outcome.delivered > 0),
            (Err(error), Some(problem)) => {
                assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
                assert!(error.to_string().contains(problem), "{error}");
                assert!(!error.is_unconfirmed());
            }
            (found, _) => panic!("{variables:?}: {found:?}"),
        }
    }
    assert_eq!(collector.requests().len(), 1);
}

#[test]
fn what_is_wrong_with_them_is_an_error_of_build_where_there_is_tls() {
    let build = |endpoint: &str, variables: &[(&str, &str)]| {
        let lookup = |name: &str| {
            let name = name.strip_prefix("OTEL_EXPORTER_OTLP_")?;
            variables.iter().find(|variable| variable.0 == name).map(|variable| variable.1.into())
        };
        let builder = OtlpGrpcExporter::builder().endpoint(endpoint);
        let built = builder.with_variables(&Variables::new(&lookup));
        built.and_then(OtlpGrpcBuilder::build).map(drop).map_err(|error| error.to_string())
    };
    let missing = [("CERTIFICATE", "/nowhere/ca.pem")];
    let error = build("https://c", &missing).unwrap_err();
    let start = "OTEL_EXPORTER_OTLP_CERTIFICATE: /nowhere/ca.pem cannot be read: ";
    assert!(error.starts_with(start), "{error}");
    assert_eq!(build("http://c", &missing), Ok(()));
    let lone = [("CLIENT_KEY", "/nowhere/key.pem")];
    let error = build("https://c", &lone).unwrap_err();
    assert!(error.starts_with("OTEL_EXPORTER_OTLP_CLIENT_KEY: is of use only with"), "{error}");
}
