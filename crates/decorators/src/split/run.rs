use std::fmt::Write;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

use meterport_core::{
    Clock, Deadline, DropReason, ErrorKind, ExportError, MetricBatch, MetricExporter, Outcome,
    ValueRef, bounded_message,
};
use tokio::task::yield_now;

use super::Split;
use super::plan::{Plan, Verdict};
use crate::bounded::{bounded, no_time};

/// One batch on its way.
pub(super) struct Run<'a, E> {
    split: &'a Split<E>,
    batch: &'a MetricBatch,
    points: u64,
    deadline: Deadline,
    plan: Plan,
    books: Outcome,
    /// What failed for good, or was left over when the export ended.
    owed: Vec<MetricBatch>,
    error: Option<ExportError>,
    /// The longest that a poll has taken: pieces are encoded in one.
    longest_poll: Duration,
    begun: bool,
    ended: bool,
}

impl<'a, E: MetricExporter> Run<'a, E> {
    pub(super) fn new(split: &'a Split<E>, batch: &'a MetricBatch, deadline: Deadline) -> Self {
        let points = batch.points();
        Self {
            split,
            batch,
            points,
            deadline,
            plan: Plan::new(points, split.max_points, split.sizes()),
            books: Outcome::default(),
            owed: Vec::new(),
            error: None,
            longest_poll: Duration::ZERO,
            begun: false,
            ended: false,
        }
    }

    /// Sends the next piece. `false` if there is none, or the export has ended.
    pub(super) async fn send_next(&mut self) -> bool {
        let Some(range) = self.plan.piece() else { return false };
        if self.begun {
            yield_now().await;
            if !self.has_time() {
                self.stop(no_time(self.split.inner.component()));
                return false;
            }
        }
        self.begun = true;
        let whole = range == (0..self.points);
        let piece = if whole { self.batch.clone() } else { self.batch.slice(range) };
        let clock = &*self.split.clock;
        let export = self.split.inner.export(&piece, self.deadline);
        let export = timed(clock, &mut self.longest_poll, export);
        let ended = bounded(self.deadline, clock, export).await;
        match ended.unwrap_or_else(|cut| Err(cut.error(self.split.inner.component()))) {
            Ok(outcome) => {
                let bytes = outcome.raw_bytes / u64::from(outcome.attempts.max(1));
                self.plan.done(Some(bytes));
                self.books.absorb(outcome);
            }
            Err(error) => self.failed(error, &piece),
        }
        !self.ended && self.plan.piece().is_some()
    }

    fn failed(&mut self, error: ExportError, piece: &MetricBatch) {
        let untouched = error.rest().is_none() && error.settled().points() == 0;
        match error.kind() {
            ErrorKind::TooLarge { size, limit } if untouched => {
                self.books.absorb(error.settled().clone());
                if self.plan.too_large(size, limit) == Verdict::Alone {
                    self.drop_alone(piece, &error);
                    self.plan.done(None);
                }
            }
            // The fault of these points, perhaps, and not of the others.
            ErrorKind::Encode | ErrorKind::Rejected => {
                self.books.absorb(error.settled().clone());
                self.owed.push(error.rest().unwrap_or(piece).clone());
                self.error.get_or_insert(error);
                self.plan.done(None);
            }
            _ => self.stop(error),
        }
    }

    /// The export ends with this error; all that has not gone is owed.
    fn stop(&mut self, error: ExportError) {
        self.books.absorb(error.settled().clone());
        let mut left = self.plan.left();
        if let (Some(rest), Some(piece)) = (error.rest(), self.plan.piece()) {
            self.owed.push(rest.clone());
            left.start = piece.end;
        }
        self.owed.push(self.batch.slice(left));
        self.error = Some(error);
        self.ended = true;
    }

    pub(super) fn end(mut self) -> Result<Outcome, ExportError> {
        self.split.learn(self.plan.sizes);
        let Some(error) = self.error else { return Ok(self.books) };
        self.owed.retain(|batch| !batch.is_empty());
        let whole = self.books.points() == 0 && error.rest().is_none();
        let error = error.with_settled(self.books);
        Err(if whole { error } else { error.with_rest(MetricBatch::join(self.owed)) })
    }

    /// Whether a poll as long as the longest so far would end in time.
    fn has_time(&self) -> bool {
        let left = self.deadline.remaining(self.split.clock.now());
        left.is_none_or(|left| left > self.longest_poll)
    }

    fn drop_alone(&mut self, piece: &MetricBatch, error: &ExportError) {
        let point = name_of(piece);
        let exporter = self.split.inner.component();
        tracing::warn!(%exporter, %point, %error, "a point is too large to be sent and was dropped");
        self.books.dropped.add(DropReason::TooLarge, piece.points());
        let words = format!("a point is {}: {point}", error.kind());
        self.books.message = Some(bounded_message(&words));
    }
}

/// The name of the metric of a piece's only point, and as many of its attributes as are short.
fn name_of(piece: &MetricBatch) -> String {
    /// Of a name or a value.
    const LONGEST: usize = 128;
    let short = |text: &str| text.chars().take(LONGEST).collect::<String>();
    let Some(metric) = piece.metrics().next() else { return String::new() };
    let mut text = short(&metric.descriptor.name);
    let Some(attributes) = metric.data.series().iter().next() else { return text };
    for (key, value) in attributes.iter().take(16) {
        let _ = write!(text, " {}=", short(key));
        let _ = match value {
            ValueRef::Bool(value) => write!(text, "{value}"),
            ValueRef::Double(value) => write!(text, "{value}"),
            ValueRef::Int(value) => write!(text, "{value}"),
            ValueRef::String(value) => write!(text, "{}", short(value)),
            _ => write!(text, "…"),
        };
    }
    text
}

/// Notes how long the longest poll of `future` took.
async fn timed<F: Future>(clock: &dyn Clock, longest: &mut Duration, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let begin = clock.now();
        let polled = future.as_mut().poll(context);
        *longest = (*longest).max(clock.now().saturating_duration_since(begin));
        polled
    })
    .await
}
