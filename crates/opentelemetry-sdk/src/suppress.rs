use meterport_worker::StartHook;
use opentelemetry::Context;

/// A hook for threads that export: OpenTelemetry's own telemetry is suppressed on them, so that
/// what an export logs and traces is not exported in turn, and so on without end.
///
/// A [`PushAdapter`](crate::PushAdapter) has it on its thread; a reader takes it
/// (`PeriodicReader::builder(..).on_start(suppressed())`).
///
/// ```
/// use opentelemetry::Context;
///
/// let guard = meterport_opentelemetry_sdk::suppressed().enter();
/// assert!(Context::is_current_telemetry_suppressed());
/// drop(guard);
/// assert!(!Context::is_current_telemetry_suppressed());
/// ```
pub fn suppressed() -> StartHook {
    StartHook::new(Context::enter_telemetry_suppressed_scope)
}
