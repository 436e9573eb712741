use super::labels::CLOSE;
use super::line::write_name;
use crate::append::append;
use crate::escaping::Kind;

/// A sample's name with all that stands before its labels.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// In front of labels: `name{`, or `{"odd.name",`.
    open: Start,
    /// Where there is no label: `name `, or `{"odd.name"} `.
    bare: Vec<u8>,
}

impl Head {
    pub(super) fn new(name: &str, suffix: &str) -> Self {
        let name = [name, suffix].concat();
        if Kind::Metric.is_legal(&name) {
            let open = Start::new([name.as_bytes(), b"{"].concat());
            return Self { open, bare: [name.as_bytes(), b" "].concat() };
        }
        let mut open = vec![b'{'];
        write_name(&mut open, &name, Kind::Metric);
        let bare = [&open, CLOSE].concat();
        open.push(b',');
        Self { open: Start::new(open), bare }
    }

    /// Everything up to the value.
    #[inline(always)]
    pub(super) fn write(&self, out: &mut Vec<u8>, labels: &[u8]) {
        if labels.is_empty() {
            out.extend_from_slice(&self.bare);
        } else {
            self.open.write(out);
            out.extend_from_slice(labels);
        }
    }

    /// Everything up to one more label.
    #[inline(always)]
    pub(super) fn write_open(&self, out: &mut Vec<u8>, labels: &[u8]) {
        self.open.write(out);
        if let Some(end) = labels.len().checked_sub(CLOSE.len()) {
            out.extend_from_slice(&labels[..end]);
            out.push(b',');
        }
    }
}

/// Nearly all names are shorter.
const SHORT: usize = 64;

/// The start of a line.
#[derive(Debug)]
struct Start {
    bytes: Vec<u8>,
    /// The same, where it is not longer than that.
    short: [u8; SHORT],
}

impl Start {
    fn new(bytes: Vec<u8>) -> Self {
        let mut short = [0; SHORT];
        if let Some(place) = short.get_mut(..bytes.len()) {
            place.copy_from_slice(&bytes);
        }
        Self { bytes, short }
    }

    #[inline(always)]
    fn write(&self, out: &mut Vec<u8>) {
        if self.bytes.len() <= SHORT {
            append(out, self.short, self.bytes.len());
        } else {
            out.extend_from_slice(&self.bytes);
        }
    }
}

impl Default for Start {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_outside_or_inside_the_braces() {
        let lines = |name: &str| {
            let head = Head::new(name, "_bucket");
            [b"".as_slice(), b"a=\"b\"} "].map(|labels| {
                let (mut whole, mut open) = (Vec::new(), Vec::new());
                head.write(&mut whole, labels);
                head.write_open(&mut open, labels);
                [whole, open].map(|line| String::from_utf8(line).unwrap())
            })
        };
        assert_eq!(
            lines("foo"),
            [["foo_bucket ", "foo_bucket{"], ["foo_bucket{a=\"b\"} ", "foo_bucket{a=\"b\","]]
        );
        assert_eq!(
            lines("f\"o"),
            [
                ["{\"f\\\"o_bucket\"} ", "{\"f\\\"o_bucket\","],
                ["{\"f\\\"o_bucket\",a=\"b\"} ", "{\"f\\\"o_bucket\",a=\"b\","]
            ]
        );
        for len in [SHORT - 9, SHORT - 8, SHORT - 7, 3 * SHORT] {
            let name = "n".repeat(len);
            let expected = [["_bucket ", "_bucket{"], ["_bucket{a=\"b\"} ", "_bucket{a=\"b\","]]
                .map(|row| row.map(|line| [&name, line].concat()));
            assert_eq!(lines(&name), expected);
        }
    }
}
