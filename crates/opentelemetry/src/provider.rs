use std::sync::Arc;

use meterport_core::Scope;
use meterport_registry::Registry;
use opentelemetry::InstrumentationScope;
use opentelemetry::metrics::{Meter, MeterProvider};

use crate::attributes::to_value;
use crate::instruments::Instruments;

/// A `MeterProvider` of the OpenTelemetry API whose instruments record into a [`Registry`]. A
/// clone is the same provider.
///
/// Meters of the same scope share their instruments, also with those that are made on the
/// registry itself.
#[derive(Clone, Debug)]
pub struct RegistryMeterProvider {
    registry: Registry,
}

impl RegistryMeterProvider {
    /// A provider over this registry.
    pub fn new(registry: Registry) -> Self {
        Self { registry }
    }

    /// What the instruments record into.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }
}

impl MeterProvider for RegistryMeterProvider {
    fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
        let described = Scope {
            name: scope.name().into(),
            version: scope.version().unwrap_or_default().into(),
            attributes: scope
                .attributes()
                .map(|pair| (pair.key.as_str(), to_value(&pair.value)))
                .collect(),
            dropped_attributes_count: 0,
        };
        let schema_url = scope.schema_url().unwrap_or_default();
        Meter::new(Arc::new(Instruments::new(self.registry.meter_of(described, schema_url))))
    }
}
