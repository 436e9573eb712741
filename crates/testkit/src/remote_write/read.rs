use std::collections::HashSet;
use std::sync::Arc;

use prost::Message;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use snap::raw::Decoder;

use super::messages::{Histogram, Label, MetricMetadata, Request, Sample, WriteRequest};
use crate::Received;

/// A request that keeps the rules, read.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, reason = "what tests read")]
pub struct Write {
    /// 1 or 2.
    pub version: u8,
    /// The series, the same for both versions.
    pub series: Vec<Series>,
    /// 2.0's symbols.
    pub symbols: Vec<String>,
    /// 1.0's metadata.
    pub metadata: Vec<MetricMetadata>,
    /// The length of the message.
    pub raw_bytes: usize,
    /// The request as it arrived.
    pub received: Arc<Received>,
}

/// A series of either version.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "what tests read")]
pub struct Series {
    /// The labels in their order.
    pub labels: Vec<(String, String)>,
    /// Samples.
    pub samples: Vec<Sample>,
    /// Native histograms.
    pub histograms: Vec<Histogram>,
    /// Exemplars.
    pub exemplars: Vec<Exemplar>,
    /// 2.0's metadata: type, help and unit.
    pub metadata: Option<(i32, String, String)>,
}

/// An exemplar of either version.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "what tests read")]
pub struct Exemplar {
    /// The labels in their order.
    pub labels: Vec<(String, String)>,
    /// The value.
    pub value: f64,
    /// Milliseconds since 1970.
    pub timestamp: i64,
}

impl Series {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|label| label.0 == name).map(|label| &*label.1)
    }

    /// The metric's name.
    pub fn name(&self) -> &str {
        self.label("__name__").unwrap_or_default()
    }
}

impl Write {
    /// The series of a metric's name.
    pub fn named<'w>(&'w self, name: &'w str) -> impl Iterator<Item = &'w Series> {
        self.series.iter().filter(move |series| series.name() == name)
    }

    /// Samples, histograms and exemplars.
    pub fn elements(&self) -> [u64; 3] {
        let sum = |count: fn(&Series) -> usize| self.series.iter().map(count).sum::<usize>() as u64;
        [
            sum(|series| series.samples.len()),
            sum(|series| series.histograms.len()),
            sum(|series| series.exemplars.len()),
        ]
    }
}

/// The content types, to the letter.
const V1: &str = "application/x-protobuf";
const V1_NAMED: &str = "application/x-protobuf;proto=prometheus.WriteRequest";
const V2: &str = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

/// The version that a request's type names.
pub(super) fn version(received: &Received) -> Option<u8> {
    match received.header("content-type")? {
        V1 | V1_NAMED => Some(1),
        V2 => Some(2),
        _ => None,
    }
}

/// Reads a request by the letter of the specifications.
///
/// # Errors
/// What it does against them.
pub fn read(received: &Arc<Received>) -> Result<Write, String> {
    let version = version(received).ok_or("no content type of the protocol")?;
    let header = |name: &str| received.header(name).unwrap_or_default();
    if received.method != http::Method::POST {
        return Err(format!("method {}", received.method));
    }
    if header("content-encoding") != "snappy" {
        return Err("the content encoding is not snappy".to_owned());
    }
    let named = header("x-prometheus-remote-write-version");
    if named != ["0.1.0", "2.0.0"][usize::from(version) - 1] {
        return Err(format!("version header `{named}` of version {version}"));
    }
    if header("user-agent").is_empty() {
        return Err("no user agent".to_owned());
    }
    let bytes = Decoder::new().decompress_vec(&received.body).map_err(|error| error.to_string())?;
    let mut write = Write {
        version,
        series: Vec::new(),
        symbols: Vec::new(),
        metadata: Vec::new(),
        raw_bytes: bytes.len(),
        received: Arc::clone(received),
    };
    match version {
        1 => read_v1(&bytes, &mut write)?,
        _ => read_v2(&bytes, &mut write)?,
    }
    let mut seen = HashSet::new();
    for series in &write.series {
        check(series, version).map_err(|why| format!("{why} in {:?}", series.labels))?;
        if !seen.insert(&series.labels) {
            return Err(format!("{:?} is there twice", series.labels));
        }
    }
    Ok(write)
}

fn read_v1(bytes: &[u8], write: &mut Write) -> Result<(), String> {
    let message = WriteRequest::decode(bytes).map_err(|error| error.to_string())?;
    write.metadata = message.metadata;
    let pairs = |labels: Vec<Label>| labels.into_iter().map(|one| (one.name, one.value)).collect();
    for series in message.timeseries {
        let exemplars = series.exemplars.into_iter().map(|one| Exemplar {
            labels: pairs(one.labels),
            value: one.value,
            timestamp: one.timestamp,
        });
        write.series.push(Series {
            labels: pairs(series.labels),
            samples: series.samples,
            histograms: series.histograms,
            exemplars: exemplars.collect(),
            metadata: None,
        });
    }
    Ok(())
}

