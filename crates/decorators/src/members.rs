//! Exporters side by side: what they must agree on, and one call of one of them.

use std::fmt;
use std::future::Future;

use meterport_core::{
    Clock, Component, Deadline, ErrorKind, ExportError, InstrumentKind, MetricExporter, Outcome,
    Temporality,
};
use meterport_worker::catch_panic;

use crate::bounded::bounded;

/// Exporters that cannot be given the same batches.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MembersError {
    /// They aggregate an instrument in different ways, which nothing can convert.
    Aggregation {
        /// The kind of instrument.
        kind: InstrumentKind,
        /// Two that disagree.
        between: Box<[Component; 2]>,
    },
    /// There is none.
    NoMember,
    /// One wants an instrument's points cumulative, the other delta.
    Temporality {
        /// The kind of instrument.
        kind: InstrumentKind,
        /// Who wants them cumulative.
        cumulative: Box<Component>,
        /// Who wants them delta.
        delta: Box<Component>,
    },
}

impl fmt::Display for MembersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aggregation { kind, between } => write!(
                f,
                "{} and {} want another aggregation for {kind:?}: set both alike",
                between[0], between[1]
            ),
            Self::NoMember => f.write_str("there is no exporter to export to"),
            Self::Temporality { kind, cumulative, delta } => write!(
                f,
                "{delta} wants delta temporality for {kind:?}, but {cumulative} cumulative: set \
                 both alike, or make the former of cumulative points with `to_delta()` \
                 (`ToDelta`) around {delta}"
            ),
        }
    }
}

impl std::error::Error for MembersError {}

/// The kinds whose points have a temporality.
const COUNTED: [InstrumentKind; 5] = [
    InstrumentKind::Counter,
    InstrumentKind::Histogram,
    InstrumentKind::ObservableCounter,
    InstrumentKind::ObservableUpDownCounter,
    InstrumentKind::UpDownCounter,
];

/// Whether a batch that is made for `first` will do for `other`.
pub(crate) fn agree(
    first: &dyn MetricExporter,
    other: &dyn MetricExporter,
) -> Result<(), MembersError> {
    let component = |exporter: &dyn MetricExporter| Box::new(exporter.component().clone());
    for kind in COUNTED {
        let (cumulative, delta) = match (first.temporality(kind), other.temporality(kind)) {
            (Temporality::Cumulative, Temporality::Delta) => (first, other),
            (Temporality::Delta, Temporality::Cumulative) => (other, first),
            _ => continue,
        };
        let (cumulative, delta) = (component(cumulative), component(delta));
        return Err(MembersError::Temporality { kind, cumulative, delta });
    }
    let differs = |kind: &InstrumentKind| first.aggregation(*kind) != other.aggregation(*kind);
    match InstrumentKind::ALL.into_iter().find(differs) {
        Some(kind) => {
            let between = Box::new([first.component().clone(), other.component().clone()]);
            Err(MembersError::Aggregation { kind, between })
        }
        None => Ok(()),
    }
}

/// A call of a member that cannot harm the others: it ends at the deadline, and a panic is an error.
pub(crate) async fn isolated(
    member: &dyn MetricExporter,
    deadline: Deadline,
    clock: &dyn Clock,
    call: impl Future<Output = Result<Outcome, ExportError>>,
) -> Result<Outcome, ExportError> {
    match bounded(deadline, clock, catch_panic(call)).await {
        Ok(Ok(result)) => result,
        Ok(Err(panicked)) => {
            let error =
                ExportError::new(ErrorKind::Unavailable, format!("the exporter {panicked}"));
            Err(error.with_component(member.component()).with_source(panicked).unconfirmed())
        }
        Err(cut) => Err(cut.error(member.component())),
    }
}

/// What several answered to a flush or a shutdown: the first error, with the books of all.
pub(crate) fn all_ended(
    results: impl IntoIterator<Item = Result<Outcome, ExportError>>,
) -> Result<Outcome, ExportError> {
    let mut books = Outcome::default();
    let mut failure = None;
    for result in results {
        match result {
            Ok(outcome) => books.absorb(outcome),
            Err(error) => {
                books.absorb(error.settled().clone());
                failure.get_or_insert(error);
            }
        }
    }
    match failure {
        Some(error) => Err(error.with_settled(books)),
        None => Ok(books),
    }
}
