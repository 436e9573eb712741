/// Reads a text from left to right.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text)
    }

    pub(super) fn rest(self) -> &'a str {
        self.0
    }

    pub(super) fn is_at_end(self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, expected: &str) -> bool {
        match self.0.strip_prefix(expected) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    pub(super) fn expect(&mut self, expected: &str) -> Result<(), String> {
        if self.take(expected) { Ok(()) } else { Err(format!("no {expected:?} at {:?}", self.0)) }
    }

    /// Everything up to one of these characters, or to the end.
    pub(super) fn until(&mut self, ends: &[char]) -> &'a str {
        let at = self.0.find(ends).unwrap_or(self.0.len());
        let (found, rest) = self.0.split_at(at);
        self.0 = rest;
        found
    }

    /// A quoted text, unescaped.
    pub(super) fn quoted(&mut self) -> Result<String, String> {
        self.expect("\"")?;
        let mut text = String::new();
        let mut rest = self.0.char_indices();
        while let Some((at, one)) = rest.next() {
            match one {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return Ok(text);
                }
                '\\' => match rest.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    _ => return Err("an unknown escape".into()),
                },
                one => text.push(one),
            }
        }
        Err("a quote that does not end".into())
    }
}
