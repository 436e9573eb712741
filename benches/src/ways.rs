//! The ways from a batch to bytes.

use std::hint::black_box;

use meterport_core::MetricBatch;
use meterport_otlp::{json, protobuf};
use meterport_testkit::json::{Rules, request as read_json};
use meterport_testkit::proto::ExportMetricsServiceRequest;
use meterport_testkit::to_proto;
use meterport_testkit::workload::{Workload, unremembered};
use prost::Message;

/// One way from a batch to bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "what is compared")]
pub enum Way {
    /// Protobuf, of series that are encoded for the first time.
    First,
    /// JSON, of series that are encoded for the first time.
    JsonFirst,
    /// JSON, with the attributes' bytes remembered.
    JsonRemembered,
    /// Copying the protobuf output into memory that is there already.
    Memcpy,
    /// Protobuf in pieces, with the attributes' bytes remembered.
    Pieces,
    /// prost's encoder alone, of messages that are built already.
    Prost,
    /// Protobuf, with the attributes' bytes remembered.
    Remembered,
}

impl Way {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 7] = [
        Self::Remembered,
        Self::Pieces,
        Self::First,
        Self::JsonRemembered,
        Self::JsonFirst,
        Self::Prost,
        Self::Memcpy,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::JsonFirst => "json-first",
            Self::JsonRemembered => "json-remembered",
            Self::Memcpy => "memcpy",
            Self::Pieces => "pieces",
            Self::Prost => "prost",
            Self::Remembered => "remembered",
        }
    }

    /// The way of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }
}

/// The mixed workload, ready for every way.
#[derive(Debug)]
pub struct Inputs {
    rounds: Vec<MetricBatch>,
    round: usize,
    request: ExportMetricsServiceRequest,
    body: Vec<u8>,
    copy: Vec<u8>,
}

/// Values of so many rounds take turns, so that no way sees the same ones twice in a row.
const ROUNDS: usize = 4;

impl Inputs {
    /// So many series, everything remembered.
    pub fn new(series: usize) -> Self {
        let workload = Workload::mixed(series);
        let rounds: Vec<_> = (0..ROUNDS as u64).map(|round| workload.batch(round)).collect();
        for batch in &rounds {
            protobuf::encode(batch);
            json::encode(batch);
        }
        let body = protobuf::encode(&rounds[0]).bytes;
        let (request, copy) = (to_proto(&rounds[0]), Vec::with_capacity(body.len()));
        Self { rounds, round: 0, request, body, copy }
    }

    /// So many series, encoded once by every way and compared.
    ///
    /// # Errors
    /// Two ways differ.
    pub fn checked(series: usize) -> Result<Self, String> {
        let inputs = Self::new(series);
        let Self { rounds, request, body, .. } = &inputs;
        if request.points() != series {
            return Err(format!("{} points instead of {series}", request.points()));
        }
        same("prost's bytes and ours", &request.encode_to_vec(), body)?;
        same("first and remembered", &protobuf::encode(&unremembered(&rounds[0])).bytes, body)?;
        let mut pieces = Vec::with_capacity(body.len());
        protobuf::encode_pieces(&rounds[0], &mut |piece| pieces.extend_from_slice(piece));
        same("pieces and whole", &pieces, body)?;

        let text = json::encode(&unremembered(&rounds[0])).bytes;
        same("first and remembered JSON", &text, &json::encode(&rounds[0]).bytes)?;
        let from_json = read_json(&text, Rules::Writer)
            .map_err(|error| format!("the JSON is not as OTLP wants it: {error}"))?;
        if from_json != *request {
            return Err("JSON and protobuf hold different data".into());
        }
        Ok(inputs)
    }

    /// The protobuf encoding of the first round.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The same, built of prost's messages.
    pub fn request(&self) -> &ExportMetricsServiceRequest {
        &self.request
    }

    /// What a repetition of this way starts with: for the first encodings a batch of whose
    /// series nothing is remembered, else one of rounds that take turns.
    pub fn input(&mut self, way: Way) -> MetricBatch {
        self.round = (self.round + 1) % ROUNDS;
        match way {
            // Not by the workload: what computing values leaves behind in the allocator would be
            // cleared up in the measured time.
            Way::First | Way::JsonFirst => unremembered(&self.rounds[self.round]),
            _ => self.rounds[self.round].bare(),
        }
    }

    /// Goes the way once; the output is dropped.
    pub fn run(&mut self, way: Way, batch: &MetricBatch) {
        match way {
            Way::First | Way::Remembered => drop(black_box(protobuf::encode(batch))),
            Way::JsonFirst | Way::JsonRemembered => drop(black_box(json::encode(batch))),
            Way::Memcpy => {
                self.copy.clear();
                self.copy.extend_from_slice(black_box(&self.body));
                black_box(&self.copy);
            }
            Way::Pieces => {
                protobuf::encode_pieces(batch, &mut |piece| {
                    black_box(piece);
                });
            }
            Way::Prost => drop(black_box(self.request.encode_to_vec())),
        }
    }
}

fn same(what: &str, a: &[u8], b: &[u8]) -> Result<(), String> {
    if a == b {
        return Ok(());
    }
    let at = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    Err(format!("{what} differ from byte {at} on ({} and {} bytes)", a.len(), b.len()))
}
