use std::borrow::Cow;

use super::ParseError;
use super::cursor::{Cursor, unescape};
use crate::page::Label;

/// What the two text formats see differently in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Blanks are allowed nearly everywhere, OpenMetrics has each of them where it must be.
    OpenMetrics,
    /// 0.0.4 and 1.0.0.
    Text,
}

impl Dialect {
    /// Steps over blanks that may be there.
    pub(super) fn skip_blanks(self, cursor: &mut Cursor<'_>) {
        if self == Self::Text {
            cursor.take_while(is_blank);
        }
    }
}

pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// What stands in braces.
#[derive(Debug, Default)]
pub(super) struct Braces<'p> {
    /// The name of the metric, where it is quoted.
    pub(super) name: Option<Cow<'p, str>>,
    /// Whether there may be one: not in an exemplar, nor behind a name in front of the braces.
    pub(super) takes_name: bool,
    /// Whether empty labels are kept, as in an exemplar. Those of a series are none to Prometheus.
    pub(super) keeps_empty: bool,
}

/// A metric's name that needs no quotes: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
pub(super) fn plain_name<'p>(cursor: &mut Cursor<'p>) -> Option<&'p str> {
    legal(cursor, |byte| byte == b':')
}

/// A metric's name behind HELP and the like, quoted or not.
pub(super) fn metadata_name<'p>(cursor: &mut Cursor<'p>) -> Result<Cow<'p, str>, ParseError> {
    let start = cursor.at();
    let name = match cursor.peek() {
        Some(b'"') => quoted(cursor, false)?,
        _ => Cow::Borrowed(plain_name(cursor).unwrap_or_default()),
    };
    if name.is_empty() {
        return Err(cursor.error_at(start, "expected a metric's name"));
    }
    Ok(name)
}

fn legal<'p>(cursor: &mut Cursor<'p>, also: impl Fn(u8) -> bool) -> Option<&'p str> {
    if cursor.peek().is_some_and(|first| first.is_ascii_digit()) {
        return None;
    }
    let start = cursor.at();
    let name = cursor.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || also(byte));
    cursor.utf8(start, name, "").ok().filter(|name| !name.is_empty())
}

/// A text in quotes, unescaped.
fn quoted<'p>(cursor: &mut Cursor<'p>, is_one_line: bool) -> Result<Cow<'p, str>, ParseError> {
    let open = cursor.at();
    if !cursor.take(b"\"") {
        return Err(cursor.error("expected a quote"));
    }
    let start = cursor.at();
    let (text, has_escapes) = cursor.take_quoted(is_one_line);
    if !cursor.take(b"\"") {
        return Err(cursor.error_at(open, "a quote that is not closed"));
    }
    let text = cursor.utf8(start, text, "not UTF-8")?;
    Ok(if has_escapes { unescape(text, true) } else { Cow::Borrowed(text) })
}

/// Reads labels up to the closing brace, the opening one behind us, and appends those in the
/// order of their names.
pub(super) fn read<'p>(
    cursor: &mut Cursor<'p>,
    dialect: Dialect,
    braces: &mut Braces<'p>,
    labels: &mut Vec<Label<'p>>,
) -> Result<(), ParseError> {
    let start = cursor.at();
    let first = labels.len();
    loop {
        dialect.skip_blanks(cursor);
        if cursor.take(b"}") {
            break;
        }
        let at = cursor.at();
        let is_quoted = cursor.peek() == Some(b'"');
        let name = match is_quoted {
            true => quoted(cursor, false)?,
            false => match legal(cursor, |_| false) {
                Some(name) => Cow::Borrowed(name),
                None => return Err(cursor.error("expected a label's name")),
            },
        };
        if name.is_empty() {
            return Err(cursor.error_at(at, "an empty name"));
        }
        dialect.skip_blanks(cursor);
        if is_quoted && matches!(cursor.peek(), Some(b',' | b'}')) {
            match braces {
                Braces { name: Some(_), .. } => {
                    return Err(cursor.error_at(at, "a second name of the metric"));
                }
                Braces { takes_name: false, .. } => {
                    return Err(cursor.error("expected = behind a label's name"));
                }
                Braces { name: none, .. } => *none = Some(name),
            }
            if cursor.take(b"}") {
                break;
            }
            cursor.skip(1);
            continue;
        }
        if !cursor.take(b"=") {
            return Err(cursor.error("expected = behind a label's name"));
        }
        dialect.skip_blanks(cursor);
        if cursor.peek() != Some(b'"') {
            return Err(cursor.error("expected a label's value in quotes"));
        }
        if name == "__name__" {
            return Err(cursor.error_at(at, "a label __name__"));
        }
        let value = quoted(cursor, dialect == Dialect::OpenMetrics)?;
        labels.push((name, value));
        dialect.skip_blanks(cursor);
        // Between labels Prometheus does without commas in its own format, and so do we.
        if !cursor.take(b",") && dialect == Dialect::OpenMetrics && cursor.peek() != Some(b'}') {
            return Err(cursor.error("expected a comma or a closing brace"));
        }
    }
    let sorted = sort(labels, first, braces.keeps_empty);
    sorted.map_err(|name| {
        cursor.error_at(start, format!("the label {name:?} is there more than once"))
    })
}

/// Sorts the labels from `first` on and leaves out the empty ones, if they are not kept; the name of one that is there
/// twice is an error.
pub(super) fn sort<'p>(
    labels: &mut Vec<Label<'p>>,
    first: usize,
    keeps_empty: bool,
) -> Result<(), Cow<'p, str>> {
    let own = &mut labels[first..];
    if !own.is_sorted_by(|a, b| a.0 < b.0) {
        own.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(pair) = own.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(pair[0].0.clone());
        }
    }
    if !keeps_empty && own.iter().any(|label| label.1.is_empty()) {
        let mut kept = first;
        for at in first..labels.len() {
            if !labels[at].1.is_empty() {
                labels.swap(kept, at);
                kept += 1;
            }
        }
        labels.truncate(kept);
    }
    Ok(())
}
