//! The conformance suite over every format. What JSON lines write is read back; the two formats for
//! people have no peer that could read them.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use meterport_stdout::{Format, StdoutExporter};
use meterport_testkit::conformance::otlp::points;
use meterport_testkit::conformance::{self, Arrival, Peer, Subject};
use meterport_testkit::json::{self, Rules};

/// A writer that reads what it was given.
#[derive(Clone, Debug, Default)]
struct Reader(Arc<Mutex<Vec<u8>>>);

impl Write for Reader {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Peer for Reader {
    fn arrivals(&self) -> Vec<Arrival> {
        let text = self.0.lock().unwrap();
        text.split_inclusive(|byte| *byte == b'\n').map(arrival).collect()
    }
}

fn arrival(line: &[u8]) -> Arrival {
    let read = json::metrics_data_lines(line, Rules::Writer)
        .map(|data| data.iter().flat_map(|data| points(&data.resource_metrics)).collect());
    Arrival { points: read.map_err(|error| error.to_string()), body: line.to_vec().into() }
}

mod json_lines {
    use super::*;

    fn subject() -> Subject {
        let reader = Reader::default();
        let builder = StdoutExporter::builder().format(Format::JsonLines);
        Subject::new(builder.writer(reader.clone()).build()).with_peer(reader)
    }
    conformance::tests!(subject);
}

mod pretty_json {
    use super::*;

    conformance::tests!(|| {
        let builder = StdoutExporter::builder().format(Format::PrettyJson);
        Subject::new(builder.writer(io::sink()).build())
    });
}

mod text {
    use super::*;

    conformance::tests!(|| { Subject::new(StdoutExporter::builder().writer(io::sink()).build()) });
}
