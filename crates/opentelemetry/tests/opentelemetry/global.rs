use meterport_opentelemetry::RegistryMeterProvider;
use meterport_registry::Registry;
use opentelemetry::global;

/// The only test here that may set the process's provider.
#[test]
fn it_serves_as_the_global_provider() {
    let registry = Registry::new();
    global::set_meter_provider(RegistryMeterProvider::new(registry.clone()));
    global::meter("anywhere").u64_counter("c").build().add(1, &[]);
    let batch = registry.producer().build().collect();
    assert_eq!(&*batch.resources()[0].scopes[0].scope.name, "anywhere");
}
