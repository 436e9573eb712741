//! The conformance suite over both versions.

use meterport_remote_write::{Protocol, RemoteWriteExporter};
use meterport_testkit::FakeReceiver;
use meterport_testkit::conformance::{self, Subject};

const SECRET: &str = "hunter2-of-the-header";

fn subject(protocol: Protocol) -> Subject {
    let receiver = FakeReceiver::start();
    let exporter = RemoteWriteExporter::builder()
        .endpoint(receiver.url())
        .protocol(protocol)
        .header("authorization", format!("Bearer {SECRET}"))
        .metadata_interval(None)
        .build()
        .expect("good settings");
    Subject::new(exporter)
        .with_peer(receiver)
        .with_secret(SECRET)
        .with_everything(conformance::classic_kinds)
}

mod automatic {
    use super::*;

    fn subject() -> Subject {
        super::subject(Protocol::Automatic)
    }
    conformance::tests!(subject, network, transport);
}

mod v1 {
    use super::*;

    fn subject() -> Subject {
        super::subject(Protocol::V1)
    }
    conformance::tests!(subject, network, transport);
}

mod v2 {
    use super::*;

    fn subject() -> Subject {
        super::subject(Protocol::V2)
    }
    conformance::tests!(subject, network, transport);
}
