use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use meterport_core::ConfigError;
use meterport_prom::Escaping;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The group that a push belongs to: a job, and labels that tell its groups apart.
///
/// The gateway puts these labels on every series of the group, in place of such that the series
/// bring.
///
/// ```
/// use meterport_prom_push::Grouping;
///
/// let group = Grouping::new("backup").unwrap().with("path", "/var/tmp").unwrap();
/// assert_eq!(group.path(), "metrics/job/backup/path@base64/L3Zhci90bXA");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    job: String,
    labels: BTreeMap<String, String>,
}

/// What stands in a path as it is: unreserved characters (RFC 3986, section 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Grouping {
    /// The group of a job without further labels.
    ///
    /// # Errors
    /// The name is empty: the gateway demands one.
    pub fn new(job: impl Into<String>) -> Result<Self, ConfigError> {
        let job = job.into();
        if job.is_empty() {
            return Err(ConfigError::new("job", "must not be empty"));
        }
        Ok(Self { job, labels: BTreeMap::new() })
    }

    /// The same with one label more; a later value of the same name replaces the earlier. The value
    /// may be anything.
    ///
    /// A name that Prometheus has only had since its version 3 (other characters than letters,
    /// digits and `_`) is sent in the form `U__…`, which gateways understand that run with
    /// `--push.enable-utf8-names`.
    ///
    /// # Errors
    /// The name is empty, `job`, or begins with `__`, which Prometheus keeps for itself.
    pub fn with(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let name = name.into();
        let problem = match &*name {
            "" => "a label's name must not be empty",
            "job" => "the label job is the job's name",
            name if name.starts_with("__") => "no label's name may begin with __",
            _ => {
                self.labels.insert(name, value.into());
                return Ok(self);
            }
        };
        Err(ConfigError::new("grouping", problem))
    }

    /// The job.
    pub fn job(&self) -> &str {
        &self.job
    }

    /// The further labels, by name.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The path below the gateway's address, by its rules: job first, the other labels by name.
    pub fn path(&self) -> String {
        let mut path = String::from("metrics");
        push_segment(&mut path, "job", &self.job);
        for (name, value) in &self.labels {
            push_segment(&mut path, &Escaping::Values.escape_label(name), value);
        }
        path
    }
}

/// A value that a path cannot hold goes as URL-safe base64: an empty one would vanish, a slash
/// would end it, and `.` and `..` would be resolved on the way.
fn push_segment(path: &mut String, name: &str, value: &str) {
    path.push('/');
    path.push_str(name);
    if value.is_empty() {
        path.push_str("@base64/=");
    } else if value.contains('/') || matches!(value, "." | "..") {
        path.push_str("@base64/");
        BASE64_URL_SAFE_NO_PAD.encode_string(value, path);
    } else {
        path.push('/');
        path.extend(utf8_percent_encode(value, ESCAPED));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awkward_values_are_written_by_the_gateways_rules() {
        let table = [
            ("a", "metrics/job/j/l/a"),
            ("", "metrics/job/j/l@base64/="),
            ("/", "metrics/job/j/l@base64/Lw"),
            (".", "metrics/job/j/l@base64/Lg"),
            ("..", "metrics/job/j/l@base64/Li4"),
            ("a/../b", "metrics/job/j/l@base64/YS8uLi9i"),
            ("...", "metrics/job/j/l/..."),
            ("a b", "metrics/job/j/l/a%20b"),
            ("a+b", "metrics/job/j/l/a%2Bb"),
            ("100%", "metrics/job/j/l/100%25"),
            ("?#&=;@:\"\\", "metrics/job/j/l/%3F%23%26%3D%3B%40%3A%22%5C"),
            ("größe", "metrics/job/j/l/gr%C3%B6%C3%9Fe"),
            ("\n\0", "metrics/job/j/l/%0A%00"),
        ];
        for (value, path) in table {
            let grouping = Grouping::new("j").unwrap().with("l", value).unwrap();
            assert_eq!(grouping.path(), path, "{value:?}");
        }
    }

    #[test]
    fn the_job_stands_first_and_names_in_order() {
        let grouping =
            Grouping::new("a/b").unwrap().with("z", "1").unwrap().with("b", "2").unwrap();
        let grouping = grouping.with("z", "3").unwrap().with("foo.bar", "/").unwrap();
        let path = "metrics/job@base64/YS9i/b/2/U__foo_2e_bar@base64/Lw/z/3";
        assert_eq!(grouping.path(), path);
        assert_eq!(grouping.labels().count(), 3);
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        assert!(Grouping::new("").is_err());
        for name in ["", "job", "__name__"] {
            assert!(Grouping::new("j").unwrap().with(name, "x").is_err(), "{name}");
        }
    }
}
