//! The conformance suite over TLS, with certificates on both sides. Those that the environment names
//! are tested for both transports in `meterport-config`.

use meterport_otlp_http::{OtlpHttpExporter, Tls};
use meterport_testkit::conformance::{self, Subject};
use meterport_testkit::{FakeCollector, MutualTls};

fn subject() -> Subject {
    let certificates = MutualTls::new();
    let collector = FakeCollector::start_tls(&certificates.server());
    let client = certificates.client();
    let tls = Tls::new()
        .ca_pem(certificates.servers.certificate_pem())
        .client_certificate_pem(client.certificate_pem, client.key_pem);
    let builder = OtlpHttpExporter::builder().endpoint(collector.url()).tls(tls);
    Subject::new(builder.build().unwrap()).with_peer(collector)
}
conformance::tests!(subject, network, transport, partial_success);
