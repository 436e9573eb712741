//! The conformance suite over the exporter that keeps the last batch.

use meterport_prom_pull::PrometheusExporter;
use meterport_testkit::conformance::{self, Subject};

fn subject() -> Subject {
    Subject::new(PrometheusExporter::builder().build())
}

conformance::tests!(subject);
