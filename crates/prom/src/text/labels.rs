use super::line::{write_escaped, write_name};
use crate::block::LabelEncoding;
use crate::escaping::Kind;
use crate::labels::Labels;

/// Labels as they stand in a line, up to the value: `a="b",c="d"} `, or nothing for a row without
/// labels. All text formats write them so.
pub(super) struct TextLabels;

/// What stands behind the last label.
pub(super) const CLOSE: &[u8] = b"} ";

impl LabelEncoding for TextLabels {
    fn write(out: &mut Vec<u8>, labels: &Labels) {
        write_labels(out, labels.iter());
        if !labels.is_empty() {
            out.extend_from_slice(CLOSE);
        }
    }
}

/// `a="b",c="d"`.
pub(super) fn write_labels<'l>(
    out: &mut Vec<u8>,
    labels: impl IntoIterator<Item = (&'l str, &'l str)>,
) {
    for (at, (name, value)) in labels.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_name(out, name, Kind::Label);
        out.extend_from_slice(b"=\"");
        write_escaped(out, value);
        out.push(b'"');
    }
}
