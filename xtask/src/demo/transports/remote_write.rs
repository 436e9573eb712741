use std::sync::Arc;

use meterport_remote_write::{RemoteWriteExporter, Strategy, Translation};
use meterport_testkit::remote_write::{Series, read};
use meterport_testkit::{FakeReceiver, Received};

use super::{Arrival, Arrivals, Connection, Destination};
use crate::demo::samples;
use crate::failure::{Failure, Result};

/// A receiver of 2.0, to which nothing is translated: so what arrives can be compared with what was
/// produced.
pub(super) fn connect(_: &Destination) -> Result<Connection> {
    let receiver = FakeReceiver::start();
    let exporter = RemoteWriteExporter::builder()
        .endpoint(receiver.url())
        .translation(Translation::default().with_strategy(Strategy::NoTranslation))
        .build()
        .map_err(|error| Failure::while_doing("building the remote-write exporter", error))?;
    let arrivals = Writes { receiver, target: None };
    Ok(Connection { exporter: Box::new(exporter), arrivals: Some(Box::new(arrivals)) })
}

/// What the receiver was sent.
#[derive(Debug)]
struct Writes {
    receiver: FakeReceiver,
    /// The last `target_info`, which comes once a minute.
    target: Option<String>,
}

impl Arrivals for Writes {
    fn take(&mut self) -> Vec<Arrival> {
        let all = self.receiver.server().take_requests().into_iter();
        let taken = all.filter(|received| received.status.is_some_and(|status| status < 300));
        taken.map(|received| Arrival::of_samples(self.lines(&received))).collect()
    }
}

impl Writes {
    fn lines(&mut self, received: &Arc<Received>) -> std::result::Result<Vec<String>, String> {
        let write = read(received)?;
        let (targets, points): (Vec<_>, Vec<_>) =
            write.series.iter().partition(|series| series.name() == samples::TARGET);
        if let Some(target) = targets.first() {
            self.target = Some(line(target, of_resource)?);
        }
        let lines = points.into_iter().map(|point| line(point, of_point));
        lines.chain(self.target.clone().map(Ok)).collect()
    }
}

/// A series of one sample, as it is compared.
fn line(series: &Series, label: fn(&str) -> Option<&str>) -> std::result::Result<String, String> {
    let [sample] = series.samples.as_slice() else {
        return Err(format!("{} samples of {:?}", series.samples.len(), series.labels));
    };
    let labels = series.labels.iter().filter_map(|(name, value)| {
        let name = label(name)?.to_owned();
        Some((name, value.clone()))
    });
    Ok(samples::line(series.name(), labels, sample.value))
}

/// The attribute that a label of a point was. The resource is in every series, by two labels.
fn of_point(label: &str) -> Option<&str> {
    (!["__name__", "instance", "job"].contains(&label)).then_some(label)
}

/// The attribute that a label of `target_info` was.
fn of_resource(label: &str) -> Option<&str> {
    match label {
        "__name__" => None,
        "instance" => Some("service.instance.id"),
        "job" => Some("service.name"),
        label => Some(label),
    }
}
