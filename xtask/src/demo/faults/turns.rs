use std::collections::BTreeMap;
use std::fmt;

use meterport_testkit::proto::rpc;
use meterport_testkit::{FakeCollector, GrpcStatus, Received, Reply, Response};

/// What a collector does for a while.
pub(super) struct Turn {
    pub(super) name: &'static str,
    /// By which request it shows that the turn has been met.
    pub(super) shows: Option<Fate>,
    act: Act,
}

enum Act {
    Refuse,
    Reply(fn(Protocol) -> Reply),
}

/// What a collector speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Grpc,
    Http,
}

const fn reply(name: &'static str, shows: Fate, reply: fn(Protocol) -> Reply) -> Turn {
    Turn { name, shows: Some(shows), act: Act::Reply(reply) }
}

/// Between two faults all is well, so that each begins with an exporter that is.
const WELL: Turn = reply("takes all", Fate::Taken, |_| Reply::Ok);

/// In this order, and then from the beginning.
pub(super) const TURNS: &[Turn] = &[
    WELL,
    Turn { name: "refuses connections", shows: None, act: Act::Refuse },
    WELL,
    reply("stalls", Fate::Stalled, |_| Reply::Hang),
    WELL,
    reply("throttles", Fate::Throttled, throttle),
    WELL,
    reply("rejects points", Fate::TakenInPart, |_| Reply::PartialSuccess {
        rejected: REJECTED,
        message: "some points are not to its liking".into(),
    }),
    reply("rejects all", Fate::Refused, refuse),
];

const REJECTED: i64 = 3;

/// `RESOURCE_EXHAUSTED` with a delay, as OTLP has it, and its like.
fn throttle(protocol: Protocol) -> Reply {
    const RESOURCE_EXHAUSTED: i32 = 8;
    match protocol {
        Protocol::Grpc => {
            let status = rpc::Status::new(RESOURCE_EXHAUSTED, "slow down");
            let details = status.with_retry_delay(0, 50_000_000);
            GrpcStatus::new(8).message("slow down").details(&details).into()
        }
        Protocol::Http => Response::new(429).into(),
    }
}

fn refuse(protocol: Protocol) -> Reply {
    match protocol {
        Protocol::Grpc => GrpcStatus::new(3).message("not a word").into(),
        Protocol::Http => Response::new(400).into(),
    }
}

impl Turn {
    pub(super) fn begin(&self, collector: &FakeCollector, protocol: Protocol) {
        match self.act {
            Act::Refuse => collector.refuse(),
            Act::Reply(reply) => {
                collector.default_reply(reply(protocol));
                collector.resume();
            }
        }
    }
}

/// All is well from now on.
pub(super) fn end(collector: &FakeCollector, protocol: Protocol) {
    WELL.begin(collector, protocol);
}

/// What became of a request, as the collector sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Taken,
    TakenInPart,
    Stalled,
    Throttled,
    Refused,
}

impl Fate {
    fn of(received: &Received) -> Self {
        match (received.status, received.grpc_status) {
            (None, None) => Self::Stalled,
            (Some(429), _) | (_, Some(8)) => Self::Throttled,
            (Some(200), None | Some(0)) if received.rejected > 0 => Self::TakenInPart,
            (Some(200), None | Some(0)) => Self::Taken,
            _ => Self::Refused,
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Taken => "taken",
            Self::TakenInPart => "taken in part",
            Self::Stalled => "stalled",
            Self::Throttled => "throttled",
            Self::Refused => "refused",
        })
    }
}

/// The other side's books: its requests by what became of them, and its points.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) requests: BTreeMap<Fate, u64>,
    /// Points that it took.
    pub(super) taken: u64,
    /// Points that it rejected while it took others.
    pub(super) rejected: u64,
}

impl Seen {
    pub(super) fn add(&mut self, received: &Received) {
        *self.requests.entry(Fate::of(received)).or_default() += 1;
        self.taken += received.accepted_points();
        self.rejected += u64::try_from(received.rejected).unwrap_or_default();
    }

    pub(super) fn of(&self, fate: Fate) -> u64 {
        self.requests.get(&fate).copied().unwrap_or_default()
    }
}
