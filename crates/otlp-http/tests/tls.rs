//! The conformance suite over TLS, with certificates on both sides. Those that the environment names
//! are tested for both transports in `meterport-config`.

use meterport_otlp_http::{OtlpHttpExporter, Tls};
use meterport_testkit::conformance::{self, Subject};
use meterport_testkit::{Authority, FakeCollector, Leaf, ServerTls};

fn subject() -> Subject {
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let server = servers.issue(Leaf::server(["localhost", "127.0.0.1"]));
    let server = ServerTls::new(&server).require_client_of(&clients);
    let collector = FakeCollector::start_tls(&server);
    let client = clients.issue(Leaf::client("service"));
    let tls = Tls::new()
        .ca_pem(servers.certificate_pem())
        .client_certificate_pem(client.certificate_pem, client.key_pem);
    let builder = OtlpHttpExporter::builder().endpoint(collector.url()).tls(tls);
    Subject::new(builder.build().unwrap()).with_peer(collector)
}
conformance::tests!(subject, network, transport, partial_success);
