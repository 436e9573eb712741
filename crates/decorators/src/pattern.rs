use std::fmt;
use std::sync::Arc;

/// A text with wildcards: `*` stands for any characters, or none, `?` for one. Everything else
/// stands for itself, upper and lower case apart.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Arc<str>);

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Whether it stands for the whole text. Takes time in proportion to both lengths.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let (mut pattern, mut rest) = (self.0.chars(), text.chars());
        // Behind the last asterisk, and the text that it has not taken yet.
        let mut again: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
        loop {
            let next = pattern.next();
            if next == Some('*') {
                again = Some((pattern.clone(), rest.clone()));
                continue;
            }
            match (next, rest.next()) {
                (None, None) => return true,
                (Some(wanted), Some(found)) if wanted == '?' || wanted == found => continue,
                _ => {}
            }
            // The asterisk takes one character more.
            let Some((behind, taken)) = &mut again else { return false };
            if taken.next().is_none() {
                return false;
            }
            (pattern, rest) = (behind.clone(), taken.clone());
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_what_they_should() {
        let table = [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("http.*", "http.server", true),
            ("http.*", "https.server", false),
            ("*.duration", "http.duration", true),
            ("*.duration", "http.duration.s", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a?c", "aéc", true),
            ("a?c", "ac", false),
            ("**a", "ba", true),
            ("*ab", "aab", true),
            ("a.b", "axb", false),
            ("A", "a", false),
        ];
        for (pattern, text, matches) in table {
            assert_eq!(Pattern::new(pattern).matches(text), matches, "{pattern} {text}");
        }
        let long = format!("{}b", "a".repeat(5_000));
        assert!(!Pattern::new(&"*a".repeat(50)).matches(&long));
    }
}
