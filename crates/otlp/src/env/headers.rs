use percent_encoding::percent_decode_str;

/// Reads a list of headers as `OTEL_EXPORTER_OTLP_HEADERS` holds it: that of W3C Baggage without
/// metadata, `name=value,name=value`, values percent-encoded.
///
/// Names come out in lower case; of two that are equal the last stays. Blanks around names and
/// values do not count, and an `=` in a value belongs to it.
///
/// # Errors
/// What is wrong with which entry, counted from 1. The text holds nothing of the list, which may
/// be secret even where it cannot be understood.
pub fn parse_headers(list: &str) -> Result<Vec<(String, String)>, String> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let entries = list.split(',').map(str::trim).enumerate().filter(|entry| !entry.1.is_empty());
    for (at, entry) in entries {
        let (name, value) =
            parse_entry(entry).map_err(|problem| format!("header {}: {problem}", at + 1))?;
        headers.retain(|header| header.0 != name);
        headers.push((name, value));
    }
    Ok(headers)
}

fn parse_entry(entry: &str) -> Result<(String, String), &'static str> {
    let (name, value) = entry.split_once('=').ok_or("is not of the form name=value")?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("has a name that no header can have");
    }
    if !is_encoded(value.as_bytes()) {
        return Err("has a % that is not followed by two hexadecimal digits");
    }
    let value =
        percent_decode_str(value).decode_utf8().map_err(|_| "has a value that is no text")?;
    // A decoded line break would end the header and begin another.
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err("has a control character in its value");
    }
    Ok((name.to_ascii_lowercase(), value.into_owned()))
}

/// RFC 9110's `tchar`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_encoded(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b'%');
    parts.next();
    parts.all(|part| part.iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count() == 2)
}
