use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use meterport_core::ConfigError;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::REFUSAL_PAUSE;
use super::credential::Form;
use crate::HookError;

/// The largest file that is taken for a secret, in bytes.
const LIMIT: u64 = 64 * 1024;

/// A secret in a file that someone else may replace at any time.
///
/// It is read for every attempt, which costs some microseconds: a time of change would be too
/// coarse to tell two tokens of one second apart.
#[derive(Debug)]
pub(super) struct SecretFile {
    path: Arc<Path>,
    form: Form,
    held: Mutex<Held>,
    /// A read is under way. While a file system hangs, no second thread waits for it.
    reading: Arc<AtomicBool>,
}

#[derive(Clone, Debug)]
struct Held {
    value: HeaderValue,
    /// The server does not take it.
    refused: bool,
    /// When it took the place of another.
    since: Option<Instant>,
}

impl SecretFile {
    /// Reads the file once, so that a wrong path shows before the first export.
    pub(super) fn open(path: PathBuf, form: Form) -> Result<Self, ConfigError> {
        let value = read(&path)
            .and_then(|secret| form.value(&secret).map_err(str::to_owned))
            .map_err(|problem| ConfigError::new(format!("file {}", path.display()), problem))?;
        let held = Mutex::new(Held { value, refused: false, since: None });
        Ok(Self { path: path.into(), form, held, reading: Arc::default() })
    }

    /// What the file holds now; what it held last if it cannot be read and that was not refused.
    pub(super) async fn value(&self) -> Result<HeaderValue, HookError> {
        match self.read_again().await {
            Ok(value) => Ok(value),
            Err(problem) => {
                let held = self.held().clone();
                if held.refused {
                    let text = format!("file {}: {problem}", self.path.display());
                    return Err(HookError::temporary(text));
                }
                Ok(held.value)
            }
        }
    }

    /// Whether the file holds another secret than the one that was refused.
    pub(super) async fn refused(&self) -> bool {
        let _ = self.read_again().await;
        let mut held = self.held();
        // Which of the two was refused is not known where several requests are under way.
        let is_new = held.since.is_some_and(|since| since.elapsed() < REFUSAL_PAUSE);
        held.refused = !is_new;
        is_new
    }

    async fn read_again(&self) -> Result<HeaderValue, String> {
        if self.reading.swap(true, Ordering::AcqRel) {
            return Err("is being read".to_owned());
        }
        let (path, reading) = (Arc::clone(&self.path), Reading(Arc::clone(&self.reading)));
        let secret = spawn_blocking(move || {
            let secret = read(&path);
            drop(reading);
            secret
        });
        let secret = secret.await.map_err(|_| "the runtime has ended".to_owned())??;
        let value = self.form.value(&secret)?;
        let mut held = self.held();
        if held.value != value {
            *held = Held { value: value.clone(), refused: false, since: Some(Instant::now()) };
        }
        Ok(value)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the read, also if it is never begun because the runtime ends.
struct Reading(Arc<AtomicBool>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// The text of a file without what stands around it: many tools end a secret with a line end.
fn read(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    // Before it is opened: opening a pipe waits for its writer.
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err("is no regular file".into());
    }
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LIMIT + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LIMIT {
        return Err(format!("is larger than {LIMIT} bytes"));
    }
    Ok(text.trim().to_owned())
}
