use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use meterport_core::MetricBatch;

use super::otlp;
use crate::collector::Protocol;
use crate::{FakeCollector, GrpcStatus, Part, Reply, Response, to_proto};

/// What an exporter delivers to, as far as the suite must know it.
///
/// Points are compared as texts of the peer's choice, made by foreign code on both sides: of what
/// arrived, and of what should have.
#[async_trait(?Send)]
pub trait Peer: fmt::Debug + Send {
    /// The text of each point of `batch`, as it should arrive here.
    fn expected(&self, batch: &MetricBatch) -> Vec<String> {
        otlp::points(&to_proto(batch).resource_metrics)
    }

    /// The requests that have arrived whole so far, in order, whatever was answered.
    fn arrivals(&self) -> Vec<Arrival>;

    /// Waits until `n` requests have arrived, in any runtime and none.
    async fn wait_for_arrivals(&self, n: usize) {
        assert!(self.arrivals().len() >= n, "waiting for requests is not to be had");
    }

    /// Meets requests in this way from now on. `false` if this kind of peer cannot: the checks
    /// that ask for it must be left out of its subject's groups.
    ///
    /// A peer for the groups `network` and `transport` can be all but
    /// [`Behaviour::PartiallySuccessful`], which has a group of its own.
    fn behave(&self, _: Behaviour) -> bool {
        false
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, reason = "peers of other crates make it")]
pub struct Arrival {
    /// The text of each point, or why it could not be read.
    pub points: Result<Vec<String>, String>,
    /// The bytes as sent.
    pub body: Bytes,
}

/// How a peer meets requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a peer must know each")]
pub enum Behaviour {
    /// It takes them.
    Well,
    /// It never answers.
    Hanging,
    /// It begins an answer and never ends it.
    Stalling,
    /// It takes all points but one, and says so.
    PartiallySuccessful,
    /// It asks to send them again later.
    Unavailable,
    /// It refuses them for good.
    Rejecting,
    /// It resets the connection instead of an answer.
    Resetting,
    /// It resets the connection in the middle of the answer.
    ResettingMidway,
    /// It is not there: connections are refused, those that are open end.
    Down,
}

#[async_trait(?Send)]
impl Peer for FakeCollector {
    fn arrivals(&self) -> Vec<Arrival> {
        let requests = self.requests().into_iter().map(|received| Arrival {
            points: received
                .request
                .as_ref()
                .map(|request| otlp::points(&request.resource_metrics))
                .map_err(Clone::clone),
            body: received.body.clone(),
        });
        // What cannot be framed is no request, but it must not be overlooked.
        let violations = self.violations().into_iter();
        requests
            .chain(violations.map(|why| Arrival { points: Err(why), body: Bytes::new() }))
            .collect()
    }

    async fn wait_for_arrivals(&self, n: usize) {
        self.wait_for_requests(n).await;
    }

    fn behave(&self, behaviour: Behaviour) -> bool {
        match behaviour {
            Behaviour::Well => self.default_reply(Reply::Ok),
            Behaviour::PartiallySuccessful => self.default_reply(Reply::PartialSuccess {
                rejected: 1,
                message: "one was too old".into(),
            }),
            other => return self.misbehave(other, ""),
        }
        self.resume();
        true
    }
}

impl FakeCollector {
    /// Meets requests in one of the ways that are the same for every protocol over HTTP or gRPC from
    /// now on; over HTTP a refusal says why. `false` if this is none of them.
    pub(crate) fn misbehave(&self, behaviour: Behaviour, refusal: &str) -> bool {
        let reply = match behaviour {
            Behaviour::Well | Behaviour::PartiallySuccessful => return false,
            Behaviour::Down => {
                self.refuse();
                return true;
            }
            Behaviour::Hanging => Reply::Hang,
            Behaviour::Stalling => {
                Reply::Drip { part: Part::Body, bytes: 1, every: Duration::from_secs(3600) }
            }
            Behaviour::Unavailable => match self.protocol() {
                Protocol::Grpc => GrpcStatus::new(14).into(),
                Protocol::Http => Response::new(503).into(),
            },
            Behaviour::Rejecting => match self.protocol() {
                Protocol::Grpc => GrpcStatus::new(3).into(),
                Protocol::Http => Response::new(400).body(refusal.to_owned()).into(),
            },
            Behaviour::Resetting => Reply::ResetBeforeReply,
            Behaviour::ResettingMidway => Reply::ResetAfter(20),
        };
        self.default_reply(reply);
        self.resume();
        true
    }
}
