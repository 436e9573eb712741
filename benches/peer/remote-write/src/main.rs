//! `meterport-peer-remote-write MIX SERIES MILLISECONDS [FILE]`: times two crates on the workload's
//! counters and gauges, and writes the first one's message to the file.

#[path = "../../../../crates/testkit/src/workload/plain.rs"]
#[allow(dead_code)]
mod plain;
#[path = "../../../src/timing.rs"]
#[allow(dead_code)]
mod timing;

use std::collections::HashMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use plain::{Instrument, Kind, Mix, Value};
use prometheus::{GaugeVec, IntCounterVec, Opts, Registry};
use prometheus_remote_write::{Label, Sample, TimeSeries, WriteRequest};
use timing::Timing;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [mix, series, milliseconds, file @ ..] = &arguments[..] else {
        return Err("meterport-peer-remote-write MIX SERIES MILLISECONDS [FILE]".into());
    };
    let mix = Mix::from_name(mix).ok_or("no such mix")?;
    let (series, budget) = (series.parse()?, Duration::from_millis(milliseconds.parse()?));
    let instruments = mix.instruments(series);
    if instruments.iter().any(|one| !matches!(one.kind, Kind::Counter | Kind::Gauge)) {
        return Err("counters and gauges alone".into());
    }
    let series = labelled(&instruments);
    if let [file, ..] = file {
        std::fs::write(file, request(&series).encode_proto3())?;
    }
    let samples = series.len();
    let report = |way: &str, bytes: usize, timing: Timing| {
        println!("way={way} samples={samples} bytes={bytes} {timing}");
    };
    let bytes = request(&series).encode_proto3().len();
    let timing = Timing::of(budget, || (), |()| drop(black_box(request(&series).encode_proto3())));
    report("prometheus_remote_write", bytes, timing);
    let compress = || request(&series).encode_compressed();
    let wire = compress()?.len();
    let timing = Timing::of(budget, || (), |()| drop(black_box(compress())));
    report("prometheus_remote_write-snappy", wire, timing);

    let registry = registered(&instruments)?;
    let gather = || {
        let families = registry.gather();
        prometheus_reqwest_remote_write::WriteRequest::from_metric_families(families, None)
            .map(|request| request.encode_proto3())
            .unwrap_or_default()
    };
    let bytes = gather().len();
    let timing = Timing::of(budget, || (), |()| drop(black_box(gather())));
    report("prometheus-reqwest-remote-write", bytes, timing);
    Ok(())
}

/// A series by its labels, with its value.
type Series = (Vec<(String, String)>, f64);

/// The workload's first round as Meterport labels it.
fn labelled(instruments: &[Instrument]) -> Vec<Series> {
    let resource = |name| plain::RESOURCE.into_iter().find(|one| one.0 == name).map(|one| one.1);
    let shared = [
        ("instance", resource("service.instance.id")),
        ("job", resource("service.name")),
        ("otel_scope_name", Some(plain::SCOPE.0)),
        ("otel_scope_version", Some(plain::SCOPE.1)),
    ];
    let mut all = Vec::new();
    for one in instruments {
        for row in 0..one.series {
            let mut labels = vec![("__name__".to_owned(), name(one))];
            labels.extend(shared.iter().map(|(name, value)| {
                (name.to_string(), value.unwrap_or_default().to_owned())
            }));
            labels.extend(one.attributes(row).into_iter().map(|(key, value)| {
                (key.replace('.', "_"), text(value))
            }));
            all.push((labels, value(one, row)));
        }
    }
    all
}

fn name(one: &Instrument) -> String {
    let suffix = if one.kind == Kind::Counter { "_total" } else { "_ratio" };
    one.name().replace('.', "_") + suffix
}

fn text(value: Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text,
    }
}

fn value(one: &Instrument, row: usize) -> f64 {
    match one.kind {
        Kind::Counter => one.count(row, 0) as f64,
        _ => one.level(row, 0),
    }
}

/// What an export has to do with this crate: its messages own their texts.
fn request(series: &[Series]) -> WriteRequest {
    let timeseries = series.iter().map(|(labels, value)| TimeSeries {
        labels: labels
            .iter()
            .map(|(name, value)| Label { name: name.clone(), value: value.clone() })
            .collect(),
        samples: vec![Sample { value: *value, timestamp: 1_767_225_600_000 }],
    });
    WriteRequest { timeseries: timeseries.collect() }
}

/// The same series in a registry of the `prometheus` crate.
fn registered(instruments: &[Instrument]) -> Result<Registry, prometheus::Error> {
    let resource: HashMap<String, String> = plain::RESOURCE
        .iter()
        .map(|(key, value)| (key.replace('.', "_"), (*value).to_owned()))
        .collect();
    let registry = Registry::new_custom(None, Some(resource))?;
    for one in instruments {
        let opts = Opts::new(name(one), one.description());
        let keys: Vec<String> =
            one.attributes(0).iter().map(|(key, _)| key.replace('.', "_")).collect();
        let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
        let values = |row: usize| -> Vec<String> {
            one.attributes(row).into_iter().map(|(_, value)| text(value)).collect()
        };

        if one.kind == Kind::Counter {
            let counters = IntCounterVec::new(opts, &keys)?;
            for row in 0..one.series {
                counters.get_metric_with_label_values(&values(row))?.inc_by(one.count(row, 0));
            }
            registry.register(Box::new(counters))?;
        } else {
            let gauges = GaugeVec::new(opts, &keys)?;
            for row in 0..one.series {
                gauges.get_metric_with_label_values(&values(row))?.set(one.level(row, 0));
            }
            registry.register(Box::new(gauges))?;
        }
    }
    Ok(registry)
}
