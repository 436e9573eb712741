//! A Pushgateway that keeps the rules of the real one: groups out of paths, PUT, POST and DELETE, no
//! timestamps; and misbehaves as scripted.

mod group;
mod peer;
mod samples;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Method;

use crate::{FakeCollector, Received, Reply, Response};

pub use group::Group;
pub(crate) use peer::samples_of;
pub use samples::Sample;

/// The samples of a group's families, by family.
type Families = BTreeMap<String, Vec<Sample>>;

/// A fake Pushgateway, on loopback. It runs until it is dropped.
///
/// ```
/// use meterport_testkit::FakeGateway;
///
/// let gateway = FakeGateway::start();
/// let endpoint = gateway.url(); // give it to an exporter
/// assert!(gateway.groups().is_empty());
/// # drop(endpoint);
/// ```
pub struct FakeGateway {
    collector: FakeCollector,
    groups: Arc<Groups>,
}

type Groups = Mutex<BTreeMap<Group, Families>>;

impl FakeGateway {
    /// Listens on a free port of the loopback interface.
    ///
    /// # Panics
    /// If there is no port or no thread to be had.
    pub fn start() -> Self {
        let gateway = Self { collector: FakeCollector::start(), groups: Arc::default() };
        gateway.collector.take_anything();
        gateway.keep_the_rules();
        gateway
    }

    /// `http://` with address and port and without a path.
    pub fn url(&self) -> String {
        self.collector.url()
    }

    /// The server beneath, for its records and its faults.
    pub fn server(&self) -> &FakeCollector {
        &self.collector
    }

    /// What is kept now.
    pub fn groups(&self) -> BTreeMap<Group, Vec<Sample>> {
        let groups = lock(&self.groups);
        let samples = |families: &Families| families.values().flatten().cloned().collect();
        groups.iter().map(|(group, families)| (group.clone(), samples(families))).collect()
    }

    /// Answers as a gateway does, after something else was the standing reply.
    pub fn keep_the_rules(&self) {
        let groups = Arc::clone(&self.groups);
        self.collector.answer_with(move |received| match take(&mut lock(&groups), received) {
            Ok(code) => Response::new(code).into(),
            Err(Refusal(code, text)) => refused(code, text),
        });
    }
}

fn refused(code: u16, text: String) -> Reply {
    Response::new(code).body(format!("{text}\n")).into()
}

/// A status, and the words of the real gateway.
struct Refusal(u16, String);

fn take(groups: &mut BTreeMap<Group, Families>, received: &Received) -> Result<u16, Refusal> {
    let group = Group::of_path(&received.path).map_err(|(code, why)| Refusal(code, why))?;
    if received.method == Method::DELETE {
        groups.remove(&group);
        return Ok(202);
    }
    let pushed = Sample::of_push(received).map_err(|why| Refusal(400, why))?;
    if pushed.iter().any(|sample| sample.has_timestamp) {
        return Err(Refusal(400, "pushed metrics must not have timestamps".to_owned()));
    }
    let mut families = Families::new();
    for mut sample in pushed {
        sample.labels.retain(|label| !group.labels.contains_key(&label.0));
        families.entry(sample.family.clone()).or_default().push(sample);
    }
    match received.method {
        Method::PUT => drop(groups.insert(group, families)),
        Method::POST => groups.entry(group).or_default().extend(families),
        _ => return Err(Refusal(405, "Method Not Allowed".to_owned())),
    }
    Ok(200)
}

fn lock(groups: &Groups) -> MutexGuard<'_, BTreeMap<Group, Families>> {
    groups.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for FakeGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeGateway").field("server", &self.collector).finish_non_exhaustive()
    }
}
