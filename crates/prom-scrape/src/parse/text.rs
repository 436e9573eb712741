//! Prometheus' text, 0.0.4 and 1.0.0, by the grammar of Prometheus' own lexer.

use super::ParseError;
use super::cursor::{Cursor, unescape};
use super::labels::{self, Braces, Dialect, is_blank, metadata_name, plain_name};
use super::number::{from_millis, parse_float};
use crate::page::{Drafts, Kind, Metadata, Sample};

pub(super) fn parse<'p>(page: &'p [u8], drafts: &mut Drafts<'p>) -> Result<(), ParseError> {
    let mut cursor = Cursor::new(page);
    loop {
        cursor.take_while(is_blank);
        match cursor.peek() {
            None => return Ok(()),
            Some(b'\n') => cursor.skip(1),
            Some(b'#') => comment(&mut cursor, drafts)?,
            Some(_) => sample(&mut cursor, drafts)?,
        }
    }
}

/// HELP, TYPE, or nothing that matters.
fn comment<'p>(cursor: &mut Cursor<'p>, drafts: &mut Drafts<'p>) -> Result<(), ParseError> {
    cursor.skip(1);
    let blanks = cursor.take_while(is_blank);
    let is_type = cursor.rest().starts_with(b"TYPE");
    let is_metadata = is_type || cursor.rest().starts_with(b"HELP");
    let ends_there = !cursor.rest().get(4).is_some_and(|byte| is_blank(*byte));
    if blanks.is_empty() || !is_metadata || ends_there {
        cursor.take_line();
        return Ok(());
    }
    cursor.skip(4);
    cursor.take_while(is_blank);
    let name = metadata_name(cursor)?;
    match cursor.peek() {
        Some(byte) if is_blank(byte) => cursor.skip(1),
        None | Some(b'\n') => {}
        Some(_) => return Err(cursor.error("expected a blank behind the name")),
    }
    let start = cursor.at();
    let text = cursor.take_line();
    let metadata = match (is_type, text) {
        (false, text) => {
            Metadata::Help(unescape(cursor.utf8(start, text, "help that is not UTF-8")?, false))
        }
        (true, b"counter") => Metadata::Kind(Kind::Counter),
        (true, b"gauge") => Metadata::Kind(Kind::Gauge),
        (true, b"histogram") => Metadata::Kind(Kind::Histogram),
        (true, b"summary") => Metadata::Kind(Kind::Summary),
        (true, b"untyped") => Metadata::Kind(Kind::Unknown),
        (true, _) => return Err(cursor.error_at(start, "an unknown type")),
    };
    drafts.metadata(name, metadata);
    Ok(())
}

fn sample<'p>(cursor: &mut Cursor<'p>, drafts: &mut Drafts<'p>) -> Result<(), ParseError> {
    let start = cursor.at();
    let mut sample = drafts.begin();
    let name = plain_name(cursor);
    let mut braces = Braces { name: None, takes_name: name.is_none(), keeps_empty: false };
    if name.is_none() && cursor.peek() != Some(b'{') {
        return Err(cursor.error("expected a name, a comment or a brace"));
    }
    cursor.take_while(is_blank);
    if cursor.take(b"{") {
        labels::read(cursor, Dialect::Text, &mut braces, drafts.labels())?;
        cursor.take_while(is_blank);
    }
    sample.name = match (name, braces.name) {
        (Some(name), _) => name.into(),
        (None, Some(name)) => name,
        (None, None) => return Err(cursor.error_at(start, "a sample without a name")),
    };
    let value = cursor.at();
    sample.written = token(cursor, "expected a value")?;
    let number = parse_float(sample.written);
    sample.value = number.ok_or_else(|| cursor.error_at(value, "a value that is no number"))?;
    cursor.take_while(is_blank);
    let time = cursor.at();
    let digits = cursor.take_while(|byte| byte.is_ascii_digit());
    if !digits.is_empty() {
        let millis = cursor.utf8(time, digits, "a timestamp that is no number")?.parse();
        let found = millis.map_err(|_| cursor.error_at(time, "a timestamp that is too large"))?;
        let found = from_millis(found).map_err(|bad| cursor.error_at(time, bad.as_str()))?;
        sample.time = Some(found);
        cursor.take_while(is_blank);
    }
    if !cursor.take(b"\n") && !cursor.is_at_end() {
        return Err(cursor.error("expected a timestamp in milliseconds, or the end of the line"));
    }
    finish(cursor, start, sample, drafts)
}

/// What stands up to the next blank.
fn token<'p>(cursor: &mut Cursor<'p>, missing: &'static str) -> Result<&'p str, ParseError> {
    let start = cursor.at();
    let token = cursor.take_while(|byte| !is_blank(byte) && !matches!(byte, b'\n' | b'{'));
    if token.is_empty() {
        return Err(cursor.error(missing));
    }
    cursor.utf8(start, token, "a value that is no number")
}

/// Hands the sample over.
pub(super) fn finish<'p>(
    cursor: &Cursor<'p>,
    start: usize,
    sample: Sample<'p>,
    drafts: &mut Drafts<'p>,
) -> Result<(), ParseError> {
    drafts.sample(sample).map_err(|refused| cursor.error_at(start, refused.to_string()))
}
