//! What the exporter in memory sends to.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use meterport_testkit::conformance::{Arrival, Behaviour, Peer, otlp};
use meterport_testkit::proto::ExportMetricsServiceRequest;
use prost::Message;
use tokio::sync::watch;

pub(crate) struct State {
    pub(crate) arrivals: Vec<Bytes>,
    pub(crate) behaviour: Behaviour,
}

pub(crate) type Shared = watch::Sender<State>;

pub(crate) struct PeerInMemory(pub(crate) Arc<Shared>);

impl fmt::Debug for PeerInMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PeerInMemory")
    }
}

#[async_trait(?Send)]
impl Peer for PeerInMemory {
    fn arrivals(&self) -> Vec<Arrival> {
        let read = |body: &Bytes| {
            // What stands before the message is a mark of the exporter's.
            let request = ExportMetricsServiceRequest::decode(&body[8..]);
            let points = request.map(|request| otlp::points(&request.resource_metrics));
            Arrival { points: points.map_err(|error| error.to_string()), body: body.clone() }
        };
        self.0.borrow().arrivals.iter().map(read).collect()
    }

    async fn wait_for_arrivals(&self, n: usize) {
        let arrived = self.0.subscribe().wait_for(|state| state.arrivals.len() >= n).await.is_ok();
        assert!(arrived, "the sender is ours");
    }

    fn behave(&self, behaviour: Behaviour) -> bool {
        self.0.send_modify(|state| state.behaviour = behaviour);
        true
    }
}
