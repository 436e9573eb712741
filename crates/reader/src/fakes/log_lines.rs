//! What this crate tells the log, thread by thread.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::Log;

thread_local! {
    static LINES: RefCell<Option<Log>> = const { RefCell::new(None) };
}

/// What is told on this thread from now on, until the next call.
pub(crate) fn log_lines() -> Log {
    // One for the whole process: with a scoped one, tracing may remember another thread's lack of
    // interest in a line.
    static GLOBAL: Once = Once::new();
    GLOBAL.call_once(|| {
        tracing::subscriber::set_global_default(Router).unwrap();
        tracing::callsite::rebuild_interest_cache();
    });
    let log = Log::new();
    LINES.set(Some(log.clone()));
    log
}

struct Router;

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.fields += &format!(" {field}={value:?}");
        }
    }
}

impl Subscriber for Router {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("meterport_reader")
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        LINES.with_borrow(|log| {
            if let Some(log) = log {
                log.add(&(text.message + &text.fields));
            }
        });
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
