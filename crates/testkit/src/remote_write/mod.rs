//! A receiver of Prometheus Remote Write that keeps the rules of both versions, and misbehaves as
//! scripted.

pub mod messages;
mod peer;
mod read;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{FakeCollector, Received, Reply, Response};

pub use read::{Exemplar, Series, Write, read};

/// A fake receiver, on loopback. It runs until it is dropped.
///
/// What is against the letter of the specification is answered 400, with the reason.
///
/// ```
/// use meterport_testkit::FakeReceiver;
///
/// let receiver = FakeReceiver::start();
/// let endpoint = receiver.url(); // give it to an exporter
/// assert!(receiver.writes().is_empty());
/// # drop(endpoint);
/// ```
pub struct FakeReceiver {
    collector: FakeCollector,
    habits: Arc<Mutex<Habits>>,
}

/// What a receiver does beside keeping the rules.
#[derive(Clone, Copy, Debug)]
struct Habits {
    knows_v1: bool,
    knows_v2: bool,
    says_written: bool,
    takes_exemplars: bool,
}

impl FakeReceiver {
    /// Listens on a free port of the loopback interface, for both versions.
    ///
    /// # Panics
    /// If there is no port or no thread to be had.
    pub fn start() -> Self {
        let habits =
            Habits { knows_v1: true, knows_v2: true, says_written: true, takes_exemplars: true };
        let receiver =
            Self { collector: FakeCollector::start(), habits: Arc::new(Mutex::new(habits)) };
        receiver.collector.take_anything();
        receiver.keep_the_rules();
        receiver
    }

    /// The address that is written to.
    pub fn url(&self) -> String {
        format!("{}/api/v1/write", self.collector.url())
    }

    /// The server beneath, for its records and its faults.
    pub fn server(&self) -> &FakeCollector {
        &self.collector
    }

    /// Knows these versions from now on; others are answered 415.
    pub fn know(&self, v1: bool, v2: bool) {
        let mut habits = self.habits();
        (habits.knows_v1, habits.knows_v2) = (v1, v2);
    }

    /// Whether answers say what was written; yes at first.
    pub fn say_written(&self, says: bool) {
        self.habits().says_written = says;
    }

    /// Whether exemplars are written; yes at first.
    pub fn take_exemplars(&self, takes: bool) {
        self.habits().takes_exemplars = takes;
    }

    /// Answers as a receiver does, after something else was the standing reply.
    pub fn keep_the_rules(&self) {
        let habits = Arc::clone(&self.habits);
        self.collector.answer_with(move |received| {
            let habits = *habits.lock().unwrap_or_else(PoisonError::into_inner);
            answer(habits, received)
        });
    }

    /// The requests so far that keep the rules.
    ///
    /// # Panics
    /// If one does not.
    pub fn writes(&self) -> Vec<Write> {
        let requests = self.collector.requests();
        requests.iter().map(|one| read(one).expect("a request by the rules")).collect()
    }

    /// The only request so far.
    ///
    /// # Panics
    /// If there are others, or none, or it does not keep the rules.
    pub fn only(&self) -> Write {
        let mut writes = self.writes();
        assert_eq!(writes.len(), 1);
        writes.remove(0)
    }

    fn habits(&self) -> MutexGuard<'_, Habits> {
        self.habits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(habits: Habits, received: &Received) -> Reply {
    let is_known = match read::version(received) {
        Some(1) => habits.knows_v1,
        Some(_) => habits.knows_v2,
        None => false,
    };
    if !is_known {
        return Response::new(415).body("unsupported proto message\n").into();
    }
    let write = match read(&Arc::new(received.clone())) {
        Ok(write) => write,
        Err(why) => return Response::new(400).body(format!("{why}\n")).into(),
    };
    let response = Response::new(204);
    if write.version == 1 || !habits.says_written {
        return response.into();
    }
    let [samples, histograms, exemplars] = write.elements();
    let exemplars = if habits.takes_exemplars { exemplars } else { 0 };
    written(response, [samples, histograms, exemplars]).into()
}

/// The response that says how many samples, histograms and exemplars were written.
pub fn written(response: Response, counts: [u64; 3]) -> Response {
    ["Samples", "Histograms", "Exemplars"].into_iter().zip(counts).fold(
        response,
        |response, (what, count)| {
            let name = format!("X-Prometheus-Remote-Write-{what}-Written");
            response.header(name, count.to_string())
        },
    )
}

impl fmt::Debug for FakeReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeReceiver").field("server", &self.collector).finish_non_exhaustive()
    }
}
