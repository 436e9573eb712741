//! Names and values, so that none can be taken for another and none steers the terminal.

use std::fmt::Write;

use meterport_core::{Entries, Number, ValueRef};

/// A name: as it is where that is safe and clear, in quotes otherwise.
pub(super) fn word(text: &str) -> String {
    clear_or_quoted(text, "_.-/:%@+~#")
}

/// A unit, in which UCUM has brackets of two kinds.
pub(super) fn unit(text: &str) -> String {
    clear_or_quoted(text, "_.-/:%@+~#{}[]*^'")
}

fn clear_or_quoted(text: &str, signs: &str) -> String {
    let clear = |c: char| c.is_ascii_alphanumeric() || signs.contains(c);
    if !text.is_empty() && text.chars().all(clear) { text.to_owned() } else { quoted(text) }
}

/// Text in quotes.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    push_quoted(&mut out, text);
    out.push('"');
    out
}

fn push_quoted(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\'' => out.push(c),
            // Everything that is not printable: control and format characters, among them those
            // that change the direction of writing, and marks that merge with what is before.
            c => out.extend(c.escape_debug()),
        }
    }
}

/// Prose, without quotes around it.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\'' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    out
}

/// `{key="text", other=7}`.
pub(super) fn attributes(entries: Entries<'_>) -> String {
    let mut out = String::new();
    push_map(&mut out, entries);
    out
}

fn push_map(out: &mut String, entries: Entries<'_>) {
    out.push('{');
    for (at, (key, value)) in entries.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        out.push_str(&word(key));
        out.push('=');
        push_value(out, value);
    }
    out.push('}');
}

fn push_value(out: &mut String, value: ValueRef<'_>) {
    match value {
        ValueRef::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                push_value(out, item);
            }
            out.push(']');
        }
        ValueRef::Bool(truth) => out.push_str(if truth { "true" } else { "false" }),
        ValueRef::Bytes(bytes) => {
            out.push_str("0x");
            for byte in bytes.iter() {
                push(out, format_args!("{byte:02x}"));
            }
        }
        ValueRef::Double(number) => out.push_str(&float(number)),
        ValueRef::Empty => out.push_str("null"),
        ValueRef::Int(number) => push(out, format_args!("{number}")),
        ValueRef::Map(entries) => push_map(out, entries),
        ValueRef::String(text) => {
            out.push('"');
            push_quoted(out, text);
            out.push('"');
        }
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(text);
}

/// The shortest digits that are this number alone, with a point or an exponent.
pub(super) fn float(number: f64) -> String {
    match number {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        number => format!("{number:?}"),
    }
}

pub(super) fn number(number: Number) -> String {
    match number {
        Number::F64(number) => float(number),
        Number::I64(number) => number.to_string(),
        Number::U64(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_are_not_clear() {
        let table = [
            ("http.requests", "http.requests"),
            ("%", "%"),
            ("", r#""""#),
            ("a b", r#""a b""#),
            ("a=1", r#""a=1""#),
            ("{request}", r#""{request}""#),
            ("größe", r#""größe""#),
            ("it's \"x\" \\", r#""it's \"x\" \\""#),
            ("\u{1b}[2J", r#""\u{1b}[2J""#),
            ("\u{9b}2J\r\n\t\0\u{7f}", r#""\u{9b}2J\r\n\t\0\u{7f}""#),
            ("\u{202e}\u{200b}\u{2066}\u{2028}", r#""\u{202e}\u{200b}\u{2066}\u{2028}""#),
        ];
        for (text, expected) in table {
            assert_eq!(word(text), expected);
        }
    }

    #[test]
    fn prose_keeps_its_quotes_and_loses_its_controls() {
        assert_eq!(escaped("it's \"é\"\n\u{1b}]0;x\u{7}"), "it's \"é\"\\n\\u{1b}]0;x\\u{7}");
    }

    #[test]
    fn floats_do_not_look_like_integers() {
        let table = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e300, "1e300"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ];
        for (number, expected) in table {
            assert_eq!(float(number), expected);
        }
    }
}
