//! Names that were not legal before Prometheus 3, and the four ways to write them.

/// How a metric or label name is written that has characters outside the legacy set: what a
/// scraper asks for by `escaping=` in its Accept header.
///
/// The rules are those of `prometheus/common` (`model/metric.go`, `EscapeName`). Its documentation
/// (`escaping_schemes.md`) differs in details; scrapers are written against the code.
///
/// ```
/// use meterport_prom::Escaping;
///
/// assert_eq!(Escaping::Underscores.escape("http.status:sum"), "http_status:sum");
/// assert_eq!(Escaping::Dots.escape("http.status:sum"), "http_dot_status:sum");
/// assert_eq!(Escaping::Values.escape("http.status:sum"), "U__http_2e_status:sum");
/// assert_eq!(Escaping::AllowUtf8.escape("http.status:sum"), "http.status:sum");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "Prometheus' list")]
pub enum Escaping {
    /// As it is, quoted where the format needs it: `{"foo.bar"} 1`.
    AllowUtf8,
    /// A dot is `_dot_`, an underscore two of them, anything else `__`. Legal names change too.
    Dots,
    /// Everything outside the legacy set is an underscore. What every scraper understands.
    #[default]
    Underscores,
    /// Reversible: `U__`, then each odd character as its number in hexadecimal digits between
    /// underscores.
    Values,
}

impl Escaping {
    /// All four.
    pub const ALL: [Self; 4] = [Self::AllowUtf8, Self::Dots, Self::Underscores, Self::Values];

    /// The name in Accept and Content-Type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllowUtf8 => "allow-utf-8",
            Self::Dots => "dots",
            Self::Underscores => "underscores",
            Self::Values => "values",
        }
    }

    /// The scheme of that name. `allow-utf8`, as OpenTelemetry's specification spells it, is
    /// understood too.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "allow-utf8" => Some(Self::AllowUtf8),
            name => Self::ALL.into_iter().find(|scheme| scheme.as_str() == name),
        }
    }

    /// A metric name, escaped. An empty name stays empty.
    pub fn escape(self, name: &str) -> String {
        self.escape_as(name, Kind::Metric)
    }

    /// A label name, escaped: as [`escape`](Self::escape), but that a colon is not legal in it.
    pub fn escape_label(self, name: &str) -> String {
        self.escape_as(name, Kind::Label)
    }

    pub(crate) fn escape_as(self, name: &str, kind: Kind) -> String {
        let is_legal = kind.is_legal(name);
        if name.is_empty() || self == Self::AllowUtf8 || is_legal && self != Self::Dots {
            return name.to_owned();
        }
        let mut escaped = String::with_capacity(name.len() + 8);
        if self == Self::Values {
            escaped.push_str("U__");
        }
        for (at, one) in name.char_indices() {
            match (self, one) {
                (Self::Dots | Self::Values, '_') => escaped.push_str("__"),
                (Self::Dots, '.') => escaped.push_str("_dot_"),
                (_, one) if kind.allows(one, at == 0) => escaped.push(one),
                (Self::Values, one) => escaped.push_str(&format!("_{:x}_", u32::from(one))),
                (Self::Dots, _) => escaped.push_str("__"),
                _ => escaped.push('_'),
            }
        }
        escaped
    }
}

/// What a name is the name of: a colon is legal in one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Label,
    Metric,
}

impl Kind {
    /// Whether the name was legal before Prometheus 3: `[a-zA-Z_:][a-zA-Z0-9_:]*`, of labels
    /// without the colon.
    pub(crate) fn is_legal(self, name: &str) -> bool {
        let mut all = name.chars();
        all.next().is_some_and(|first| self.allows(first, true))
            && all.all(|one| self.allows(one, false))
    }

    pub(crate) const fn allows(self, one: char, is_first: bool) -> bool {
        one.is_ascii_alphabetic()
            || one == '_'
            || one == ':' && matches!(self, Self::Metric)
            || one.is_ascii_digit() && !is_first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_as_prometheus_does() {
        #[rustfmt::skip]
        let table = [
            // name               underscores           dots                       values
            ("",                  "",                   "",                        ""),
            ("legal_name:x",      "legal_name:x",       "legal__name:x",           "legal_name:x"),
            ("mysystem.prod.west","mysystem_prod_west", "mysystem_dot_prod_dot_west", "U__mysystem_2e_prod_2e_west"),
            ("1a",                "_a",                 "__a",                     "U___31_a"),
            ("a b",               "a_b",                "a__b",                    "U__a_20_b"),
            ("a_b.c",             "a_b_c",              "a__b_dot_c",              "U__a__b_2e_c"),
            ("label with 😱",     "label_with__",       "label__with____",         "U__label_20_with_20__1f631_"),
            ("höhe",              "h_he",               "h__he",                   "U__h_f6_he"),
        ];
        for (name, underscores, dots, values) in table {
            assert_eq!(Escaping::Underscores.escape(name), underscores);
            assert_eq!(Escaping::Dots.escape(name), dots);
            assert_eq!(Escaping::Values.escape(name), values);
            assert_eq!(Escaping::AllowUtf8.escape(name), name);
        }
        assert_eq!(Escaping::Underscores.escape_label("a:b"), "a_b");
    }

    #[test]
    fn schemes_have_names() {
        for scheme in Escaping::ALL {
            assert_eq!(Escaping::from_name(scheme.as_str()), Some(scheme));
        }
        assert_eq!(Escaping::from_name("allow-utf8"), Some(Escaping::AllowUtf8));
        assert_eq!(Escaping::from_name("bogus"), None);
    }
}
