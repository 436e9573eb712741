//! The labels that a series has from its resource and scope.

use meterport_core::{AttributeSet, Resource, Scope};

use super::value::write_value;
use crate::loss::{Loss, Losses};
use crate::naming::is_scope_field;
use crate::translation::{Target, Translation};

/// The labels that all points of a resource and scope share, before they are named for
/// Prometheus: by the key under which collisions are ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    entries: Vec<(String, String)>,
    identifies: bool,
}

impl Context {
    /// Of a scope's metrics. Attributes of the scope that would become one of its own labels are
    /// counted as [`Loss::ReservedLabel`].
    pub fn new(
        resource: &Resource,
        scope: &Scope,
        schema_url: &str,
        translation: &Translation,
        losses: &mut Losses,
    ) -> Self {
        let mut context = Self::of_target(resource, translation);
        if translation.scope_labels() {
            let own =
                [("name", &*scope.name), ("schema_url", schema_url), ("version", &scope.version)];
            for (key, text) in own.into_iter().filter(|(_, text)| !text.is_empty()) {
                context.entries.push((format!("otel_scope_{key}"), text.to_owned()));
            }
            for (key, value) in scope.attributes.iter() {
                if is_scope_field(key) {
                    losses.add(Loss::ReservedLabel, 1);
                    continue;
                }
                let mut text = String::new();
                write_value(&mut text, value);
                context.entries.push((format!("otel_scope_{key}"), text));
            }
        }
        let filter = translation.resource_labels();
        if !filter.is_empty() {
            for (key, value) in resource.attributes.iter().filter(|(key, _)| filter.takes(key)) {
                if context.identifies && matches!(key, "instance" | "job") {
                    losses.add(Loss::ReservedLabel, 1);
                    continue;
                }
                let mut text = String::new();
                write_value(&mut text, value);
                context.entries.push((key.to_owned(), text));
            }
        }
        context
    }

    /// Of a resource's `target_info`: `job` and `instance`, where resources become those.
    pub fn of_target(resource: &Resource, translation: &Translation) -> Self {
        let identifies = translation.target() == Target::JobAndInstance;
        let entries = if identifies { identity(&resource.attributes) } else { Vec::new() };
        Self { entries, identifies }
    }

    /// The labels, by their original keys.
    pub(super) fn entries(&self) -> &[(String, String)] {
        &self.entries
    }

    /// Whether `job` and `instance` are taken, even where they are empty.
    pub(super) fn identifies(&self) -> bool {
        self.identifies
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The attributes of which `job` and `instance` are made.
pub(crate) const IDENTIFYING: [&str; 3] =
    ["service.instance.id", "service.name", "service.namespace"];

/// `job` is `<service.namespace>/<service.name>`, or the name alone; `instance` is
/// `service.instance.id` (`prometheus_and_openmetrics.md`, "Resource Attributes"). Empty ones are
/// left out: to Prometheus that is the same.
fn identity(attributes: &AttributeSet) -> Vec<(String, String)> {
    let text = |key| {
        let mut text = String::new();
        if let Some(value) = attributes.get(key) {
            write_value(&mut text, value);
        }
        text
    };
    let [instance, name, namespace] = IDENTIFYING.map(text);
    let job = match (namespace.is_empty(), name.is_empty()) {
        (false, false) => format!("{namespace}/{name}"),
        _ => name,
    };
    let both = [("instance".to_owned(), instance), ("job".to_owned(), job)];
    both.into_iter().filter(|entry| !entry.1.is_empty()).collect()
}
