use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use meterport_core::{Deadline, MetricBatch, MetricProducer, ProduceError, Resource};

use super::DetectedResource;

/// A producer with a resource laid over its own: what was detected wins, what only the producer
/// says stays. For sources that know nothing of the program, such as bridges of libraries without
/// resources.
///
/// Not for what speaks of others, such as a scrape of another program.
///
/// ```
/// use meterport_config::DetectedResource;
/// use meterport_core::{Deadline, MetricBatch, MetricProducer};
///
/// async fn collect(source: impl MetricProducer) -> MetricBatch {
///     let detected = DetectedResource::builder().service_name("shop").build().unwrap();
///     detected.on(source).produce(Deadline::NONE).await.unwrap()
/// }
/// ```
#[derive(Debug)]
pub struct WithResource<P> {
    detected: DetectedResource,
    producer: P,
    /// Of the resources that the producer gave last, what came of each.
    known: Mutex<Vec<(Resource, Resource)>>,
}

/// A source has one resource, or one for each of a few things it watches. Beyond, each is made anew.
const KNOWN: usize = 16;

impl<P> WithResource<P> {
    pub(super) fn new(detected: DetectedResource, producer: P) -> Self {
        Self { detected, producer, known: Mutex::default() }
    }

    fn over(&self, own: &Resource) -> Resource {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, merged)) = known.iter().find(|(of, _)| of == own) {
            return merged.clone();
        }
        let detected = &self.detected.resource;
        let attributes = own.attributes.iter().chain(detected.attributes.iter());
        let mut merged = detected.clone();
        merged.attributes = attributes.collect();
        merged.dropped_attributes_count =
            detected.dropped_attributes_count.saturating_add(own.dropped_attributes_count);
        if known.len() == KNOWN {
            known.remove(0);
        }
        known.push((own.clone(), merged.clone()));
        merged
    }
}

#[async_trait]
impl<P: MetricProducer> MetricProducer for WithResource<P> {
    async fn produce(&self, deadline: Deadline) -> Result<MetricBatch, ProduceError> {
        let mut batch = self.producer.produce(deadline).await?;
        for entry in batch.edit() {
            entry.resource = self.over(&entry.resource);
            if !self.detected.schema_url.is_empty() {
                entry.schema_url = self.detected.schema_url.clone();
            }
        }
        Ok(batch)
    }
}
