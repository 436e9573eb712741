//! Text for people.

mod buckets;
mod layout;
mod metric;
mod out;
mod time;
mod words;

use meterport_core::{MetricBatch, ResourceMetrics, ScopeMetrics, TooLarge};

use self::out::Out;
use self::words::{attributes, word};

pub(crate) fn write(batch: &MetricBatch, limit: u64) -> Result<String, TooLarge> {
    let mut out = Out::new(limit);
    for resource in batch.resources() {
        write_resource(&mut out, resource);
    }
    out.line(0, "");
    out.finish()
}

fn write_resource(out: &mut Out, entry: &ResourceMetrics) {
    let own = attributes(entry.resource.attributes.entries());
    let more = envelope(&entry.schema_url, entry.resource.dropped_attributes_count);
    out.line(0, &format!("resource {own}{more}"));
    entry.scopes.iter().for_each(|scope| write_scope(out, scope));
}

fn write_scope(out: &mut Out, entry: &ScopeMetrics) {
    let scope = &entry.scope;
    let name = word(&scope.name);
    let version = match &*scope.version {
        "" => String::new(),
        version => format!(" {}", word(version)),
    };
    let own = attributes(scope.attributes.entries());
    let more = envelope(&entry.schema_url, scope.dropped_attributes_count);
    out.line(1, &format!("scope {name}{version} {own}{more}"));
    entry.metrics.iter().for_each(|metric| metric::write(out, metric));
}

fn envelope(schema_url: &str, dropped: u32) -> String {
    let schema = match schema_url {
        "" => String::new(),
        url => format!(" schema={}", word(url)),
    };
    match dropped {
        0 => schema,
        dropped => format!("{schema} dropped_attributes={dropped}"),
    }
}
