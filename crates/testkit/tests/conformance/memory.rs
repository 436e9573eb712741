//! An exporter that sends into memory, as over a network, and has at most one defect.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use meterport_core::{
    Aggregation, Component, Deadline, ErrorKind, ExportError, InstrumentKind, MetricBatch,
    MetricExporter, Outcome, RetryAdvice, Status, Temporality,
};
use meterport_testkit::conformance::{Behaviour, Subject};
use meterport_testkit::to_proto;
use prost::Message;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use crate::defect::Defect;
use crate::peer::{PeerInMemory, Shared, State};

pub(crate) const TOKEN: &str = "hunter2";

/// The exporter, and what it sends to.
pub(crate) fn subject(defect: Option<Defect>) -> Subject {
    let exporter = InMemory::new(defect);
    let peer = Arc::clone(&exporter.peer);
    Subject::new(exporter).with_peer(PeerInMemory(peer)).with_secret(TOKEN)
}

pub(crate) struct InMemory {
    component: Component,
    defect: Option<Defect>,
    shut_down: AtomicBool,
    peer: Arc<Shared>,
    permits: Semaphore,
    runtime: Mutex<Option<Handle>>,
    buffer: Mutex<MetricBatch>,
    calls: AtomicU64,
}

impl Default for InMemory {
    fn default() -> Self {
        Self::new(None)
    }
}

