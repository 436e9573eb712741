use std::time::Duration;

use meterport_core::{ExportError, MetricBatch, Outcome, RetryAdvice};

/// One answer for the parts of a batch.
///
/// If nothing failed, or only for good, that is the books of all; of errors that may be healed, the
/// one that asks for the longest wait stays, and owes what all of them do. What was refused for good
/// is settled then, so that nobody sends it again.
pub(super) fn combined(
    parts: impl IntoIterator<Item = (MetricBatch, Result<Outcome, ExportError>)>,
) -> Result<Outcome, ExportError> {
    let mut settled = Outcome::default();
    let (mut healable, mut healable_rest) = (None::<ExportError>, Vec::new());
    let (mut refused, mut refused_rest) = (Vec::new(), Vec::new());
    for (part, result) in parts {
        let error = match result {
            Ok(outcome) => {
                settled.absorb(outcome);
                continue;
            }
            Err(error) => error,
        };
        let rest = error.rest().unwrap_or(&part).clone();
        if error.advice() == RetryAdvice::Never {
            refused.push((part.points(), error));
            refused_rest.push(rest);
            continue;
        }
        settled.absorb(error.settled().clone());
        healable_rest.push(rest);
        healable = Some(match healable {
            Some(first) if wait(&first) >= wait(&error) => first,
            _ => error,
        });
    }
    if let Some(error) = healable {
        for (points, error) in refused {
            let message = error.to_string();
            settled.absorb(error.into_outcome(points));
            settled.message = Some(message.into());
        }
        let rest = MetricBatch::join(healable_rest);
        return Err(error.with_settled(settled).with_rest(rest));
    }
    for (_, error) in &refused {
        settled.absorb(error.settled().clone());
    }
    match refused.into_iter().next() {
        None => Ok(settled),
        Some((_, first)) => {
            Err(first.with_settled(settled).with_rest(MetricBatch::join(refused_rest)))
        }
    }
}

fn wait(error: &ExportError) -> Duration {
    match error.advice() {
        RetryAdvice::After(delay) => delay,
        RetryAdvice::Backoff | RetryAdvice::Never => Duration::ZERO,
    }
}
