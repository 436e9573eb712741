//! `meterport-peer-exposition SERIES MILLISECONDS`: times a text page by each library, one line each.

#[path = "../../../../crates/testkit/src/workload/plain.rs"]
#[allow(dead_code)]
mod plain;
#[path = "../../../src/timing.rs"]
#[allow(dead_code)]
mod timing;

mod client;
mod facade;
mod otel;
mod tikv;

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use plain::{Instrument, Mix, Value};
use timing::Timing;

/// Renders the page of a registry in which all is recorded.
type Render = Box<dyn Fn() -> String>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [series, milliseconds] = &arguments[..] else {
        return Err("meterport-peer-exposition SERIES MILLISECONDS".into());
    };
    let (series, budget) = (series.parse()?, Duration::from_millis(milliseconds.parse()?));
    let instruments = Mix::Mixed.instruments(series);
    let peers: [(&str, Render); 4] = [
        ("prometheus-client", client::render(&instruments)?),
        ("prometheus", tikv::render(&instruments)?),
        ("metrics-exporter-prometheus", facade::render(&instruments)?),
        ("opentelemetry-prometheus", otel::render(&instruments)?),
    ];
    for (way, render) in peers {
        let page = render();
        let is_sample = |line: &&str| !line.is_empty() && !line.starts_with('#');
        let lines = page.lines().filter(is_sample).count();
        let timing = Timing::of(budget, || (), |()| drop(black_box(render())));
        println!("way={way} points={lines} bytes={} {timing}", page.len());
    }
    Ok(())
}

/// A name of Prometheus' own.
fn legal(name: &str) -> String {
    name.replace('.', "_")
}

fn labels(instrument: &Instrument, row: usize) -> Vec<(String, String)> {
    let label = |(key, value)| match value {
        Value::Int(number) => (legal(key), number.to_string()),
        Value::Text(text) => (legal(key), text),
    };
    instrument.attributes(row).into_iter().map(label).collect()
}
