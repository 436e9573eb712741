use super::unit::Words;
use super::{InvalidName, checked};
use crate::escaping::Kind;
use crate::translation::{Rules, Strategy, Translation};

/// What a metric is, as far as its name depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "names depend on no more than this")]
pub enum MetricKind {
    /// A monotonic sum: ends in `_total`.
    Counter,
    /// A last value: with unit `1` it ends in `_ratio` by the shared translator's rules.
    Gauge,
    /// Anything else.
    Other,
}

/// The name of a metric: the one its samples have in text 0.0.4, but for the suffixes of
/// histograms and summaries.
///
/// # Errors
/// The name is empty, or nothing but underscores would be left.
///
/// ```
/// use meterport_prom::{MetricKind, Strategy, Translation, metric_name};
///
/// let mut translation = Translation::default();
/// let name = metric_name("foo.bar", "By", MetricKind::Counter, &translation);
/// assert_eq!(name.unwrap(), "foo_bar_bytes_total");
/// translation = translation.with_strategy(Strategy::NoUtf8EscapingWithSuffixes);
/// let name = metric_name("foo.bar", "By", MetricKind::Counter, &translation);
/// assert_eq!(name.unwrap(), "foo.bar_bytes_total");
/// ```
pub fn metric_name(
    name: &str,
    unit: &str,
    kind: MetricKind,
    translation: &Translation,
) -> Result<String, InvalidName> {
    let (strategy, rules) = (translation.strategy(), translation.rules());
    if strategy == Strategy::Verbatim {
        return checked(name.to_owned(), name);
    }
    // What is appended is no name by itself.
    let is_left = |one: char| one.is_ascii_alphanumeric() || matches!(one, ':' | '_');
    if name.is_empty() || strategy.escapes() && !name.contains(is_left) {
        return Err(InvalidName);
    }
    let suffixes = strategy.appends().then(|| Suffixes::of(unit, kind, strategy, rules));
    let namespace = translation.namespace();
    let full = match (suffixes, strategy.escapes(), rules) {
        (Some(suffixes), true, Rules::Translator) => suffixes.join(name, namespace),
        (suffixes, escapes, rules) => {
            let base = match (escapes, rules) {
                (false, _) => name.to_owned(),
                (true, Rules::Translator) => fields(name, |one| one == '_').join("_"),
                (true, Rules::Specification) => collapsed(name),
            };
            let base = match namespace {
                Some(namespace) if escapes => {
                    format!("{}_{base}", fields(namespace, |one| one == '_').join("_"))
                }
                Some(namespace) => format!("{namespace}_{base}"),
                None => base,
            };
            match suffixes {
                Some(suffixes) => suffixes.append(base, rules),
                None => base,
            }
        }
    };
    if !strategy.escapes() {
        return Ok(full);
    }
    let starts_with_digit = full.starts_with(|first: char| first.is_ascii_digit());
    checked(if starts_with_digit { format!("_{full}") } else { full }, name)
}

/// What is to be appended to a name.
struct Suffixes {
    unit: Words,
    ratio: bool,
    total: bool,
}

impl Suffixes {
    fn of(unit: &str, kind: MetricKind, strategy: Strategy, rules: Rules) -> Self {
        Self {
            unit: Words::of(unit, strategy, rules),
            ratio: rules == Rules::Translator && unit == "1" && kind == MetricKind::Gauge,
            total: kind == MetricKind::Counter,
        }
    }

    /// The shared translator's way: the name is cut into words, and what is appended is left out
    /// if it is one of them, wherever it stands.
    fn join(&self, name: &str, namespace: Option<&str>) -> String {
        let mut words = fields(name, |_| false);
        for unit in [&self.unit.main, &self.unit.per] {
            if !unit.is_empty() && !words.contains(&unit.as_str()) {
                words.push(unit);
            }
        }
        for (is_wanted, word) in [(self.total, "total"), (self.ratio, "ratio")] {
            if is_wanted {
                words.retain(|known| *known != word);
                words.push(word);
            }
        }
        let namespace = namespace.into_iter().flat_map(|text| fields(text, |one| one == '_'));
        namespace.chain(words).collect::<Vec<_>>().join("_")
    }

    /// Unit before type, each unless it is there already.
    fn append(&self, mut name: String, rules: Rules) -> String {
        if rules == Rules::Specification {
            // A name that ends in the type is not changed any more.
            if self.total && ends_with(&name, "total") {
                return name;
            }
            let Words { main, per } = &self.unit;
            let unit = [main.as_str(), per].into_iter().filter(|word| !word.is_empty());
            add(&mut name, &unit.collect::<Vec<_>>().join("_"));
        } else {
            // The type moves behind the unit.
            for (is_wanted, word) in [(self.ratio, "ratio"), (self.total, "total")] {
                if is_wanted {
                    take_off(&mut name, word);
                }
            }
            take_off(&mut name, &self.unit.per);
            add(&mut name, &self.unit.main);
            add(&mut name, &self.unit.per);
            add(&mut name, if self.ratio { "ratio" } else { "" });
        }
        add(&mut name, if self.total { "total" } else { "" });
        name
    }
}

fn add(name: &mut String, suffix: &str) {
    if !suffix.is_empty() && !ends_with(name, suffix) {
        name.push('_');
        name.push_str(suffix);
    }
}

/// Takes a suffix off, with the character that separates it, if something is left then.
fn take_off(name: &mut String, suffix: &str) {
    let Some(rest) = name.strip_suffix(suffix).filter(|_| !suffix.is_empty()) else { return };
    let Some(separator) = rest.chars().next_back().filter(|one| !one.is_alphanumeric()) else {
        return;
    };
    let kept = rest.len() - separator.len_utf8();
    if kept > 0 {
        name.truncate(kept);
    }
}

/// Whether the name ends with the word: it stands alone there, and is no word's tail.
fn ends_with(name: &str, word: &str) -> bool {
    let rest = name.strip_suffix(word);
    rest.is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
}

/// The runs of legal characters; underscores part them unless `keeps` them.
fn fields(name: &str, keeps: fn(char) -> bool) -> Vec<&str> {
    let is_legal = |one: char| one.is_ascii_alphanumeric() || one == ':' || keeps(one);
    name.split(|one| !is_legal(one)).filter(|field| !field.is_empty()).collect()
}

/// Each run of what is not legal, and of underscores, becomes one underscore.
fn collapsed(name: &str) -> String {
    let mut collapsed = String::with_capacity(name.len());
    for one in name.chars() {
        let one = if Kind::Metric.allows(one, false) { one } else { '_' };
        if one != '_' || !collapsed.ends_with('_') {
            collapsed.push(one);
        }
    }
    collapsed
}
