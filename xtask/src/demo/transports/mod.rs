//! Every transport there is, one file for each crate. A new one is a new row.

use std::ffi::OsString;
use std::fmt::Debug;

use meterport_core::{MetricExporter, Variables};
use meterport_otlp::PROTOCOL_VARIABLES;
use meterport_testkit::proto::ExportMetricsServiceRequest;

use super::samples;
use crate::failure::Result;

pub(super) mod otlp_grpc;
pub(super) mod otlp_http;
mod prom_pull;
mod prom_push;
pub(super) mod stdout;

/// A way for metrics to leave this process.
pub(super) struct Transport {
    pub(super) name: &'static str,
    pub(super) connect: fn(&Destination) -> Result<Connection>,
}

/// Where OTLP is sent to, by either protocol; whatever else there is has its receiver here.
#[derive(Clone, Debug, Default)]
pub(super) struct Destination {
    pub(super) http: Receiver,
    pub(super) grpc: Receiver,
}

/// Who receives.
#[derive(Clone, Debug, Default)]
pub(super) enum Receiver {
    /// One in this process for each transport, which keeps what arrives.
    #[default]
    Embedded,
    /// A real collector, here.
    At(String),
    /// A real collector, where the environment says.
    OfEnvironment,
}

/// Where an endpoint may be named.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

impl Destination {
    /// What is said of either protocol; an endpoint of the environment is that of its protocol.
    pub(super) fn new(
        http: Option<String>,
        grpc: Option<String>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        let variables = Variables::new(&variable);
        let found = |names| matches!(variables.text(names), Ok(Some(_)));
        let speaks_grpc = match variables.text(&PROTOCOL_VARIABLES) {
            Ok(Some((_, protocol))) => protocol.eq_ignore_ascii_case("grpc"),
            _ => false,
        };
        let receiver = |said: Option<String>, is_its_protocol| match said {
            Some(url) => Receiver::At(url),
            None if is_its_protocol && found(&ENDPOINTS) => Receiver::OfEnvironment,
            None => Receiver::Embedded,
        };
        Self { http: receiver(http, !speaks_grpc), grpc: receiver(grpc, speaks_grpc) }
    }

    pub(super) fn is_embedded(&self) -> bool {
        matches!((&self.http, &self.grpc), (Receiver::Embedded, Receiver::Embedded))
    }
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
    pub(super) message: std::result::Result<Message, String>,
    /// Points of it that were kept.
    pub(super) accepted: u64,
}

/// What an export says.
#[derive(Debug)]
pub(super) enum Message {
    Otlp(ExportMetricsServiceRequest),
    /// Lines of [`samples`].
    Samples(Vec<String>),
}

impl Message {
    pub(super) fn points(&self) -> u64 {
        match self {
            Self::Otlp(message) => message.points() as u64,
            Self::Samples(lines) => samples::points(lines),
        }
    }
}

impl Arrival {
    /// Of samples, all of which were kept.
    fn of_samples(lines: std::result::Result<Vec<String>, String>) -> Self {
        let message = lines.map(Message::Samples);
        Self { accepted: message.as_ref().map_or(0, Message::points), message }
    }
}

/// All transports, in the order of the table.
pub(super) const ALL: &[Transport] = &[
    Transport { name: "otlp-http protobuf", connect: otlp_http::protobuf },
    Transport { name: "otlp-http JSON", connect: otlp_http::json },
    Transport { name: "otlp-grpc", connect: otlp_grpc::connect },
    Transport { name: "prom-pull", connect: prom_pull::connect },
    Transport { name: "prom-push", connect: prom_push::connect },
    Transport { name: "stdout", connect: stdout::json_lines },
];
