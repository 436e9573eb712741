//! Configuration values over a look-up function, so that neither this crate nor a test ever
//! reads the process environment.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A setting that cannot be used: which one, and why.
///
/// The text never holds the value of a setting that may be secret.
#[derive(Clone, Debug)]
pub struct ConfigError {
    setting: Arc<str>,
    problem: Arc<str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl ConfigError {
    /// `setting` (a variable's or an option's name) cannot be used because of `problem`.
    pub fn new(setting: impl Into<Arc<str>>, problem: impl Into<Arc<str>>) -> Self {
        Self { setting: setting.into(), problem: problem.into(), source: None }
    }

    /// The same with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// The variable or option.
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.problem)
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// Reads variables by the rules of the OpenTelemetry specification
/// (`configuration/sdk-environment-variables.md`): an empty value is as good as none, booleans
/// are true only for `true`, enumerations are case-insensitive.
///
/// Each method takes the names in order of precedence and uses the first that is set. Where the
/// specification allows to ignore a value that can't be understood, this is an error that names
/// the variable.
///
/// ```
/// use meterport_core::Variables;
///
/// let lookup = |name: &str| (name == "OTEL_METRIC_EXPORT_INTERVAL").then(|| "5000".into());
/// let interval = Variables::new(&lookup).millis(&["OTEL_METRIC_EXPORT_INTERVAL"]).unwrap();
/// assert_eq!(interval, Some(std::time::Duration::from_secs(5)));
/// ```
#[derive(Clone, Copy)]
pub struct Variables<'a>(&'a dyn Fn(&str) -> Option<OsString>);

impl<'a> Variables<'a> {
    /// Variables as `lookup` gives them; [`std::env::var_os`] is one.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self(lookup)
    }

    /// A variable as it is, for a look-up that is made of this one.
    pub fn get(&self, name: &str) -> Option<OsString> {
        (self.0)(name)
    }

    /// The text of the first of `names` that is set, trimmed, with the name it was found under.
    ///
    /// # Errors
    /// The value is not UTF-8.
    pub fn text<'n>(&self, names: &[&'n str]) -> Result<Option<(&'n str, String)>, ConfigError> {
        for &name in names {
            let Some(value) = (self.0)(name) else { continue };
            let value =
                value.into_string().map_err(|_| ConfigError::new(name, "is not valid UTF-8"))?;
            let value = value.trim();
            if !value.is_empty() {
                return Ok(Some((name, value.to_owned())));
            }
        }
        Ok(None)
    }

    /// A boolean: `true` in any case is true, everything else false.
    ///
    /// # Errors
    /// The value is neither `true` nor `false`: the specification reads it as false and asks for
    /// a warning, which is easily missed.
    pub fn boolean(&self, names: &[&str]) -> Result<Option<bool>, ConfigError> {
        self.choice(names, &[("true", true), ("false", false)])
    }

    /// One of `choices`, in any case.
    ///
    /// # Errors
    /// The value is none of them.
    pub fn choice<T: Clone>(
        &self,
        names: &[&str],
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ConfigError> {
        let Some((name, value)) = self.text(names)? else { return Ok(None) };
        match choices.iter().find(|choice| choice.0.eq_ignore_ascii_case(&value)) {
            Some(choice) => Ok(Some(choice.1.clone())),
            None => {
                let known: Vec<_> = choices.iter().map(|choice| choice.0).collect();
                Err(ConfigError::new(
                    name,
                    format!("`{}` is none of {}", value.escape_debug(), known.join(", ")),
                ))
            }
        }
    }

    /// A duration in whole milliseconds. The caller decides what zero means.
    ///
    /// # Errors
    /// The value is no whole number from 0 up.
    pub fn millis(&self, names: &[&str]) -> Result<Option<Duration>, ConfigError> {
        let Some((name, value)) = self.text(names)? else { return Ok(None) };
        match value.parse() {
            Ok(millis) => Ok(Some(Duration::from_millis(millis))),
            Err(_) => Err(ConfigError::new(
                name,
                format!("`{}` is no number of milliseconds", value.escape_debug()),
            )),
        }
    }
}

impl fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        |name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.into())
    }

    #[test]
    fn an_empty_value_falls_to_the_next_name() {
        let lookup = variables(&[("SIGNAL", " "), ("GENERIC", " x ")]);
        let found = Variables::new(&lookup).text(&["SIGNAL", "GENERIC"]).unwrap();
        assert_eq!(found, Some(("GENERIC", "x".to_owned())));
    }

    #[test]
    fn a_raw_value_is_as_it_is() {
        let lookup = variables(&[("A", " x "), ("EMPTY", "")]);
        let variables = Variables::new(&lookup);
        for (name, expected) in [("A", Some(" x ")), ("EMPTY", Some("")), ("a", None)] {
            assert_eq!(variables.get(name), expected.map(OsString::from), "{name}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_understood_names_its_variable() {
        let lookup = variables(&[("B", "yes"), ("M", "10s"), ("N", "-1"), ("C", "Gzip2")]);
        let variables = Variables::new(&lookup);
        let text = |error: ConfigError| error.to_string();
        assert_eq!(text(variables.boolean(&["B"]).unwrap_err()), "B: `yes` is none of true, false");
        assert_eq!(
            text(variables.millis(&["A", "M"]).unwrap_err()),
            "M: `10s` is no number of milliseconds"
        );
        assert!(variables.millis(&["N"]).is_err());
        assert!(variables.choice(&["C"], &[("gzip", 1), ("none", 0)]).is_err());
    }

    #[test]
    fn enumerations_and_booleans_ignore_case() {
        let lookup = variables(&[("B", "TRUE"), ("C", "gZip")]);
        let variables = Variables::new(&lookup);
        assert_eq!(variables.boolean(&["B"]).unwrap(), Some(true));
        assert_eq!(variables.choice(&["C"], &[("gzip", 1)]).unwrap(), Some(1));
    }

    #[test]
    #[cfg(unix)]
    fn a_value_that_is_not_utf8_is_an_error() {
        use std::os::unix::ffi::OsStringExt;
        let lookup = |_: &str| Some(OsString::from_vec(vec![0xff]));
        let error = Variables::new(&lookup).text(&["X"]).unwrap_err();
        assert_eq!(error.to_string(), "X: is not valid UTF-8");
    }
}