impl InMemory {
    fn new(defect: Option<Defect>) -> Self {
        let kind = if defect == Some(Defect::TellsNoType) { "" } else { "in_memory_exporter" };
        let server = match defect {
            Some(Defect::TellsUserAndPassword) => "user:password@host",
            _ => "memory",
        };
        let state = State { arrivals: Vec::new(), behaviour: Behaviour::Well };
        Self {
            component: Component::new(kind).with_server(server, None),
            defect,
            shut_down: AtomicBool::new(false),
            peer: Arc::new(watch::Sender::new(state)),
            permits: Semaphore::new(1),
            runtime: Mutex::default(),
            buffer: Mutex::default(),
            calls: AtomicU64::new(0),
        }
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// The request is with the peer when this returns.
    fn send(&self, batch: &MetricBatch, points: u64) -> u64 {
        let mut request = to_proto(batch);
        if self.has(Defect::LosesAttributes) {
            let all = request.resource_metrics.iter_mut();
            all.filter_map(|entry| entry.resource.as_mut()).for_each(|who| who.attributes.clear());
        }
        if self.has(Defect::LosesAPoint) && points > 5 {
            request = to_proto(&batch.slice(1..points));
        }
        let marked = self.has(Defect::MarksRequests);
        let mark = if marked { self.calls.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let body = Bytes::from([mark.to_be_bytes().to_vec(), request.encode_to_vec()].concat());
        let length = body.len() as u64;
        self.peer.send_modify(|state| state.arrivals.push(body));
        length
    }

    async fn converse(&self, batch: &MetricBatch) -> Result<Outcome, ExportError> {
        let points = batch.points();
        let behaviour = self.peer.borrow().behaviour;
        if behaviour == Behaviour::Down {
            if self.has(Defect::ForgetsWhatItMissed) {
                return Ok(Outcome::delivered(points));
            }
            let token = if self.has(Defect::PutsTheTokenIntoErrors) { TOKEN } else { "" };
            let kind = match self.defect {
                Some(Defect::CallsARefusalUnavailable) => ErrorKind::Unavailable,
                _ => ErrorKind::Connect,
            };
            return Err(ExportError::new(kind, token).with_advice(RetryAdvice::Backoff));
        }
        // As a socket would.
        tokio::task::yield_now().await;
        let mut books = Outcome::default();
        books.attempts = 1;
        if self.has(Defect::SendsInPieces) && points > 5 {
            self.send(&batch.slice(0..points / 2), points);
            books.wire_bytes = self.send(&batch.slice(points / 2..points), points);
            books.attempts = 2;
        } else {
            books.wire_bytes = self.send(batch, points);
        }
        books.raw_bytes = books.wire_bytes;
        if self.has(Defect::NeverCountsBytes) {
            (books.raw_bytes, books.wire_bytes) = (0, 0);
        }
        tokio::task::yield_now().await;
        let failed = |kind, code| {
            let error = ExportError::new(kind, "").with_settled(books.clone());
            match code {
                0 if self.has(Defect::ClaimsNothingArrived) => error,
                0 => error.unconfirmed(),
                code => error.with_status(Status::Http(code)),
            }
        };
        match behaviour {
            Behaviour::Hanging | Behaviour::Stalling => std::future::pending().await,
            Behaviour::Rejecting => {
                let advice = match self.defect {
                    Some(Defect::RetriesRejections) => RetryAdvice::Backoff,
                    _ => RetryAdvice::Never,
                };
                Err(failed(ErrorKind::Rejected, 400).with_advice(advice))
            }
            Behaviour::Resetting | Behaviour::ResettingMidway => {
                Err(failed(ErrorKind::Unavailable, 0).with_advice(RetryAdvice::Backoff))
            }
            Behaviour::Unavailable if self.has(Defect::GivesUpTooSoon) => {
                Err(failed(ErrorKind::Unavailable, 503))
            }
            Behaviour::Unavailable => {
                Err(failed(ErrorKind::Unavailable, 503).with_advice(RetryAdvice::Backoff))
            }
            Behaviour::PartiallySuccessful => {
                if self.has(Defect::RetriesPartialSuccess) {
                    self.send(batch, points);
                }
                (books.delivered, books.rejected) = (points - 1, 1);
                books.message = Some("one was too old".into());
                Ok(books)
            }
            _ => {
                books.delivered = points;
                Ok(books)
            }
        }
    }

    async fn within(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        let timeout = || ExportError::new(ErrorKind::Timeout, "");
        let now = tokio::time::Instant::now().into_std();
        if deadline.has_passed(now) && !self.has(Defect::SendsAfterTheDeadline) {
            return Err(timeout());
        }
        let before = self.peer.borrow().arrivals.len();
        let sending = self.converse(batch);
        let Some(at) = deadline.instant().filter(|_| {
            !self.has(Defect::IgnoresTheDeadline) && !self.has(Defect::SendsAfterTheDeadline)
        }) else {
            return sending.await;
        };
        match tokio::time::timeout_at(at.into(), sending).await {
            Ok(result) => result,
            Err(_) if before == self.peer.borrow().arrivals.len() => Err(timeout()),
            Err(_) if self.has(Defect::ClaimsNothingArrived) => Err(timeout()),
            Err(_) => Err(timeout().unconfirmed()),
        }
    }

    /// In a task of the runtime that was there first.
    async fn elsewhere(&self) {
        let first = {
            let mut first = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert_with(Handle::current).clone()
        };
        first.spawn(async {}).await.expect("its runtime has ended");
    }

    fn check_runtime(&self) -> Result<(), ExportError> {
        let missing = || Err(ExportError::new(ErrorKind::NoRuntime, ""));
        if Handle::try_current().is_err() && !self.has(Defect::PanicsOutsideTokio) {
            return missing();
        }
        // tidy: sleeps nobody; a timer is what needs the runtime's driver
        let sleep = || drop(tokio::time::sleep(std::time::Duration::ZERO));
        if self.has(Defect::PanicsWithoutDrivers) || self.has(Defect::PanicsOutsideTokio) {
            // tidy: sleeps nobody either
            sleep();
        }
        std::panic::catch_unwind(sleep).or_else(|_| missing())
    }
}

#[async_trait]
impl MetricExporter for InMemory {
    async fn export(
        &self,
        batch: &MetricBatch,
        deadline: Deadline,
    ) -> Result<Outcome, ExportError> {
        if self.shut_down.load(Ordering::Acquire) && !self.has(Defect::ForgetsShutdown) {
            return Err(ExportError::new(ErrorKind::Shutdown, "").with_component(&self.component));
        }
        if batch.is_empty() && !self.has(Defect::SendsEmptyBatches) {
            return Ok(Outcome::default());
        }
        self.check_runtime()?;
        if self.has(Defect::KeepsTheFirstRuntime) {
            self.elsewhere().await;
        }
        if self.has(Defect::LeaksItsPermit) {
            self.permits.acquire().await.expect("never closed").forget();
        }
        let one_by_one =
            self.has(Defect::WaitsForOthers) || self.has(Defect::WaitsForExportsInShutdown);
        let queue = one_by_one.then(|| self.permits.acquire());
        let _permit = match queue {
            Some(queue) => Some(queue.await.expect("never closed")),
            None => None,
        };
        let _cancelled = self.has(Defect::NeedsARuntimeToCancel).then_some(NeedsARuntime);
        let mut sent = batch.clone();
        if self.has(Defect::SharesOneBuffer) {
            let buffer = || self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
            *buffer() = batch.clone();
            tokio::task::yield_now().await;
            sent = buffer().clone();
        }
        let mut result = self.within(&sent, deadline).await;
        if self.has(Defect::LeaksItsPermit) {
            self.permits.add_permits(1);
        }
        if let (Ok(outcome), true) = (&mut result, self.has(Defect::CountsTwice)) {
            outcome.absorb(outcome.clone());
        }
        result.map_err(|error| error.with_component(&self.component))
    }

    async fn force_flush(&self, _: Deadline) -> Result<Outcome, ExportError> {
        if self.has(Defect::FailsToFlush) {
            return Err(ExportError::new(ErrorKind::Unavailable, "nothing to flush"));
        }
        Ok(Outcome::default())
    }

    async fn shutdown(&self, deadline: Deadline) -> Result<Outcome, ExportError> {
        let passed = deadline.has_passed(tokio::time::Instant::now().into_std());
        if passed && self.has(Defect::ShutsDownOnlyInTime) {
            return Err(ExportError::new(ErrorKind::Timeout, ""));
        }
        if self.has(Defect::WaitsForExportsInShutdown) {
            drop(self.permits.acquire().await.expect("never closed"));
        }
        let again = self.shut_down.swap(true, Ordering::AcqRel);
        if again && self.has(Defect::RefusesASecondShutdown) {
            return Err(ExportError::new(ErrorKind::Shutdown, ""));
        }
        Ok(Outcome::default())
    }

    fn temporality(&self, _: InstrumentKind) -> Temporality {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.has(Defect::WaversInItsPreferences) && calls % 2 == 1 {
            return Temporality::Delta;
        }
        Temporality::Cumulative
    }

    fn aggregation(&self, _: InstrumentKind) -> Aggregation {
        Aggregation::Default
    }

    fn component(&self) -> &Component {
        &self.component
    }
}

impl Drop for InMemory {
    fn drop(&mut self) {
        if self.has(Defect::NeedsARuntimeToBeDropped) {
            drop(NeedsARuntime);
        }
    }
}

struct NeedsARuntime;

impl Drop for NeedsARuntime {
    fn drop(&mut self) {
        drop(Handle::current());
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = if self.has(Defect::PrintsItsToken) { TOKEN } else { "[redacted]" };
        f.debug_struct("InMemory").field("token", &token).finish_non_exhaustive()
    }
}
