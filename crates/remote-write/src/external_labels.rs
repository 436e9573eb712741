use meterport_core::ConfigError;
use meterport_prom::{Escaping, Labels};

/// Labels that every series gets that has none of the name: `cluster`, or `__replica__` for
/// receivers that know a pair of senders apart by it.
///
/// As in Prometheus, a series' own label of the name stays, and `__name__` cannot be one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExternalLabels(Vec<(String, String)>);

/// The label that a metric's name is.
pub(crate) const NAME: &str = "__name__";

impl ExternalLabels {
    /// Adds one, its name written by `escaping`; a later value of the same name replaces the earlier,
    /// and an empty one is none.
    pub(crate) fn add(
        &mut self,
        name: &str,
        value: String,
        escaping: Escaping,
    ) -> Result<(), ConfigError> {
        if name.is_empty() || name == NAME {
            let text = format!("`{}` cannot be one", name.escape_debug());
            return Err(ConfigError::new("external_label", text));
        }
        let name = escaping.escape_label(name);
        match self.0.binary_search_by(|label| label.0.cmp(&name)) {
            Ok(at) if value.is_empty() => drop(self.0.remove(at)),
            Ok(at) => self.0[at].1 = value,
            Err(_) if value.is_empty() => {}
            Err(at) => self.0.insert(at, (name, value)),
        }
        Ok(())
    }

    /// Hands over the labels of a series and these in the order of their names, bytewise, without
    /// empty ones; `own` is what the series' kind adds itself.
    pub(crate) fn merge(
        &self,
        labels: &Labels,
        own: Option<&str>,
        mut each: impl FnMut(&str, &str),
    ) {
        let mut external =
            self.0.iter().filter(|label| own.is_none_or(|own| label.0 != own)).peekable();
        for (name, value) in labels.iter().filter(|label| !label.1.is_empty()) {
            while let Some((before, value)) = external.next_if(|label| *label.0 < *name) {
                each(before, value);
            }
            external.next_if(|label| label.0 == name);
            each(name, value);
        }
        external.for_each(|(name, value)| each(name, value));
    }
}
