//! The variables of certificates and of `insecure`: what an exporter of either protocol does that was
//! made of them.

use std::ffi::OsString;

use meterport_config::{OtlpExporter, Protocol};
use meterport_core::{Deadline, ErrorKind, ExportError, MetricExporter, Outcome, Variables};
use meterport_testkit::workload::Workload;
use meterport_testkit::{FakeCollector, Folder, MutualTls, ServerTls};

const PREFIX: &str = "OTEL_EXPORTER_OTLP_";

/// Variables without their prefix.
type Set<'a> = [(&'a str, &'a str)];

/// Both transports.
const BOTH: [Protocol; 2] = [Protocol::HttpProtobuf, Protocol::Grpc];

fn exporter(protocol: Protocol, variables: &Set<'_>) -> Result<Box<dyn MetricExporter>, String> {
    let lookup = |name: &str| {
        let name = name.strip_prefix(PREFIX)?;
        variables.iter().find(|set| set.0 == name).map(|set| OsString::from(set.1))
    };
    let builder = OtlpExporter::builder().protocol(protocol);
    let built = builder.with_variables(&Variables::new(&lookup)).and_then(|b| b.build_transport());
    built.map_err(|error| error.to_string())
}

fn export(protocol: Protocol, variables: &Set<'_>) -> Result<Outcome, ExportError> {
    let exporter = exporter(protocol, variables).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(exporter.export(&Workload::mixed(3).batch(0), Deadline::NONE))
}

fn collector(protocol: Protocol, tls: &ServerTls) -> FakeCollector {
    match protocol {
        Protocol::Grpc => FakeCollector::start_grpc_tls(tls),
        _ => FakeCollector::start_tls(tls),
    }
}

#[test]
fn certificates_are_shown_and_trusted() {
    let certificates = MutualTls::new();
    let (client, folder) = (certificates.client(), Folder::new());
    let file = |name, content: &str| folder.write(name, content).to_str().unwrap().to_owned();
    let ca = &*file("ca.pem", &certificates.servers.certificate_pem());
    let other = &*file("other.pem", &certificates.clients.certificate_pem());
    let shown = &*file("client.pem", &client.certificate_pem);
    let key = &*file("client.key", &client.key_pem);
    // What is set beside the endpoint, and what the error says if it is one.
    let (good, generic) = (("METRICS_CERTIFICATE", ca), ("CERTIFICATE", ca));
    let table: [(&Set<'_>, Option<&str>); 8] = [
        (&[generic, ("CLIENT_CERTIFICATE", shown), ("CLIENT_KEY", key)], None),
        (&[good, ("METRICS_CLIENT_CERTIFICATE", shown), ("METRICS_CLIENT_KEY", key)], None),
        (&[good, ("CLIENT_CERTIFICATE", shown), ("METRICS_CLIENT_KEY", key)], None),
        (&[good, generic, ("CLIENT_CERTIFICATE", shown), ("CLIENT_KEY", key)], None),
        (&[good, ("CERTIFICATE", other), ("CLIENT_CERTIFICATE", shown), ("CLIENT_KEY", key)], None),
        (
            &[("CERTIFICATE", other), ("CLIENT_CERTIFICATE", shown), ("CLIENT_KEY", key)],
            Some("trusted"),
        ),
        (&[generic], Some("the server requires a client certificate, and none is set")),
        (
            &[generic, ("CLIENT_CERTIFICATE", ""), ("METRICS_CLIENT_KEY", " ")],
            Some("the server requires a client certificate, and none is set"),
        ),
    ];
    for protocol in BOTH {
        let collector = collector(protocol, &certificates.server());
        let url = collector.url();
        for (variables, problem) in table {
            let variables = [variables, &[("ENDPOINT", &url)]].concat();
            match (export(protocol, &variables), problem) {
                (Ok(outcome), None) => assert!(outcome.delivered > 0),
                (Err(error), Some(problem)) => {
                    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
                    assert!(error.to_string().contains(problem), "{error}");
                    assert!(!error.is_unconfirmed());
                }
                (found, _) => panic!("{variables:?}: {found:?}"),
            }
        }
        assert_eq!(collector.requests().len(), 5);
    }
}

#[test]
fn what_is_wrong_with_them_is_an_error_of_build_where_there_is_tls() {
    let (nowhere, lone) = ("/nowhere/a.pem", "is of use only with");
    let table = [
        ("CERTIFICATE", "/nowhere/a.pem cannot be read: "),
        ("METRICS_CERTIFICATE", "/nowhere/a.pem cannot be read: "),
        ("CLIENT_CERTIFICATE", lone),
        ("METRICS_CLIENT_CERTIFICATE", lone),
        ("CLIENT_KEY", lone),
        ("METRICS_CLIENT_KEY", lone),
    ];
    for (protocol, (name, problem)) in BOTH.into_iter().flat_map(|p| table.map(|row| (p, row))) {
        let built =
            |endpoint| exporter(protocol, &[("ENDPOINT", endpoint), (name, nowhere)]).map(drop);
        let error = built("https://c").unwrap_err();
        assert!(error.starts_with(&format!("{PREFIX}{name}: {problem}")), "{protocol:?}: {error}");
        assert_eq!(built("http://c"), Ok(()), "{name}");
    }
}

/// It decides for gRPC where the endpoint has no scheme, and nothing else.
#[test]
fn insecure() {
    let certificates = MutualTls::new();
    let folder = Folder::new();
    let ca = folder.write("ca.pem", certificates.servers.certificate_pem());
    let plain = FakeCollector::start_grpc();
    let server = ServerTls::new(
        &certificates.servers.issue(meterport_testkit::Leaf::server(["localhost", "127.0.0.1"])),
    );
    let tls = FakeCollector::start_grpc_tls(&server);
    // With which variables which of the two is reached.
    let table: [(&Set<'_>, bool); 8] = [
        (&[], true),
        (&[("INSECURE", "")], true),
        (&[("INSECURE", "false")], true),
        (&[("INSECURE", "true")], false),
        (&[("INSECURE", " TRUE ")], false),
        (&[("METRICS_INSECURE", "true")], false),
        (&[("INSECURE", "true"), ("METRICS_INSECURE", "false")], true),
        (&[("INSECURE", "false"), ("METRICS_INSECURE", "true")], false),
    ];
    for (variables, secure) in table {
        for (collector, reached) in [(&plain, !secure), (&tls, secure)] {
            let address = collector.addr().to_string();
            let more = [("ENDPOINT", &*address), ("CERTIFICATE", ca.to_str().unwrap())];
            let exported = export(Protocol::Grpc, &[variables, &more].concat());
            assert_eq!(exported.is_ok(), reached, "{variables:?}, {exported:?}");
        }
        // A scheme says it all.
        let more = [("ENDPOINT", &*plain.url())];
        assert!(export(Protocol::Grpc, &[variables, &more].concat()).is_ok(), "{variables:?}");
    }
    for name in ["INSECURE", "METRICS_INSECURE"] {
        let error = exporter(Protocol::Grpc, &[(name, "yes")]).unwrap_err();
        assert_eq!(error, format!("{PREFIX}{name}: `yes` is none of true, false"));
    }
}
