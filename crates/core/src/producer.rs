use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{Deadline, MetricBatch};

/// A source of metrics: the OpenTelemetry specification's `MetricProducer`.
///
/// A source that aggregates gives one producer per reader, made from the selectors of the
/// exporter behind it ([`temporality`](crate::MetricExporter::temporality) and
/// [`aggregation`](crate::MetricExporter::aggregation)).
#[async_trait]
pub trait MetricProducer: fmt::Debug + Send + Sync + 'static {
    /// Takes a snapshot. Cheap sources ignore the deadline; slow ones end by it.
    ///
    /// # Errors
    /// [`ProduceError`] when nothing could be collected. A source that got part of its metrics
    /// gives that part.
    async fn produce(&self, deadline: Deadline) -> Result<MetricBatch, ProduceError>;
}

const _: fn(&dyn MetricProducer) = |_| {};

macro_rules! forward {
    ($($wrapper:ident)+) => {$(
        #[async_trait]
        impl<P: MetricProducer + ?Sized> MetricProducer for $wrapper<P> {
            async fn produce(&self, deadline: Deadline) -> Result<MetricBatch, ProduceError> {
                (**self).produce(deadline).await
            }
        }
    )+};
}
forward!(Arc Box);

/// Why a [`MetricProducer`] gave nothing.
#[derive(Clone, Debug)]
pub struct ProduceError {
    message: Arc<str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl ProduceError {
    /// An error with a message for people.
    pub fn new(message: impl Into<Arc<str>>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// The same with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }
}

impl fmt::Display for ProduceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ProduceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
