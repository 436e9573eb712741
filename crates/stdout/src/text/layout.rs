//! The points of a metric as lines, values below values.

use super::out::Out;

/// A point.
pub(super) struct Entry {
    pub(super) attributes: String,
    pub(super) value: String,
    /// What else stands on its line.
    pub(super) more: String,
    /// Lines below.
    pub(super) below: Vec<String>,
}

/// Attributes longer than this push the value on their line to the right, and no other.
const WIDEST: usize = 72;

const LEVEL: usize = 3;

/// Numbers stand flush right.
pub(super) fn write(out: &mut Out, entries: &[Entry], numbers: bool) {
    let width = |text: &str| text.chars().count();
    let widest = |texts: &dyn Fn(&Entry) -> usize| {
        entries.iter().map(texts).filter(|width| *width <= WIDEST).max().unwrap_or_default()
    };
    let left = widest(&|entry| width(&entry.attributes));
    let right = if numbers { widest(&|entry| width(&entry.value)) } else { 0 };
    for Entry { attributes, value, more, below } in entries {
        out.line(LEVEL, &format!("{attributes:<left$}  {value:>right$}{more}"));
        below.iter().for_each(|line| out.line(LEVEL + 1, line));
    }
}
