/// Which resource attributes become labels of every series, by patterns of their keys.
///
/// As `with_resource_constant_labels` of OpenTelemetry's declarative configuration: a key is taken
/// if an included pattern matches it and no excluded one does. `*` stands for any run of
/// characters, `?` for one. Nothing is taken by default, as the specification demands.
///
/// ```
/// use meterport_prom::AttributeFilter;
///
/// let filter = AttributeFilter::new(["service.*", "host.name"], ["service.instance.?d"]);
/// assert!(filter.takes("service.name") && !filter.takes("service.instance.id"));
/// assert!(!AttributeFilter::default().takes("service.name"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeFilter {
    included: Box<[Box<str>]>,
    excluded: Box<[Box<str>]>,
}

impl AttributeFilter {
    /// From patterns.
    pub fn new<I, E>(included: I, excluded: E) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
        E: IntoIterator<Item: AsRef<str>>,
    {
        Self {
            included: included.into_iter().map(|pattern| pattern.as_ref().into()).collect(),
            excluded: excluded.into_iter().map(|pattern| pattern.as_ref().into()).collect(),
        }
    }

    /// Every attribute.
    pub fn all() -> Self {
        Self::new(["*"], [""; 0])
    }

    /// Whether it takes this key.
    pub fn takes(&self, key: &str) -> bool {
        let any = |patterns: &[Box<str>]| patterns.iter().any(|pattern| matches(pattern, key));
        any(&self.included) && !any(&self.excluded)
    }

    /// Whether it takes no key at all.
    pub fn is_empty(&self) -> bool {
        self.included.is_empty()
    }
}

/// Walks both texts once, and goes back to the last `*` where they part.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut retry = None;
    loop {
        let matched = match (pattern.next(), text.clone().next()) {
            (Some('*'), _) => {
                retry = Some((pattern.clone(), text.clone()));
                continue;
            }
            (None, None) => return true,
            (Some(wanted), Some(found)) => wanted == '?' || wanted == found,
            _ => false,
        };
        if matched {
            text.next();
            continue;
        }
        let Some((after, from)) = &mut retry else { return false };
        if from.next().is_none() {
            return false;
        }
        (pattern, text) = (after.clone(), from.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_a_shell() {
        let table = [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a.b", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("a*b*c", "a1b2b3c", true),
            ("*.id", "service.instance.id", true),
            ("?", "é", true),
            ("?", "", false),
            ("a?c", "abc", true),
            ("service.*", "service", false),
            ("**a", "ba", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
