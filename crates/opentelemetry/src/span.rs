use meterport_core::{SpanId, TraceId};
use meterport_registry::SpanSource;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;

/// The span of the current OpenTelemetry [`Context`], if it is sampled: for
/// [`RegistryBuilder::spans`](meterport_registry::RegistryBuilder::spans), which then keeps
/// exemplars as the specification's filter `trace_based` does (`metrics/sdk.md`,
/// "ExemplarFilter").
///
/// It works with every tracer whose spans are in the API's context, that of `opentelemetry_sdk`
/// and `tracing-opentelemetry` among them.
#[derive(Clone, Copy, Debug, Default)]
pub struct CurrentSpan;

impl SpanSource for CurrentSpan {
    #[inline]
    fn current(&self) -> Option<(TraceId, SpanId)> {
        Context::map_current(|context| {
            if !context.has_active_span() {
                return None;
            }
            let span = context.span();
            let span = span.span_context();
            if !span.is_sampled() {
                return None;
            }
            let trace = TraceId::from_bytes(span.trace_id().to_bytes())?;
            Some((trace, SpanId::from_bytes(span.span_id().to_bytes())?))
        })
    }
}
