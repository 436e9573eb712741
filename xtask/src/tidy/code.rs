use std::ops::Range;

/// A Rust source text in which comments and the insides of literals are blanks, so that a
/// search finds code alone. Lines and columns are those of the source.
#[derive(Debug)]
pub(crate) struct Code {
    /// As long as the source, byte for byte.
    pub(crate) text: String,
    /// The bytes below a `#[cfg(test)]`.
    tests: Vec<Range<usize>>,
}

impl Code {
    /// Reads a source text; one that does not compile gives a best effort.
    pub(crate) fn of(source: &str) -> Self {
        let text = blanked(source);
        let tests = test_ranges(&text);
        Self { text, tests }
    }

    /// The positions of a word that stands alone.
    pub(crate) fn words(&self, word: &str) -> impl Iterator<Item = usize> {
        let text = self.text.as_bytes();
        self.text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
            let before = at.checked_sub(1).map(|at| text[at]);
            let after = text.get(at + word.len()).copied();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
    }

    /// What follows the position, without blanks.
    pub(crate) fn after(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default().trim_start()
    }

    /// What stands before the position, without blanks.
    pub(crate) fn before(&self, at: usize) -> &str {
        self.text.get(..at).unwrap_or_default().trim_end()
    }

    /// The line of a position, counted from 0.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count()
    }

    /// Whether the position is below a `#[cfg(test)]`.
    pub(crate) fn is_test(&self, at: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&at))
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn blanked(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut text = String::with_capacity(source.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = hidden_end(source, at);
        if end > at {
            let blank = |byte: &u8| if *byte == b'\n' { '\n' } else { ' ' };
            text.extend(bytes[at..end].iter().map(blank));
            at = end;
        } else {
            let shown = source[at..].chars().next().unwrap_or(' ');
            text.push(shown);
            at += shown.len_utf8();
        }
    }
    text
}

/// Where the comment or literal that begins at `at` ends; `at` where none begins.
fn hidden_end(source: &str, at: usize) -> usize {
    let rest = &source[at..];
    let bytes = rest.as_bytes();
    let inside_word = at > 0 && is_word(source.as_bytes()[at - 1]);
    let length = match bytes[0] {
        b'/' if bytes.get(1) == Some(&b'/') => rest.find('\n').unwrap_or(rest.len()),
        b'/' if bytes.get(1) == Some(&b'*') => block_comment(bytes),
        b'"' => string(bytes, 1),
        b'r' | b'b' | b'c' if !inside_word => prefixed_string(rest),
        b'\'' => character(rest),
        _ => 0,
    };
    at + length
}

fn block_comment(bytes: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match bytes.get(at..at + 2) {
            Some(b"/*") => depth += 1,
            Some(b"*/") => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    bytes.len()
}

/// The end of a string whose inside begins at `at`.
fn string(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `c"…"`; 0 for a word that merely begins like them.
fn prefixed_string(rest: &str) -> usize {
    let marks = rest.trim_start_matches(['r', 'b', 'c']);
    let prefix = rest.len() - marks.len();
    let quoted = marks.trim_start_matches('#');
    let hashes = marks.len() - quoted.len();
    if prefix > 2 || !quoted.starts_with('"') {
        return 0;
    }
    let start = prefix + hashes + 1;
    if !rest[..prefix].contains('r') {
        return string(rest.as_bytes(), start);
    }
    let close = format!("\"{}", "#".repeat(hashes));
    rest[start..].find(&close).map_or(rest.len(), |at| start + at + close.len())
}

/// A character literal; 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut inside = rest[1..].char_indices();
    match inside.next() {
        Some((_, '\\')) => {
            let close = rest.get(3..).and_then(|tail| tail.find('\''));
            close.map_or(0, |at| 3 + at + 1)
        }
        Some((_, one)) if rest[1 + one.len_utf8()..].starts_with('\'') => 2 + one.len_utf8(),
        _ => 0,
    }
}

/// From each `#[cfg(test)]` to the end of the item below it, if it has a body.
fn test_ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for mark in ["#[cfg(test)]", "#[cfg(all(test"] {
        for (start, _) in text.match_indices(mark) {
            let Some(open) = text[start..].find(['{', ';']).map(|at| start + at) else { continue };
            if text.as_bytes()[open] == b'{' {
                ranges.push(start..closing_brace(text, open));
            }
        }
    }
    ranges
}

fn closing_brace(text: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, found) in text[open..].match_indices(['{', '}']) {
        depth = if found == "{" { depth + 1 } else { depth.saturating_sub(1) };
        if depth == 0 {
            return open + at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        assert_eq!(Code::of(source).text, expected, "{source}");
    }

    #[test]
    fn comments_and_literals_are_blank() {
        check("a // b\nc", "a     \nc");
        check("a /* b /* c */ d */ e", "a                   e");
        check(r#"f("x\"y", 'z', '\'', '\u{1}')"#, "f(      ,    ,     ,        )");
        check("g(r#\"a\"b\"#) + r", "g(        ) + r");
        check("fn h<'a>(x: &'a str) {}", "fn h<'a>(x: &'a str) {}");
        check("b\"x\" br\"y\" cr", "           cr");
        check("'ä' \"ö\n\" ü", "        \n  ü");
    }

    #[test]
    fn code_that_does_not_compile_ends() {
        for source in ["\"", "'", "/*", "r#\"", "'\\", "b'", "#[cfg(test)]", "#[cfg(test)] mod a {"]
        {
            assert_eq!(Code::of(source).text.len(), source.len(), "{source}");
        }
    }

    #[test]
    fn a_word_stands_alone() {
        let code = Code::of("sleep(1); asleep(); sleeps(); x.sleep()");
        assert_eq!(code.words("sleep").collect::<Vec<_>>(), [0, 32]);
    }

    #[test]
    fn the_body_below_cfg_test_is_test_code() {
        let code = Code::of("a();\n#[cfg(test)]\nmod tests { fn b() { c() } }\nd();\n");
        let is_test = |word| code.words(word).all(|at| code.is_test(at));
        assert_eq!(["a", "b", "c", "d"].map(is_test), [false, true, true, false]);
        let declared = Code::of("#[cfg(test)]\nmod tests;\nfn a() {}\n");
        assert!(!declared.words("a").any(|at| declared.is_test(at)));
    }
}
