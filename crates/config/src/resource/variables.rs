use meterport_core::{ConfigError, Variables};

const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";

/// What `OTEL_RESOURCE_ATTRIBUTES` says, and on top of it `OTEL_SERVICE_NAME`
/// (`configuration/sdk-environment-variables.md`: the latter takes precedence).
pub(super) fn attributes(variables: &Variables<'_>) -> Result<Vec<(String, String)>, ConfigError> {
    let mut attributes = match variables.text(&[ATTRIBUTES])? {
        Some((name, text)) => parse(&text).map_err(|problem| ConfigError::new(name, problem))?,
        None => Vec::new(),
    };
    if let Some((_, name)) = variables.text(&[SERVICE_NAME])? {
        attributes.push(("service.name".to_owned(), name));
    }
    Ok(attributes)
}

/// `key=value,key=value` as W3C Baggage without its metadata, percent-encoded
/// (`resource/sdk.md`, "Specifying resource information via an environment variable"). An error
/// discards all of it. No part is repeated in it but keys: a value might be secret.
fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    // A comma too many does no harm.
    let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    members
        .map(|member| {
            let Some((key, value)) = member.split_once('=') else {
                return Err("has a part without `=`".to_owned());
            };
            let key = decode(key.trim()).ok_or("has a key that is not percent-encoded UTF-8")?;
            if key.is_empty() {
                return Err("has a value without a key".to_owned());
            }
            let Some(value) = decode(value.trim()) else {
                let key = key.escape_debug();
                return Err(format!("the value of `{key}` is not percent-encoded UTF-8"));
            };
            Ok((key, value))
        })
        .collect()
}

/// `None` where a `%` has no two hexadecimal digits behind it, or the bytes are no UTF-8.
fn decode(text: &str) -> Option<String> {
    let is_escape =
        |rest: &str| rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
    if !text.split('%').skip(1).all(is_escape) {
        return None;
    }
    Some(percent_encoding::percent_decode_str(text).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_to_the_letter() {
        let table: &[(&str, &[(&str, &str)])] = &[
            ("a=b", &[("a", "b")]),
            (" a = b , c\t=d ", &[("a", "b"), ("c", "d")]),
            ("a=,b=c,", &[("a", ""), ("b", "c")]),
            ("a=b=c", &[("a", "b=c")]),
            ("a=b;meta=1", &[("a", "b;meta=1")]),
            ("a%2Cb%3d=%25%20+", &[("a,b=", "% +")]),
            ("k=h%C3%A9", &[("k", "hé")]),
            ("k=hé x", &[("k", "hé x")]),
            ("k=1,k=2", &[("k", "1"), ("k", "2")]),
        ];
        for (text, expected) in table {
            let parsed = parse(text).unwrap();
            let parsed: Vec<_> = parsed.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!(parsed, *expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_without_the_value() {
        let table = [
            ("a", "has a part without `=`"),
            ("a=b,secret", "has a part without `=`"),
            ("=b", "has a value without a key"),
            ("a%=b", "has a key that is not percent-encoded UTF-8"),
            ("a=%", "the value of `a` is not percent-encoded UTF-8"),
            ("a=%4", "the value of `a` is not percent-encoded UTF-8"),
            ("a=%4é", "the value of `a` is not percent-encoded UTF-8"),
            ("a=b,c=%zz", "the value of `c` is not percent-encoded UTF-8"),
            ("a=%ff", "the value of `a` is not percent-encoded UTF-8"),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text).unwrap_err(), expected, "{text}");
        }
    }
}
