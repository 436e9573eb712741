use std::sync::Arc;

use crate::filter::AttributeFilter;

/// How OpenTelemetry's names become Prometheus'. The names are those of the specification
/// (`translation_strategy`), and of Prometheus' and the Collector's configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strategy {
    /// Names keep their characters; unit and type are appended.
    NoUtf8EscapingWithSuffixes,
    /// Names keep their characters, nothing is appended.
    NoTranslation,
    /// What is not legal becomes `_`; unit and type are appended: `foo.bar` in `By`, a counter, is
    /// `foo_bar_bytes_total`. The default of the specification.
    #[default]
    UnderscoreEscapingWithSuffixes,
    /// What is not legal becomes `_`, nothing is appended.
    UnderscoreEscapingWithoutSuffixes,
    /// For data that was Prometheus' to begin with: names, labels and types as they came, and
    /// nothing added, neither scope labels nor `target_info`.
    Verbatim,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::NoTranslation,
        Self::NoUtf8EscapingWithSuffixes,
        Self::UnderscoreEscapingWithSuffixes,
        Self::UnderscoreEscapingWithoutSuffixes,
        Self::Verbatim,
    ];

    /// The name in configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoUtf8EscapingWithSuffixes => "NoUTF8EscapingWithSuffixes",
            Self::NoTranslation => "NoTranslation",
            Self::UnderscoreEscapingWithSuffixes => "UnderscoreEscapingWithSuffixes",
            Self::UnderscoreEscapingWithoutSuffixes => "UnderscoreEscapingWithoutSuffixes",
            Self::Verbatim => "Verbatim",
        }
    }

    /// The strategy of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.as_str() == name)
    }

    pub(crate) const fn escapes(self) -> bool {
        matches!(
            self,
            Self::UnderscoreEscapingWithSuffixes | Self::UnderscoreEscapingWithoutSuffixes
        )
    }

    pub(crate) const fn appends(self) -> bool {
        matches!(self, Self::UnderscoreEscapingWithSuffixes | Self::NoUtf8EscapingWithSuffixes)
    }
}

/// Whose rules hold where the specification and the translator that Prometheus, the Collector and
/// otel-go share differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Rules {
    /// The shared translator's (`prometheus/otlptranslator`): what dashboards were built on.
    #[default]
    Translator,
    /// The specification's letter (`compatibility/prometheus_and_openmetrics.md`): no `_ratio`, a
    /// unit is appended unless the name ends with it, brackets alone are left out of a unit, and
    /// the table of units has `kBy`, `tebibytes` and `per_minute`.
    Specification,
}

/// How a batch's resources show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the specification's two, and neither")]
pub enum Target {
    /// One `target_info` with all of its attributes, as an endpoint has that a scraper knows by
    /// its address. Of several resources in a batch only the first has one.
    #[default]
    Info,
    /// Labels `job` and `instance` on every series, and one `target_info` with them for each
    /// pair: for data that is pushed, or of many processes.
    JobAndInstance,
    /// Not at all.
    Hidden,
}

/// How batches become Prometheus' families: names, labels, and what is added to them.
///
/// ```
/// use meterport_prom::{AttributeFilter, Strategy, Translation};
///
/// let translation = Translation::default()
///     .with_strategy(Strategy::NoTranslation)
///     .with_resource_labels(AttributeFilter::new(["service.name"], [""; 0]));
/// assert_eq!(translation.strategy(), Strategy::NoTranslation);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    strategy: Strategy,
    rules: Rules,
    namespace: Option<Arc<str>>,
    scope_labels: bool,
    target: Target,
    resource_labels: AttributeFilter,
}

/// The specification's defaults.
impl Default for Translation {
    fn default() -> Self {
        Self {
            strategy: Strategy::default(),
            rules: Rules::default(),
            namespace: None,
            scope_labels: true,
            target: Target::default(),
            resource_labels: AttributeFilter::default(),
        }
    }
}

impl Translation {
    /// Data that was Prometheus' to begin with, left as it is: [`Strategy::Verbatim`].
    pub fn verbatim() -> Self {
        Self::default().with_strategy(Strategy::Verbatim)
    }

    /// The same with another strategy.
    #[must_use]
    pub fn with_strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// The same by other rules.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// The same with this in front of every metric's name but `target_info`, joined by `_`.
    #[must_use]
    pub fn with_namespace(mut self, namespace: impl Into<Arc<str>>) -> Self {
        self.namespace = Some(namespace.into()).filter(|namespace| !namespace.is_empty());
        self
    }

    /// The same with the labels `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url`
    /// and the scope's attributes, or without; with them by default.
    #[must_use]
    pub fn with_scope_labels(mut self, scope_labels: bool) -> Self {
        self.scope_labels = scope_labels;
        self
    }

    /// The same with resources shown so.
    #[must_use]
    pub fn with_target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// The same with these resource attributes as labels of every series. They stay in
    /// `target_info` as well.
    #[must_use]
    pub fn with_resource_labels(mut self, filter: AttributeFilter) -> Self {
        self.resource_labels = filter;
        self
    }

    /// How names become Prometheus'.
    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// Whose rules hold.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// What stands in front of names.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// Whether series have scope labels.
    pub fn scope_labels(&self) -> bool {
        self.scope_labels && self.strategy != Strategy::Verbatim
    }

    /// How resources show.
    pub fn target(&self) -> Target {
        match self.strategy {
            Strategy::Verbatim => Target::Hidden,
            _ => self.target,
        }
    }

    /// Which resource attributes are labels.
    pub fn resource_labels(&self) -> &AttributeFilter {
        &self.resource_labels
    }
}
