use meterport_prom_push::{Compression, PushgatewayExporter, Strategy, Translation};
use meterport_testkit::FakeGateway;
use meterport_testkit::gateway::Sample;

use super::{Arrival, Arrivals, Connection, Destination};
use crate::demo::samples;
use crate::failure::{Failure, Result};

/// A Pushgateway that lets any character be in a name, and nothing translated: so what arrives can
/// be compared with what was produced.
pub(super) fn connect(_: &Destination) -> Result<Connection> {
    let gateway = FakeGateway::start();
    let exporter = PushgatewayExporter::builder("meterport-demo")
        .endpoint(gateway.url())
        .utf8_names(true)
        .translation(Translation::default().with_strategy(Strategy::NoTranslation))
        .compression(Compression::GZIP)
        .build()
        .map_err(|error| Failure::while_doing("building the prom-push exporter", error))?;
    Ok(Connection { exporter: Box::new(exporter), arrivals: Some(Box::new(gateway)) })
}

impl Arrivals for FakeGateway {
    fn take(&mut self) -> Vec<Arrival> {
        let all = self.server().take_requests().into_iter();
        let taken = all.filter(|received| received.status.is_some_and(|status| status < 300));
        taken.map(|received| arrival(Sample::of_push(&received))).collect()
    }
}

fn arrival(pushed: std::result::Result<Vec<Sample>, String>) -> Arrival {
    let lines = pushed.map(|pushed| {
        let line = |sample: Sample| samples::line(&sample.name, sample.labels, sample.value);
        pushed.into_iter().map(line).collect()
    });
    Arrival::of_samples(lines)
}
