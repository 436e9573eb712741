use std::borrow::Cow;

use super::ParseError;

/// A place in a text.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'p> {
    page: &'p [u8],
    /// The page, if all of it is UTF-8: then its parts need not be looked through one by one.
    text: Option<&'p str>,
    at: usize,
}

impl<'p> Cursor<'p> {
    pub(super) fn new(page: &'p [u8]) -> Self {
        Self { page, text: std::str::from_utf8(page).ok(), at: 0 }
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

    /// What stands up to the closing quote, or where it is missing up to the end of the line or the
    /// page; and whether there are backslashes.
    pub(super) fn take_quoted(&mut self, is_one_line: bool) -> (&'p [u8], bool) {
        let rest = self.rest();
        let (mut len, mut has_escapes) = (0, false);
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | b'\n');
        while let Some(next) = rest[len..].iter().position(ends) {
            len += next;
            match (rest[len], rest.get(len + 1)) {
                (b'\\', None) => (len, has_escapes) = (len + 1, true),
                (b'\\', Some(b'\n')) if is_one_line => (len, has_escapes) = (len + 1, true),
                (b'\\', Some(_)) => (len, has_escapes) = (len + 2, true),
                (b'\n', _) if !is_one_line => len += 1,
                _ => {
                    self.at += len;
                    return (&rest[..len], has_escapes);
                }
            }
        }
        self.at = self.page.len();
        (rest, has_escapes)
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
        if let Some(text) = self.text.and_then(|text| text.get(start..start + bytes.len())) {
            return Ok(text);
        }
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
