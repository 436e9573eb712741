use std::collections::BTreeMap;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

/// The labels of a group, `job` among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "what tests read")]
pub struct Group {
    /// The labels by name.
    pub labels: BTreeMap<String, String>,
}

impl Group {
    /// A group of these labels.
    pub fn new<'l>(labels: impl IntoIterator<Item = (&'l str, &'l str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { labels: labels.into_iter().map(owned).collect() }
    }

    /// As the gateway's `handler/push.go` reads a path; with the status of what it refuses.
    pub(super) fn of_path(path: &str) -> Result<Self, (u16, String)> {
        let bad = |why: &str| (400, why.to_owned());
        let rest =
            path.strip_prefix("/metrics/").ok_or_else(|| (404, "page not found".to_owned()))?;
        // Go's router leads elsewhere before anything is read.
        if rest.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err((301, "moved".to_owned()));
        }
        let segments: Vec<&str> = rest.split('/').collect();
        if !segments.len().is_multiple_of(2) {
            return Err(bad("odd number of components in label string"));
        }
        let mut labels = BTreeMap::new();
        for pair in segments.chunks_exact(2) {
            let text = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            let (name, value) = (text(pair[0]), text(pair[1]));
            let (name, value) = match name.strip_suffix("@base64") {
                Some(name) => (name.to_owned(), base64(&value).ok_or_else(|| bad("bad base64"))?),
                None => (name, value),
            };
            if labels.is_empty() && name != "job" {
                return Err((404, "page not found".to_owned()));
            }
            if name.starts_with("__")
                || !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            {
                return Err(bad("improper label name"));
            }
            labels.insert(name, value);
        }
        if labels.get("job").is_none_or(String::is_empty) {
            return Err(bad("job name is required"));
        }
        Ok(Self { labels })
    }
}

/// With or without padding; of nothing but padding, nothing.
fn base64(text: &str) -> Option<String> {
    let padding =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone);
    let bytes = GeneralPurpose::new(&URL_SAFE, padding).decode(text.trim_end_matches('=')).ok()?;
    String::from_utf8(bytes).ok()
}