fn read_v2(bytes: &[u8], write: &mut Write) -> Result<(), String> {
    symbols_come_first(bytes)?;
    let message = Request::decode(bytes).map_err(|error| error.to_string())?;
    let symbols = message.symbols;
    if symbols.first().is_none_or(|first| !first.is_empty()) {
        return Err("the first symbol is not the empty text".to_owned());
    }
    let unique: HashSet<_> = symbols.iter().collect();
    if unique.len() != symbols.len() {
        return Err("a symbol is there twice".to_owned());
    }
    let mut used = HashSet::from([0]);
    let mut text = |number: u32| {
        used.insert(number);
        symbols.get(number as usize).cloned().ok_or_else(|| format!("there is no symbol {number}"))
    };
    let mut pairs = |numbers: &[u32]| {
        if !numbers.len().is_multiple_of(2) {
            return Err("an odd number of references".to_owned());
        }
        numbers
            .chunks_exact(2)
            .map(|pair| Ok((text(pair[0])?, text(pair[1])?)))
            .collect::<Result<Vec<_>, String>>()
    };
    let mut series = Vec::new();
    for one in &message.timeseries {
        let labels = pairs(&one.labels_refs)?;
        let mut exemplars = Vec::new();
        for exemplar in &one.exemplars {
            let labels = pairs(&exemplar.labels_refs)?;
            let Some(timestamp) = Some(exemplar.timestamp).filter(|time| *time != 0) else {
                return Err("an exemplar without a time".to_owned());
            };
            exemplars.push(Exemplar { labels, value: exemplar.value, timestamp });
        }
        series.push(Series {
            labels,
            samples: one.samples.clone(),
            histograms: one.histograms.clone(),
            exemplars,
            metadata: None,
        });
    }
    for (series, one) in series.iter_mut().zip(&message.timeseries) {
        if let Some(metadata) = one.metadata {
            let (help, unit) = (text(metadata.help_ref)?, text(metadata.unit_ref)?);
            series.metadata = Some((metadata.r#type, help, unit));
        }
    }
    if used.len() != symbols.len() {
        return Err(format!("{} symbols for nothing", symbols.len() - used.len()));
    }
    write.series = series;
    write.symbols = symbols;
    Ok(())
}

/// Receivers that read a stream know a symbol only if it has come before.
fn symbols_come_first(mut bytes: &[u8]) -> Result<(), String> {
    let mut last = 0;
    while !bytes.is_empty() {
        let (field, wire) = decode_key(&mut bytes).map_err(|error| error.to_string())?;
        if field < last {
            return Err("symbols behind series".to_owned());
        }
        last = field;
        match wire {
            WireType::LengthDelimited => {
                let len = decode_varint(&mut bytes).map_err(|error| error.to_string())?;
                bytes = usize::try_from(len).ok().and_then(|len| bytes.get(len..)).unwrap_or(&[]);
            }
            wire => {
                let context = DecodeContext::default();
                skip_field(wire, field, &mut bytes, context).map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(())
}

fn check(series: &Series, version: u8) -> Result<(), &'static str> {
    let Series { labels, samples, histograms, exemplars, .. } = series;
    if !labels.iter().map(|label| &label.0).is_sorted_by(|a, b| a < b) {
        return Err("labels are not in order, or one is there twice");
    }
    let all = labels.iter().chain(exemplars.iter().flat_map(|exemplar| &exemplar.labels));
    if all.into_iter().any(|label| label.0.is_empty() || label.1.is_empty()) {
        return Err("an empty name or value of a label");
    }
    if series.name().is_empty() {
        return Err("no name");
    }
    if samples.is_empty() && histograms.is_empty() {
        return Err("no sample and no histogram");
    }
    if !samples.is_empty() && !histograms.is_empty() {
        return Err("samples and histograms");
    }
    if !samples.iter().map(|sample| sample.timestamp).is_sorted() {
        return Err("samples are not in order");
    }
    if samples.iter().any(|sample| sample.start_timestamp > sample.timestamp) {
        return Err("a sample begins after its end");
    }
    if !exemplars.iter().map(|exemplar| exemplar.timestamp).is_sorted() {
        return Err("exemplars are not in order");
    }
    if version == 1 {
        if !histograms.is_empty() {
            return Err("a native histogram in 1.0");
        }
        if samples.iter().any(|sample| sample.start_timestamp != 0) {
            return Err("a start in 1.0");
        }
        let is_legal = |text: &str, colon: bool| {
            let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colon && c == ':');
            !text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(is_inner)
        };
        if !labels.iter().all(|label| is_legal(&label.0, false)) || !is_legal(series.name(), true) {
            return Err("a name that 1.0 does not allow");
        }
    }
    Ok(())
}
