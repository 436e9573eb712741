use std::net::SocketAddr;

use super::endpoint::Names;
use super::server::Release;

/// Prometheus' configuration file.
#[derive(Clone, Debug)]
pub(in crate::interop) struct Configuration {
    release: Release,
    text: String,
}

/// What is scraped, and how.
#[derive(Clone, Copy, Debug)]
pub(in crate::interop) struct Scraped<'a> {
    /// The label `job`.
    pub(in crate::interop) name: &'a str,
    pub(in crate::interop) target: SocketAddr,
    pub(in crate::interop) names: Names,
    /// What Prometheus is told to ask for, where that can be told.
    pub(in crate::interop) protocol: Option<&'a str>,
    /// Whether labels `job` and `instance` are taken from the page.
    pub(in crate::interop) honor_labels: bool,
}

const BEGIN: &str = "\
global:
  scrape_interval: 1s
  scrape_timeout: 1s
storage:
  exemplars:
    max_exemplars: 1000
";

/// As our endpoint by default: with scope labels, and labels named by the translator's own default,
/// of which Prometheus' default differs in underscores.
const OTLP: &str = "\
otlp:
  translation_strategy: UnderscoreEscapingWithSuffixes
  promote_scope_metadata: true
  label_name_underscore_sanitization: false
  label_name_preserve_multiple_underscores: false
";

impl Configuration {
    pub(in crate::interop) fn new(release: Release) -> Self {
        let otlp = if release == Release::V3 { OTLP } else { "" };
        Self { release, text: format!("{BEGIN}{otlp}scrape_configs:\n") }
    }

    /// The same with a job that scrapes every second.
    pub(in crate::interop) fn with_job(mut self, scraped: &Scraped<'_>) -> Self {
        let Scraped { name, target, names, protocol, honor_labels } = *scraped;
        let mut line = |text: String| {
            self.text.push_str(&text);
            self.text.push('\n');
        };
        line(format!("- job_name: {name:?}"));
        line(format!("  static_configs: [{{targets: [{:?}]}}]", target.to_string()));
        line(format!("  honor_labels: {honor_labels}"));
        if self.release == Release::V3 {
            let (validation, escaping) = match names {
                Names::Underscores => ("legacy", "underscores"),
                Names::Utf8 => ("utf8", "allow-utf-8"),
            };
            line(format!("  metric_name_validation_scheme: {validation}"));
            line(format!("  metric_name_escaping_scheme: {escaping}"));
            line("  scrape_native_histograms: true".to_owned());
            if let Some(protocol) = protocol {
                line(format!("  scrape_protocols: [{protocol}]"));
            }
        }
        self
    }

    pub(in crate::interop) fn text(&self) -> &str {
        &self.text
    }
}
