//! Attribute values as texts, by the rules of OpenTelemetry's `common/README.md`, "AnyValue
//! representation for non-OTLP protocols": texts as they are, everything else as JSON.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use meterport_core::{Octets, ValueRef};

/// Appends the value of a label.
pub(crate) fn write_value(out: &mut String, value: ValueRef<'_>) {
    match value {
        ValueRef::String(text) => out.push_str(text),
        ValueRef::Bytes(bytes) => write_base64(out, bytes),
        ValueRef::Double(number) => write_double(out, number),
        ValueRef::Empty => {}
        value => write_json(out, value),
    }
}

fn write_json(out: &mut String, value: ValueRef<'_>) {
    match value {
        ValueRef::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                separate(out, at);
                write_json(out, item);
            }
            out.push(']');
        }
        ValueRef::Bool(truth) => out.push_str(if truth { "true" } else { "false" }),
        ValueRef::Bytes(bytes) => {
            out.push('"');
            write_base64(out, bytes);
            out.push('"');
        }
        // JSON has no numbers for these.
        ValueRef::Double(number) if !number.is_finite() => {
            out.push('"');
            write_double(out, number);
            out.push('"');
        }
        ValueRef::Double(number) => write_double(out, number),
        ValueRef::Empty => out.push_str("null"),
        ValueRef::Int(number) => out.push_str(itoa::Buffer::new().format(number)),
        ValueRef::Map(entries) => {
            out.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                separate(out, at);
                write_json_text(out, key);
                out.push(':');
                write_json(out, value);
            }
            out.push('}');
        }
        ValueRef::String(text) => write_json_text(out, text),
    }
}

fn separate(out: &mut String, at: usize) {
    if at > 0 {
        out.push(',');
    }
}

/// As JavaScript and Go's JSON print it: without an exponent from 1e-6 to 1e21.
fn write_double(out: &mut String, number: f64) {
    if number.is_nan() {
        return out.push_str("NaN");
    }
    if number.is_infinite() {
        return out.push_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let written = match number.abs() {
        0.0 | 1e-6..1e21 => write!(out, "{number}"),
        _ => write!(out, "{number:e}"),
    };
    debug_assert!(written.is_ok(), "a string takes everything");
}

fn write_base64(out: &mut String, bytes: Octets<'_>) {
    STANDARD.encode_string(bytes.iter().collect::<Vec<_>>(), out);
}

fn write_json_text(out: &mut String, text: &str) {
    out.push('"');
    for one in text.chars() {
        match one {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..' ' => out.push_str(&format!("\\u{:04x}", u32::from(one))),
            one => out.push(one),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use meterport_core::{AttributeSet, Value};

    use super::*;

    #[test]
    fn values_become_texts() {
        let array =
            Value::Array(vec![1.into(), "x\"\\\n\u{1}".into(), true.into(), f64::NAN.into()]);
        let map = Value::Map(vec![
            ("b".into(), Value::Bytes(vec![1, 2, 3])),
            ("a".into(), Value::Empty),
            ("c".into(), array.clone()),
        ]);
        let table: [(Value, &str); 19] = [
            ("text \"as\" it\nis".into(), "text \"as\" it\nis"),
            ("".into(), ""),
            (true.into(), "true"),
            (42.into(), "42"),
            (i64::MIN.into(), "-9223372036854775808"),
            (1.5.into(), "1.5"),
            (1.0.into(), "1"),
            ((-0.0).into(), "-0"),
            (1e-6.into(), "0.000001"),
            (1e-7.into(), "1e-7"),
            (1e20.into(), "100000000000000000000"),
            (1e21.into(), "1e21"),
            (f64::NAN.into(), "NaN"),
            (f64::INFINITY.into(), "Infinity"),
            (f64::NEG_INFINITY.into(), "-Infinity"),
            (Value::Bytes(vec![0xff, 0]), "/wA="),
            (Value::Empty, ""),
            (array, r#"[1,"x\"\\\n\u0001",true,"NaN"]"#),
            (map, r#"{"a":null,"b":"AQID","c":[1,"x\"\\\n\u0001",true,"NaN"]}"#),
        ];
        for (value, expected) in table {
            let set = AttributeSet::from([("k", value)]);
            let mut text = String::new();
            write_value(&mut text, set.get("k").unwrap());
            assert_eq!(text, expected);
        }
    }
}
