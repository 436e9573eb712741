use super::{InvalidName, checked};
use crate::escaping::Kind;
use crate::translation::Strategy;

/// The name of the label that an attribute becomes.
///
/// With an escaping strategy: what is not `[a-zA-Z0-9_]` becomes `_`, neighbouring underscores
/// become one, a leading digit gets `key_` in front; names that begin and end with two
/// underscores keep them. Otherwise the key as it is.
///
/// # Errors
/// The key is empty, or nothing but underscores would be left.
///
/// ```
/// use meterport_prom::{Strategy, label_name};
///
/// let strategy = Strategy::UnderscoreEscapingWithSuffixes;
/// assert_eq!(label_name("http.method", strategy).unwrap(), "http_method");
/// assert_eq!(label_name("1a", strategy).unwrap(), "key_1a");
/// assert!(label_name("...", strategy).is_err());
/// assert_eq!(label_name("http.method", Strategy::NoTranslation).unwrap(), "http.method");
/// ```
pub fn label_name(key: &str, strategy: Strategy) -> Result<String, InvalidName> {
    if !strategy.escapes() {
        return if key.is_empty() { Err(InvalidName) } else { Ok(key.to_owned()) };
    }
    let reserved = key
        .strip_prefix("__")
        .and_then(|rest| rest.strip_suffix("__"))
        .filter(|inner| !inner.trim_matches('_').is_empty());
    let name = match reserved {
        Some(inner) => format!("__{}__", sanitised(inner).trim_matches('_')),
        None => sanitised(key),
    };
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(format!("key_{name}"));
    }
    checked(name, key)
}

/// Legal characters, and never two underscores side by side.
fn sanitised(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    for one in key.chars() {
        let one = if Kind::Label.allows(one, false) { one } else { '_' };
        if one != '_' || !name.ends_with('_') {
            name.push(one);
        }
    }
    name
}

/// Whether a scope's attribute would become one of the labels that the scope itself has
/// (`otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url`), before or after its
/// characters are replaced. The specification has such attributes dropped.
pub(crate) fn is_scope_field(key: &str) -> bool {
    matches!(&*sanitised(key), "name" | "schema_url" | "version")
}
