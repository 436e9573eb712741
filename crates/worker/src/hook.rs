use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// What runs first on each thread that works for an owner, such as a scope in which
/// OpenTelemetry's own telemetry is suppressed.
///
/// What the hook returns is kept on that thread until its work is done.
#[derive(Clone)]
pub struct StartHook(Arc<dyn Fn() -> Box<dyn Any> + Send + Sync>);

impl StartHook {
    /// A hook that calls `enter` and keeps what it returns, which need not be `Send`.
    pub fn new<G: 'static>(enter: impl Fn() -> G + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || Box::new(enter())))
    }

    /// Runs the hook on the current thread. Its effect ends when the guard is dropped.
    #[must_use = "the hook's effect ends when the guard is dropped"]
    pub fn enter(&self) -> Box<dyn Any> {
        (self.0)()
    }
}

impl fmt::Debug for StartHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StartHook(..)")
    }
}
