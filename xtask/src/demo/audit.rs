use std::collections::VecDeque;

use meterport_core::MetricBatch;
use meterport_testkit::to_proto;

use super::samples;
use super::transports::{Arrival, Message};
use crate::difference;

/// Compares what arrived with what was produced, in order.
#[derive(Debug, Default)]
pub(super) struct Audit {
    /// Points that arrived and were accepted.
    pub(super) arrived: u64,
    /// Points that were passed over: what was produced after them has arrived.
    lost: u64,
    /// What was wrong first.
    first: Option<String>,
}

impl Audit {
    /// Finds what arrived among the batches that are still expected, and takes it from them.
    pub(super) fn settle(&mut self, expected: &mut VecDeque<MetricBatch>, arrivals: Vec<Arrival>) {
        for arrival in arrivals {
            self.arrived += arrival.accepted;
            let message = match arrival.message {
                Ok(message) => message,
                Err(why) => {
                    self.note(format!("what arrived cannot be read: {why}"));
                    continue;
                }
            };
            if let Some(at) =
                expected.iter().position(|batch| difference(batch, &message).is_none())
            {
                self.lost += expected.drain(..at).map(|batch| batch.points()).sum::<u64>();
                expected.pop_front();
            } else if let Some(batch) = expected.pop_front() {
                let difference = difference(&batch, &message).unwrap_or_default();
                self.note(format!("not what was produced, {difference}"));
            } else {
                self.note(format!("{} points too many arrived", message.points()));
            }
        }
    }

    fn note(&mut self, problem: String) {
        self.first.get_or_insert(problem);
    }

    /// What is wrong when nothing more can arrive.
    pub(super) fn verdict(&self, expected: &VecDeque<MetricBatch>, produced: u64) -> Vec<String> {
        let mut problems: Vec<String> = self.first.iter().cloned().collect();
        let lost = self.lost + expected.iter().map(MetricBatch::points).sum::<u64>();
        if lost > 0 {
            problems.push(format!("{lost} points did not arrive"));
        }
        if self.arrived != produced {
            problems.push(format!("{produced} points produced, {} arrived", self.arrived));
        }
        problems
    }
}

/// What differs first.
fn difference(batch: &MetricBatch, message: &Message) -> Option<String> {
    match message {
        Message::Otlp(message) => {
            let expected = to_proto(batch);
            // Most are equal, which is told much faster than where they differ.
            let is_equal = expected == *message;
            let found = (!is_equal).then(|| difference::first(&expected, message)).flatten();
            found.map(|found| found.to_string())
        }
        Message::Samples(lines) => samples::difference(batch, lines),
    }
}

#[cfg(test)]
mod tests {
    use meterport_core::{
        AttributeSet, Gauge, Metric, Number, NumberPoint, ResourceMetrics, ScopeMetrics,
    };

    use super::*;

    fn batch(value: f64) -> MetricBatch {
        let point = NumberPoint::new(AttributeSet::empty(), Number::F64(value));
        let gauge = Gauge { points: [point].into_iter().collect() };
        let scope = ScopeMetrics::default().with_metric(Metric::new("g", gauge));
        ResourceMetrics::default().with_scope(scope).into()
    }

    #[track_caller]
    fn check(produced: &[f64], arrived: &[f64], problems: &[&str]) {
        let mut expected: VecDeque<_> = produced.iter().copied().map(batch).collect();
        let arrival = |value: &f64| Arrival {
            message: Ok(Message::Otlp(to_proto(&batch(*value)))),
            accepted: 1,
        };
        let mut audit = Audit::default();
        audit.settle(&mut expected, arrived.iter().map(arrival).collect());
        let found = audit.verdict(&expected, produced.len() as u64);
        assert_eq!(found.len(), problems.len(), "{found:?}");
        for (found, problem) in found.iter().zip(problems) {
            assert!(found.contains(problem), "{found:?}");
        }
    }

    #[test]
    fn what_differs_is_told() {
        check(&[1.0, 2.0], &[1.0, 2.0], &[]);
        check(&[1.0, 2.0], &[2.0], &["1 points did not arrive", "2 points produced, 1 arrived"]);
        check(&[1.0, 2.0], &[1.0], &["1 points did not arrive", "2 points produced, 1 arrived"]);
        check(&[1.0], &[3.0], &["data_points[0].value"]);
        check(&[1.0], &[1.0, 1.0], &["1 points too many", "1 points produced, 2 arrived"]);
        check(&[f64::NAN], &[f64::NAN], &[]);
    }

    #[test]
    fn points_that_a_collector_took_and_rejected_are_missing() {
        let mut expected = VecDeque::from([batch(1.0)]);
        let arrival = Arrival { message: Ok(Message::Otlp(to_proto(&batch(1.0)))), accepted: 0 };
        let mut audit = Audit::default();
        audit.settle(&mut expected, vec![arrival]);
        assert_eq!(audit.verdict(&expected, 1), ["1 points produced, 0 arrived"]);
    }

    #[test]
    fn a_sample_that_differs_is_told() {
        let arrived = |value: &str| {
            let lines = vec!["target_info[] 1.0".to_owned(), format!("g[] {value}")];
            Arrival { message: Ok(Message::Samples(lines)), accepted: 1 }
        };
        let found = |value: &str| {
            let mut audit = Audit::default();
            let mut expected = VecDeque::from([batch(1.0)]);
            audit.settle(&mut expected, vec![arrived(value)]);
            audit.verdict(&expected, 1)
        };
        assert_eq!(found("1.0"), [""; 0]);
        assert_eq!(found("2.0"), ["not what was produced, g[] 1.0 is missing"]);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let mut audit = Audit::default();
        let arrival = Arrival { message: Err("nonsense".into()), accepted: 0 };
        audit.settle(&mut VecDeque::new(), vec![arrival]);
        assert_eq!(audit.verdict(&VecDeque::new(), 0).len(), 1);
    }
}
