//! A writer that keeps what it gets, and can be told to fail.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Instant;

#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    flushes: usize,
    /// How many bytes it takes before it fails, and how.
    failure: Option<(usize, io::ErrorKind)>,
    flush_failure: Option<io::ErrorKind>,
}

impl Recorder {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().bytes.clone()).expect("UTF-8")
    }

    pub(crate) fn flushes(&self) -> usize {
        self.0.lock().unwrap().flushes
    }

    /// Fails once, after so many more bytes.
    pub(crate) fn fail_after(&self, bytes: usize, kind: io::ErrorKind) {
        self.0.lock().unwrap().failure = Some((bytes, kind));
    }

    /// Fails at the next flush.
    pub(crate) fn fail_flush(&self, kind: io::ErrorKind) {
        self.0.lock().unwrap().flush_failure = Some(kind);
    }
}

impl Write for Recorder {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap();
        let taken = match state.failure {
            Some((0, kind)) => {
                state.failure = None;
                return Err(kind.into());
            }
            Some((left, kind)) => {
                let taken = left.min(text.len());
                state.failure = Some((left - taken, kind));
                taken
            }
            None => text.len(),
        };
        state.bytes.extend_from_slice(&text[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.flushes += 1;
        state.flush_failure.take().map_or(Ok(()), |kind| Err(kind.into()))
    }
}

pub(crate) fn now() -> Instant {
    Instant::now()
}
