use std::sync::Arc;

use meterport_core::{
    Descriptor, ExponentialHistogram, Gauge, Histogram, Metric, MetricData, Resource,
    ResourceMetrics, Scope, ScopeMetrics, Sum, Summary, Temporality,
};
use serde_core::de::MapAccess;

use super::input::{Collect, Context, Input, Message};
use super::points::{
    ExponentialFields, HistogramFields, NumberFields, PointFields, PointList, SummaryFields,
};
use crate::budget::Part;
use crate::decode_error::{DecodeError, DecodeProblem};

/// `ExportMetricsServiceRequest` and `MetricsData` alike.
#[derive(Default)]
pub(super) struct Request {
    pub(super) resources: Vec<ResourceMetrics>,
}

impl Message for Request {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "resourceMetrics" => input.list(&mut self.resources),
            _ => input.skip(),
        }
    }
}

impl Message for ResourceMetrics {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "resource" => {
                input.message(&mut self.resource)?;
            }
            "scopeMetrics" => input.list(&mut self.scopes)?,
            "schemaUrl" => self.schema_url = input.shared_text()?,
            _ => input.skip()?,
        }
        Ok(())
    }
}

impl Message for Resource {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "attributes" => self.attributes = input.attributes()?,
            "droppedAttributesCount" => {
                self.dropped_attributes_count = input.u32()?.unwrap_or_default();
            }
            _ => input.skip()?,
        }
        Ok(())
    }
}

impl Message for ScopeMetrics {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "scope" => {
                input.message(&mut self.scope)?;
            }
            "metrics" => input.list(&mut self.metrics)?,
            "schemaUrl" => self.schema_url = input.shared_text()?,
            _ => input.skip()?,
        }
        Ok(())
    }
}

impl Message for Scope {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "name" => self.name = input.shared_text()?,
            "version" => self.version = input.shared_text()?,
            "attributes" => self.attributes = input.attributes()?,
            "droppedAttributesCount" => {
                self.dropped_attributes_count = input.u32()?.unwrap_or_default();
            }
            _ => input.skip()?,
        }
        Ok(())
    }
}

macro_rules! envelopes {
    ($($message:ident)+) => {$(
        impl Collect for Vec<$message> {
            type Item = $message;
            const PART: Part = Part::Envelope;

            fn push(&mut self, item: $message) -> Result<(), DecodeError> {
                self.push(item);
                Ok(())
            }
        }
    )+};
}
envelopes!(ResourceMetrics ScopeMetrics);

impl Collect for Vec<Metric> {
    type Item = MetricFields;
    const PART: Part = Part::Envelope;

    fn enter(&self, context: &mut Context) {
        context.metric = None;
    }

    fn push(&mut self, item: MetricFields) -> Result<(), DecodeError> {
        let MetricFields { descriptor, data } = item;
        // Without data it is nothing that could be said of it.
        self.extend(data.map(|data| Metric { descriptor: Arc::new(descriptor), data }));
        Ok(())
    }

    fn leave(&self, context: &mut Context) {
        context.metric = None;
    }
}

/// `Metric`
#[derive(Default)]
pub(super) struct MetricFields {
    descriptor: Descriptor,
    data: Option<MetricData>,
}

impl Message for MetricFields {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        mut input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        let descriptor = &mut self.descriptor;
        let data = match name {
            "name" => {
                descriptor.name = input.borrow().shared_text()?;
                input.context.metric = Some(Arc::clone(&descriptor.name));
                return Ok(());
            }
            "description" => {
                descriptor.description = input.shared_text()?;
                return Ok(());
            }
            "unit" => {
                descriptor.unit = input.shared_text()?;
                return Ok(());
            }
            "metadata" => {
                descriptor.metadata = input.attributes()?;
                return Ok(());
            }
            "gauge" => data::<NumberFields, _>(&mut input, |data| {
                Ok(Gauge { points: data.points.into_points() }.into())
            })?,
            "sum" => data::<NumberFields, _>(&mut input, |data| {
                let (temporality, monotonic) = (data.temporality()?, data.monotonic);
                Ok(Sum { points: data.points.into_points(), temporality, monotonic }.into())
            })?,
            "histogram" => data::<HistogramFields, _>(&mut input, |data| {
                let temporality = data.temporality()?;
                Ok(Histogram { points: data.points.into_points(), temporality }.into())
            })?,
            "exponentialHistogram" => data::<ExponentialFields, _>(&mut input, |data| {
                let temporality = data.temporality()?;
                Ok(ExponentialHistogram { points: data.points.into_points(), temporality }.into())
            })?,
            "summary" => data::<SummaryFields, _>(&mut input, |data| {
                Ok(Summary { points: data.points.into_points() }.into())
            })?,
            _ => return input.skip(),
        };
        if self.data.is_some() && data.is_some() {
            return Err(input.fail("a second kind of data in one metric"));
        }
        self.data = self.data.take().or(data);
        Ok(())
    }
}

/// The data of a metric, made of what was read; `None` for `null`.
fn data<'de, F: PointFields, A: MapAccess<'de>>(
    input: &mut Input<'_, A>,
    make: impl FnOnce(DataFields<F>) -> Result<MetricData, DecodeError>,
) -> Result<Option<MetricData>, A::Error> {
    let mut fields = DataFields::<F>::default();
    if input.borrow().message(&mut fields)? {
        let made = make(fields);
        input.context.check(made).map(Some)
    } else {
        Ok(None)
    }
}

/// `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram` and `Summary` alike.
struct DataFields<F: PointFields> {
    points: PointList<F>,
    temporality: i64,
    monotonic: bool,
}

impl<F: PointFields> Default for DataFields<F> {
    fn default() -> Self {
        Self { points: PointList::default(), temporality: 0, monotonic: false }
    }
}

impl<F: PointFields> DataFields<F> {
    fn temporality(&self) -> Result<Temporality, DecodeError> {
        match self.temporality {
            1 => Ok(Temporality::Delta),
            2 => Ok(Temporality::Cumulative),
            _ => Err(DecodeProblem::NoTemporality.into()),
        }
    }
}

impl<F: PointFields> Message for DataFields<F> {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "dataPoints" => input.list(&mut self.points)?,
            "aggregationTemporality" => self.temporality = input.number()?.unwrap_or_default(),
            "isMonotonic" => self.monotonic = input.bool()?.unwrap_or_default(),
            _ => input.skip()?,
        }
        Ok(())
    }
}
