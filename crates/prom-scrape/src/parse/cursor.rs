use std::borrow::Cow;

use super::ParseError;

/// A place in a text.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'p> {
    page: &'p [u8],
    at: usize,
}

impl<'p> Cursor<'p> {
    pub(super) fn new(page: &'p [u8]) -> Self {
        Self { page, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'p [u8] {
        &self.page[self.at..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.page.get(self.at).copied()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.page.len()
    }

    /// Steps over so many bytes, which are there.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.page.len());
    }

    /// Steps over the text, if it comes next.
    pub(super) fn take(&mut self, text: &[u8]) -> bool {
        let is_there = self.rest().starts_with(text);
        if is_there {
            self.at += text.len();
        }
        is_there
    }

    /// The bytes that are liked, and steps over them.
    pub(super) fn take_while(&mut self, mut like: impl FnMut(u8) -> bool) -> &'p [u8] {
        let rest = self.rest();
        let len = rest.iter().position(|byte| !like(*byte)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    /// The rest of the line, without its line feed.
    pub(super) fn take_line(&mut self) -> &'p [u8] {
        self.take_while(|byte| byte != b'\n')
    }

    /// Something is wrong here.
    pub(super) fn error(&self, problem: impl Into<Cow<'static, str>>) -> ParseError {
        self.error_at(self.at, problem)
    }

    /// Something is wrong there.
    pub(super) fn error_at(&self, at: usize, problem: impl Into<Cow<'static, str>>) -> ParseError {
        ParseError::in_text(self.page, at, problem)
    }

    /// UTF-8 that was read from `start` on.
    pub(super) fn utf8(
        &self,
        start: usize,
        bytes: &'p [u8],
        problem: &'static str,
    ) -> Result<&'p str, ParseError> {
        std::str::from_utf8(bytes)
            .map_err(|error| self.error_at(start + error.valid_up_to(), problem))
    }
}

/// Undoes the escapes of label values, quoted names and OpenMetrics' help. A backslash in front of
/// anything else stays, as it does for Prometheus.
pub(super) fn unescape(text: &str, with_quotes: bool) -> Cow<'_, str> {
    let Some(first) = text.find('\\') else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = text[first..].chars();
    while let Some(one) = rest.next() {
        let escaped = match (one, rest.as_str().chars().next()) {
            ('\\', Some('\\')) => '\\',
            ('\\', Some('n')) => '\n',
            ('\\', Some('"')) if with_quotes => '"',
            _ => {
                out.push(one);
                continue;
            }
        };
        out.push(escaped);
        rest.next();
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_escapes_are_undone_and_no_other() {
        let table = [
            ("plain", "plain", "plain"),
            (r"a\\nb", r"a\nb", r"a\nb"),
            (r"a\nb", "a\nb", "a\nb"),
            (r#"\"q\""#, r#""q""#, r#"\"q\""#),
            (r"\t\é\", r"\t\é\", r"\t\é\"),
        ];
        for (text, with_quotes, without) in table {
            assert_eq!(unescape(text, true), with_quotes);
            assert_eq!(unescape(text, false), without);
        }
    }
}
