//! What is told to the log through `tracing`, for tests that read it.

use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The events of one thread, each a line: message, then fields. Of Meterport's crates alone.
///
/// ```
/// let lines = meterport_testkit::LogLines::here();
/// assert!(lines.take().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct LogLines(Rc<RefCell<Vec<(Level, String)>>>);

thread_local! {
    static HERE: RefCell<Option<LogLines>> = const { RefCell::new(None) };
}

impl LogLines {
    /// What is told on this thread from now on, until the next call.
    ///
    /// # Panics
    /// If the process has another global subscriber.
    pub fn here() -> Self {
        // One for the whole process: with a scoped one, tracing may remember another thread's lack
        // of interest in a line.
        static GLOBAL: Once = Once::new();
        GLOBAL.call_once(|| {
            tracing::subscriber::set_global_default(Router).expect("no other subscriber");
            tracing::callsite::rebuild_interest_cache();
        });
        let lines = Self::default();
        HERE.set(Some(lines.clone()));
        lines
    }

    /// The lines so far, which are forgotten.
    pub fn take(&self) -> Vec<String> {
        self.0.take().into_iter().map(|line| line.1).collect()
    }

    /// The same with their levels.
    pub fn take_levels(&self) -> Vec<(Level, String)> {
        self.0.take()
    }
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
        metadata.target().starts_with("meterport")
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        HERE.with_borrow(|lines| {
            if let Some(LogLines(lines)) = lines {
                let line = text.message + &text.fields;
                lines.borrow_mut().push((*event.metadata().level(), line));
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
