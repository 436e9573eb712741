//! Every transport there is, one file for each crate. A new one is a new row.

use std::fmt::Debug;

use meterport_core::MetricExporter;
use meterport_testkit::proto::ExportMetricsServiceRequest;

use crate::failure::Result;

pub(super) mod otlp_http;
pub(super) mod stdout;

/// A way for metrics to leave this process.
pub(super) struct Transport {
    pub(super) name: &'static str,
    pub(super) connect: fn(&Destination) -> Result<Connection>,
}

/// Where transports send to.
#[derive(Clone, Debug)]
pub(super) enum Destination {
    /// Each to a receiver in this process, which keeps what arrives.
    Embedded,
    /// To a real collector; where, says the URL or, without one, the environment.
    Real(Option<String>),
}

/// An exporter, and the other end if it is here.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) exporter: Box<dyn MetricExporter>,
    pub(super) arrivals: Option<Box<dyn Arrivals>>,
}

/// The other end of a transport, which reads with foreign code.
pub(super) trait Arrivals: Debug + Send {
    /// What has arrived and was accepted since the last call, in order.
    fn take(&mut self) -> Vec<Arrival>;
}

/// What came in one export.
#[derive(Debug)]
pub(super) struct Arrival {
    /// What it says, or why that cannot be read.
    pub(super) message: std::result::Result<ExportMetricsServiceRequest, String>,
    /// Points of it that were kept.
    pub(super) accepted: u64,
}

/// All transports, in the order of the table.
pub(super) const ALL: &[Transport] = &[
    Transport { name: "otlp-http protobuf", connect: otlp_http::protobuf },
    Transport { name: "otlp-http JSON", connect: otlp_http::json },
    Transport { name: "stdout", connect: stdout::json_lines },
];
