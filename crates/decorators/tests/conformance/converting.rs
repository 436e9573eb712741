//! Decorators that send something else than they are given: the checks that compare what arrives with
//! what was sent apply as far as the two are equal.

use async_trait::async_trait;
use meterport_core::{
    Aggregation, Component, Deadline, ExportError, InstrumentKind, Metric, MetricBatch, MetricData,
    Outcome, Temporality,
};

use super::*;

const GROUPS: [Group; 4] =
    [Group::Contract, Group::Network, Group::Transport, Group::PartialSuccess];

/// The batches of these checks are of other series each time, whose ends are told.
#[test]
fn stale() {
    let except = [
        "a_blocked_runtime_does_not_matter",
        "a_passed_deadline_is_a_timeout_at_once",
        "a_peer_that_was_away_is_found_again",
        "a_refused_connection_is_to_be_retried",
        "a_runtime_that_has_ended_does_not_matter",
        "a_runtime_without_drivers_is_survived",
        "concurrent_exports_are_all_delivered",
        "one_export_is_one_request",
        "outside_a_runtime_it_works_or_says_why",
    ];
    all_but(&GROUPS, &except, || around(ExporterExt::stale));
}

/// The batch of these checks has deltas.
#[test]
fn to_cumulative() {
    let except = [
        "every_kind_of_point_and_attribute_arrives",
        "requests_and_bytes_are_counted",
        "the_same_batch_gives_the_same_bytes",
    ];
    all_but(&GROUPS, &except, || around(ExporterExt::to_cumulative));
}

/// The first delta of a series has the value of the series.
#[test]
fn to_delta() {
    let except = [
        // What is owed from before comes along.
        "a_passed_deadline_is_a_timeout_at_once",
        "a_peer_that_was_away_is_found_again",
        "a_refused_connection_is_to_be_retried",
        "a_runtime_without_drivers_is_survived",
        "outside_a_runtime_it_works_or_says_why",
        // Exports are handed on one after the other.
        "an_export_that_is_stuck_holds_up_no_other",
        // Their batch has deltas beside cumulative points, and comes twice.
        "every_kind_of_point_and_attribute_arrives",
        "requests_and_bytes_are_counted",
        "the_same_batch_gives_the_same_bytes",
    ];
    all_but(&GROUPS, &except, || around(|exporter| CalledCumulative(exporter).to_delta()));
}

/// Calls cumulative what it is given, so that a first delta is what was sent.
#[derive(Debug)]
struct CalledCumulative(OtlpHttpExporter);

#[async_trait]
impl MetricExporter for CalledCumulative {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let temporality = Temporality::Cumulative;
        let renamed = batch.map_metrics(|_, _, metric| {
            let data = match metric.data.clone() {
                MetricData::Histogram(mut data) => {
                    data.temporality = temporality;
                    data.into()
                }
                MetricData::Sum(mut data) => {
                    data.temporality = temporality;
                    data.into()
                }
                data => data,
            };
            Some(Metric { descriptor: metric.descriptor.clone(), data })
        });
        self.0.export(&renamed, deadline).await
    }

    async fn force_flush(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.0.force_flush(deadline).await
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        self.0.shutdown(deadline).await
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }

    fn aggregation(&self, kind: InstrumentKind) -> Aggregation {
        self.0.aggregation(kind)
    }

    fn component(&self) -> &Component {
        self.0.component()
    }
}
