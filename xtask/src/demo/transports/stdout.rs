use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meterport_stdout::{Format, StdoutExporter};
use meterport_testkit::json::{self, Rules};
use meterport_testkit::proto::{ExportMetricsServiceRequest, MetricsData};

use super::{Arrival, Arrivals, Connection, Destination, Message};
use crate::failure::Result;

/// OTLP JSON lines into memory: the terminal has the table. There is no real receiver of them.
pub(super) fn json_lines(_: &Destination) -> Result<Connection> {
    let text = Text::default();
    let exporter = StdoutExporter::builder().format(Format::JsonLines).writer(text.clone()).build();
    Ok(Connection { exporter: Box::new(exporter), arrivals: Some(Box::new(text)) })
}

/// What was written and has not been read.
#[derive(Clone, Debug, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Text {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Text {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Arrivals for Text {
    fn take(&mut self) -> Vec<Arrival> {
        let mut text = self.lock();
        // The end of a line may still be under way.
        let complete = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let rest = text.split_off(complete);
        let lines = std::mem::replace(&mut *text, rest);
        drop(text);
        lines.split_inclusive(|byte| *byte == b'\n').map(arrival).collect()
    }
}

fn arrival(line: &[u8]) -> Arrival {
    let message = json::metrics_data(line, Rules::Writer)
        .map(|MetricsData { resource_metrics }| ExportMetricsServiceRequest { resource_metrics })
        .map(Message::Otlp)
        .map_err(|error| error.to_string());
    let accepted = message.as_ref().map_or(0, Message::points);
    Arrival { message, accepted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_when_it_is_complete() {
        let mut text = Text::default();
        text.write_all(b"{}\n{\"resource").unwrap();
        assert_eq!(text.take().len(), 1);
        assert_eq!(text.take().len(), 0);
        text.write_all(b"Metrics\":0}\n").unwrap();
        assert!(text.take()[0].message.is_err());
    }
}
