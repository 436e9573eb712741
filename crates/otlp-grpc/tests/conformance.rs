//! The conformance suite over every form in which this exporter sends.

use meterport_otlp_grpc::{OtlpGrpcBuilder, OtlpGrpcExporter};
use meterport_testkit::FakeCollector;
use meterport_testkit::conformance::{self, Subject};

const SECRET: &str = "hunter2-of-the-metadata";

fn to(collector: FakeCollector, set: fn(OtlpGrpcBuilder) -> OtlpGrpcBuilder) -> Subject {
    let builder = OtlpGrpcExporter::builder()
        .endpoint(collector.url())
        .header("authorization", format!("Bearer {SECRET}"));
    let exporter = set(builder).build().expect("good settings");
    Subject::new(exporter).with_peer(collector).with_secret(SECRET)
}

mod identity {
    use super::*;

    fn subject() -> Subject {
        to(FakeCollector::start_grpc(), |builder| builder)
    }
    conformance::tests!(subject, network, transport, partial_success);
}

/// What depends on features or the platform, under one condition for all.
#[cfg(all(unix, feature = "gzip"))]
mod optional {
    use super::*;

    mod gzip {
        use meterport_otlp_grpc::Compression;

        use super::*;

        fn subject() -> Subject {
            to(FakeCollector::start_grpc(), |builder| builder.compression(Compression::GZIP))
        }
        conformance::tests!(subject, network, transport, partial_success);
    }

    mod unix_socket {
        use std::sync::atomic::{AtomicU32, Ordering};

        use super::*;

        static SOCKETS: AtomicU32 = AtomicU32::new(0);

        fn subject() -> Subject {
            let number = SOCKETS.fetch_add(1, Ordering::Relaxed);
            let name = format!("meterport-grpc-{}-{number}.sock", std::process::id());
            to(FakeCollector::start_grpc_unix(std::env::temp_dir().join(name)), |builder| builder)
        }
        conformance::tests!(subject, network, transport, partial_success);
    }
}
