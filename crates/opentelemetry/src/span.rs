use meterport_core::{SpanId, TraceId};
use meterport_registry::{ActiveSpan, SpanSource};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;

/// The span of the current OpenTelemetry [`Context`]: for
/// [`RegistryBuilder::spans`](meterport_registry::RegistryBuilder::spans), which then keeps
/// exemplars of measurements in sampled spans, or of others by another
/// [`ExemplarFilter`](meterport_registry::ExemplarFilter).
///
/// It works with every tracer whose spans are in the API's context, that of `opentelemetry_sdk`
/// and `tracing-opentelemetry` among them.
#[derive(Clone, Copy, Debug, Default)]
pub struct CurrentSpan;

impl SpanSource for CurrentSpan {
    #[inline]
    fn current(&self) -> Option<ActiveSpan> {
        Context::map_current(|context| {
            if !context.has_active_span() {
                return None;
            }
            let span = context.span();
            let span = span.span_context();
            Some(ActiveSpan {
                trace_id: TraceId::from_bytes(span.trace_id().to_bytes())?,
                span_id: SpanId::from_bytes(span.span_id().to_bytes())?,
                sampled: span.is_sampled(),
            })
        })
    }
}
