use crate::translation::{Rules, Strategy};

/// Units of the specification's table, by UCUM's symbol; both rule sets agree on them.
const WORDS: [(&str, &str); 22] = [
    ("%", "percent"),
    ("A", "amperes"),
    ("By", "bytes"),
    ("Cel", "celsius"),
    ("GBy", "gigabytes"),
    ("GiBy", "gibibytes"),
    ("Hz", "hertz"),
    ("J", "joules"),
    ("KiBy", "kibibytes"),
    ("MBy", "megabytes"),
    ("MiBy", "mebibytes"),
    ("TBy", "terabytes"),
    ("V", "volts"),
    ("W", "watts"),
    ("d", "days"),
    ("g", "grams"),
    ("h", "hours"),
    ("m", "meters"),
    ("min", "minutes"),
    ("ms", "milliseconds"),
    ("ns", "nanoseconds"),
    ("us", "microseconds"),
];

/// After a slash, in the singular.
const PER: [(&str, &str); 6] =
    [("d", "day"), ("h", "hour"), ("mo", "month"), ("s", "second"), ("w", "week"), ("y", "year")];

/// A unit's two halves as words: `bytes` and `per_second` of `By/s`. Empty where there is none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) main: String,
    pub(super) per: String,
}

impl Words {
    pub(super) fn of(unit: &str, strategy: Strategy, rules: Rules) -> Self {
        let (main, per) = unit.split_once('/').unwrap_or((unit, ""));
        let (main, per) = match rules {
            Rules::Translator => (without_braced(main), without_braced(per)),
            Rules::Specification => (without_brackets(main), without_brackets(per)),
        };
        let main = main_word(main.trim(), rules);
        let per = per_word(per.trim(), rules);
        let per = if per.is_empty() { per } else { format!("per_{per}") };
        let mut words = Self { main, per };
        if strategy.escapes() {
            words.main = cleaned(&words.main);
            words.per = cleaned(&words.per).trim_end_matches('_').to_owned();
            if words.per == "per" {
                words.per.clear();
            }
            if !words.per.is_empty() {
                words.main.truncate(words.main.trim_end_matches('_').len());
            }
        }
        words
    }
}

/// The unit as a word, such as `seconds` of `s` or `bytes_per_second` of `By/s`; empty for units
/// that are none, such as `1` or `{request}`.
///
/// ```
/// use meterport_prom::{Rules, Strategy, unit_name};
///
/// let unit = |unit| unit_name(unit, Strategy::default(), Rules::Translator);
/// assert_eq!([unit("s"), unit("By/s"), unit("{request}")], ["seconds", "bytes_per_second", ""]);
/// ```
pub fn unit_name(unit: &str, strategy: Strategy, rules: Rules) -> String {
    if strategy == Strategy::Verbatim {
        return unit.to_owned();
    }
    let Words { main, per } = Words::of(unit, strategy, rules);
    let name = match (main.is_empty(), per.is_empty()) {
        (_, true) => main,
        (true, false) => per,
        (false, false) => format!("{main}_{per}"),
    };
    name.trim_matches('_').to_owned()
}

fn main_word(unit: &str, rules: Rules) -> String {
    let known = match (rules, unit) {
        (_, "1") => Some(""),
        (_, "s") => Some("seconds"),
        // The shared translator's slips, on which names in use depend.
        (Rules::Translator, "KBy") | (Rules::Specification, "kBy") => Some("kilobytes"),
        (Rules::Translator, "TiBy") => Some("tibibytes"),
        (Rules::Specification, "TiBy") => Some("tebibytes"),
        _ => find(&WORDS, unit),
    };
    known.unwrap_or(unit).to_owned()
}

fn per_word(unit: &str, rules: Rules) -> String {
    let known = match (rules, unit) {
        (Rules::Translator, "m") => Some("minute"),
        (Rules::Specification, "min") => Some("minute"),
        // The singular of the table's other words, as the specification's rule has it.
        (Rules::Specification, unit) => match find(&PER, unit) {
            Some(word) => Some(word),
            None => find(&WORDS, unit).map(|word| word.strip_suffix('s').unwrap_or(word)),
        },
        _ => find(&PER, unit),
    };
    known.unwrap_or(unit).to_owned()
}

fn find(table: &[(&str, &'static str)], unit: &str) -> Option<&'static str> {
    table.iter().find(|entry| entry.0 == unit).map(|entry| entry.1)
}

/// The translator's rule: a half with a bracket is no unit.
fn without_braced(half: &str) -> String {
    if half.contains(['{', '}']) { String::new() } else { half.to_owned() }
}

/// The specification's rule: what stands in brackets is no part of the unit.
fn without_brackets(half: &str) -> String {
    let mut kept = String::with_capacity(half.len());
    let mut depth = 0_usize;
    for one in half.chars() {
        match one {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            one if depth == 0 => kept.push(one),
            _ => {}
        }
    }
    kept
}

/// Legal characters, no two underscores side by side, none in front.
fn cleaned(unit: &str) -> String {
    let mut name = String::with_capacity(unit.len());
    for one in unit.chars() {
        let one = if one.is_ascii_alphanumeric() || one == ':' { one } else { '_' };
        if one != '_' || !name.ends_with('_') {
            name.push(one);
        }
    }
    name.trim_start_matches('_').to_owned()
}
