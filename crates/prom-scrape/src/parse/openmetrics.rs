//! OpenMetrics 1.0, by the grammar of Prometheus' own lexer.

use meterport_core::Timestamp;

use super::ParseError;
use super::cursor::{Cursor, unescape};
use super::exemplar;
use super::labels::{self, Braces, Dialect, metadata_name, plain_name};
use super::number::{parse_float, parse_seconds};
use super::text::finish;
use crate::page::{Drafts, Kind, Metadata};

pub(super) fn parse<'p>(page: &'p [u8], drafts: &mut Drafts<'p>) -> Result<(), ParseError> {
    let mut cursor = Cursor::new(page);
    loop {
        if cursor.is_at_end() {
            return Err(cursor.error(NO_END));
        }
        if cursor.peek() != Some(b'#') {
            sample(&mut cursor, drafts)?;
        } else if cursor.take(b"# EOF") {
            cursor.take(b"\n");
            return match cursor.is_at_end() {
                true => Ok(()),
                false => Err(cursor.error("something behind \"# EOF\"")),
            };
        } else {
            metadata(&mut cursor, drafts)?;
        }
    }
}

const NO_END: &str = "no \"# EOF\" at the end";

fn metadata<'p>(cursor: &mut Cursor<'p>, drafts: &mut Drafts<'p>) -> Result<(), ParseError> {
    let words: [&[u8]; 3] = [b"# HELP ", b"# TYPE ", b"# UNIT "];
    let Some(word) = words.into_iter().find(|word| cursor.take(word)) else {
        return Err(cursor.error("expected HELP, TYPE, UNIT or EOF behind # and one blank"));
    };
    let at = cursor.at();
    let name = metadata_name(cursor)?;
    if !cursor.take(b" ") {
        return Err(cursor.error("expected one blank behind the name"));
    }
    let start = cursor.at();
    let text = cursor.take_line();
    if cursor.is_at_end() {
        return Err(cursor.error(NO_END));
    }
    let text = cursor.utf8(start, text, "not UTF-8")?;
    let metadata = match word {
        b"# HELP " => Metadata::Help(unescape(text, true)),
        b"# UNIT " => {
            let base = name.strip_suffix(text).and_then(|base| base.strip_suffix('_'));
            if !text.is_empty() && base.is_none() {
                return Err(cursor.error_at(at, "a unit that its name does not end with"));
            }
            Metadata::Unit(text.into())
        }
        _ => match kind(text) {
            Some(kind) => Metadata::Kind(kind),
            None => return Err(cursor.error_at(start, "an unknown type")),
        },
    };
    cursor.skip(1);
    drafts.metadata(name, metadata);
    Ok(())
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "counter" => Kind::Counter,
        "gauge" => Kind::Gauge,
        "gaugehistogram" => Kind::GaugeHistogram,
        "histogram" => Kind::Histogram,
        "info" => Kind::Info,
        "stateset" => Kind::StateSet,
        "summary" => Kind::Summary,
        "unknown" => Kind::Unknown,
        _ => return None,
    })
}

fn sample<'p>(cursor: &mut Cursor<'p>, drafts: &mut Drafts<'p>) -> Result<(), ParseError> {
    let start = cursor.at();
    let mut sample = drafts.begin();
    let name = plain_name(cursor);
    let mut braces = Braces { name: None, takes_name: name.is_none(), keeps_empty: false };
    if name.is_none() && cursor.peek() != Some(b'{') {
        return Err(cursor.error("expected a name, a brace or metadata"));
    }
    if cursor.take(b"{") {
        labels::read(cursor, Dialect::OpenMetrics, &mut braces, drafts.labels())?;
    }
    sample.name = match (name, braces.name) {
        (Some(name), _) => name.into(),
        (None, Some(name)) => name,
        (None, None) => return Err(cursor.error_at(start, "a sample without a name")),
    };
    (sample.written, sample.value) = value(cursor)?;
    if cursor.peek() == Some(b' ') && !cursor.rest().starts_with(b" # {") {
        sample.time = Some(time(cursor)?);
    }
    if cursor.take(b" # {") {
        // Behind the sample's own labels, and gone again at once.
        let mut braces = Braces { keeps_empty: true, ..Braces::default() };
        let first = drafts.labels().len();
        labels::read(cursor, Dialect::OpenMetrics, &mut braces, drafts.labels())?;
        let (_, value) = value(cursor)?;
        let time = match cursor.peek() {
            Some(b' ') => time(cursor)?,
            _ => Timestamp::UNSET,
        };
        let labels = drafts.labels();
        sample.exemplar = Some(Box::new(exemplar::make(&labels[first..], value, time)));
        labels.truncate(first);
    }
    if cursor.is_at_end() {
        return Err(cursor.error(NO_END));
    }
    if !cursor.take(b"\n") {
        return Err(cursor.error("expected the end of the line"));
    }
    finish(cursor, start, sample, drafts)
}

/// One blank, and what stands up to the next one.
fn token<'p>(cursor: &mut Cursor<'p>, missing: &'static str) -> Result<&'p str, ParseError> {
    if !cursor.take(b" ") {
        return Err(cursor.error(missing));
    }
    let start = cursor.at();
    let token = cursor.take_while(|byte| !matches!(byte, b' ' | b'\n'));
    if token.is_empty() {
        return Err(cursor.error(missing));
    }
    cursor.utf8(start, token, "not a number")
}

fn value<'p>(cursor: &mut Cursor<'p>) -> Result<(&'p str, f64), ParseError> {
    let at = cursor.at() + 1;
    let written = token(cursor, "expected one blank and a value")?;
    match parse_float(written) {
        Some(value) => Ok((written, value)),
        None => Err(cursor.error_at(at, "a value that is no number")),
    }
}

fn time(cursor: &mut Cursor<'_>) -> Result<Timestamp, ParseError> {
    let at = cursor.at() + 1;
    let written = token(cursor, "expected a timestamp in seconds")?;
    parse_seconds(written).map_err(|bad| cursor.error_at(at, bad.as_str()))
}
