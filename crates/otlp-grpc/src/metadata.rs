//! Headers as gRPC's metadata ("Custom-Metadata" in gRPC over HTTP/2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use meterport_core::ConfigError;
use meterport_net::StaticHeaders;

/// The end of names whose values are bytes.
const BINARY: &str = "-bin";

/// Metadata with values that are bytes, set in code.
pub(crate) type Binary = Vec<(String, Vec<u8>)>;

/// Texts and bytes as headers. The value of a text whose name ends in `-bin` is its UTF-8 bytes.
///
/// The text of an error names the header, never its value.
pub(crate) fn headers(
    texts: &[(String, String)],
    binary: &Binary,
) -> Result<StaticHeaders, ConfigError> {
    let mut headers = StaticHeaders::new();
    for (name, value) in texts {
        headers = match is_binary(name) {
            true => headers.with(name, &STANDARD_NO_PAD.encode(value))?,
            false => {
                check(name, value)?;
                headers.with(name, value)?
            }
        };
    }
    for (name, value) in binary {
        if !is_binary(name) {
            return refuse(name, "is binary, but its name does not end in -bin");
        }
        headers = headers.with(name, &STANDARD_NO_PAD.encode(value))?;
    }
    if let Some(reserved) = headers.names().find(|name| name.starts_with("grpc-")) {
        return refuse(reserved, "has a name that gRPC keeps for itself");
    }
    Ok(headers)
}

fn is_binary(name: &str) -> bool {
    let Some(at) = name.len().checked_sub(BINARY.len()) else { return false };
    name.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(BINARY))
}

fn check(name: &str, value: &str) -> Result<(), ConfigError> {
    if value.is_ascii() {
        return Ok(());
    }
    refuse(name, "has a value that is not ASCII: give it a name that ends in -bin")
}

fn refuse<T>(name: &str, problem: &str) -> Result<T, ConfigError> {
    // A name that is none may be a value in the wrong place: no more than its start is shown.
    let shown: String = name.chars().take(32).collect();
    Err(ConfigError::new(format!("header `{}`", shown.escape_debug()), problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(name: &str, value: &str) -> Result<StaticHeaders, ConfigError> {
        headers(&[(name.to_owned(), value.to_owned())], &Vec::new())
    }

    #[test]
    fn what_grpc_does_not_carry_is_refused() {
        let table = [
            ("grpc-timeout", "1S", "header `grpc-timeout`: has a name that gRPC keeps for itself"),
            ("GRPC-Encoding", "x", "header `grpc-encoding`: has a name that gRPC keeps for itself"),
            ("te", "trailers", "header `te`: is set by the exporter itself"),
            ("a b", "x", "header `a b`: is no header name"),
            ("a", "a\nb", "header `a`: has a control character in its value"),
            (
                "a",
                "ä",
                "header `a`: has a value that is not ASCII: give it a name that ends in -bin",
            ),
        ];
        for (name, value, expected) in table {
            assert_eq!(texts(name, value).unwrap_err().to_string(), expected);
        }
        let wrong = headers(&[], &vec![("a".to_owned(), vec![0])]).unwrap_err();
        assert!(wrong.to_string().contains("does not end in -bin"));
        assert!(texts("x-bin", "ä\n").is_ok());
        assert!(texts("-BIN", "ä").is_ok());
    }
}
