//! The conformance suite over both formats and methods.

use meterport_prom_push::{Format, PushMethod, PushgatewayBuilder, PushgatewayExporter};
use meterport_testkit::FakeGateway;
use meterport_testkit::conformance::{self, Subject};

const SECRET: &str = "hunter2-of-the-header";

fn subject(set: fn(PushgatewayBuilder) -> PushgatewayBuilder) -> Subject {
    let gateway = FakeGateway::start();
    let builder = PushgatewayExporter::builder("conformance job")
        .endpoint(gateway.url())
        .grouping("instance", "a/b")
        .header("authorization", format!("Bearer {SECRET}"));
    let exporter = set(builder).build().expect("good settings");
    Subject::new(exporter)
        .with_peer(gateway)
        .with_secret(SECRET)
        .with_everything(conformance::classic_kinds)
}

mod protobuf {
    use super::*;

    fn subject() -> Subject {
        super::subject(|builder| builder)
    }
    conformance::tests!(subject, network, transport);
}

mod text {
    use super::*;

    fn subject() -> Subject {
        super::subject(|builder| builder.format(Format::Text).method(PushMethod::Post))
    }
    conformance::tests!(subject, network, transport);
}

#[cfg(feature = "gzip")]
mod gzip {
    use meterport_prom_push::Compression;

    use super::*;

    fn subject() -> Subject {
        super::subject(|builder| builder.compression(Compression::GZIP))
    }
    conformance::tests!(subject, network, transport);
}
