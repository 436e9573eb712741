//! What the conformance suite finds at a receiver.

use async_trait::async_trait;
use bytes::Bytes;
use meterport_core::MetricBatch;

use super::{FakeReceiver, Series, read};
use crate::conformance::{Arrival, Behaviour, Peer};
use crate::gateway::{Sample, samples_of};
use crate::to_proto;

/// Samples stand for points. Those of `target_info` are left out: not every request has them.
#[async_trait(?Send)]
impl Peer for FakeReceiver {
    /// Of numbers, classic histograms and summaries, with names that need no translation but `_` for
    /// dots, without a unit, and with a resource of nothing but a service's name.
    fn expected(&self, batch: &MetricBatch) -> Vec<String> {
        let bound = |bound: f64| {
            let text = format!("{bound:?}");
            if bound.is_finite() { text } else { "+Inf".to_owned() }
        };
        let mut samples = samples_of(&to_proto(batch), bound, true);
        // To Prometheus an empty label is none.
        samples.iter_mut().for_each(|sample| sample.labels.retain(|label| !label.1.is_empty()));
        samples.iter().map(Sample::text).collect()
    }

    fn arrivals(&self) -> Vec<Arrival> {
        let requests = self.server().requests();
        let read = |received: &std::sync::Arc<crate::Received>| Arrival {
            points: read(received).map(|write| write.series.iter().flat_map(texts).collect()),
            body: received.body.clone(),
        };
        let violations = self.server().violations().into_iter();
        let violations = violations.map(|why| Arrival { points: Err(why), body: Bytes::new() });
        // Metadata comes in requests of its own.
        let all = requests.iter().map(read).chain(violations);
        all.filter(|arrival| arrival.points.as_ref().is_err() || arrival.points != Ok(vec![]))
            .collect()
    }

    async fn wait_for_arrivals(&self, n: usize) {
        self.server().wait_for_requests(n).await;
    }

    fn behave(&self, behaviour: Behaviour) -> bool {
        if behaviour != Behaviour::Well {
            return self.server().misbehave(behaviour, "out of order sample\n");
        }
        self.keep_the_rules();
        self.server().resume();
        true
    }
}

fn texts(series: &Series) -> Vec<String> {
    if series.name() == "target_info" {
        return Vec::new();
    }
    let labels: Vec<_> =
        series.labels.iter().filter(|label| label.0 != "__name__").cloned().collect();
    let text = |value: f64| {
        let name = series.name().to_owned();
        let sample = Sample { name, labels: labels.clone(), value, ..Sample::default() };
        sample.text()
    };
    series.samples.iter().map(|sample| text(sample.value)).collect()
}
