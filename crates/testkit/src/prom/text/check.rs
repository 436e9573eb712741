//! What holds for whole families.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::line::number;
use super::{Dialect, Family, Sample};

const TEXT_KINDS: [&str; 5] = ["counter", "gauge", "histogram", "summary", "untyped"];
const OPEN_METRICS_KINDS: [&str; 8] =
    ["counter", "gauge", "gaugehistogram", "histogram", "info", "stateset", "summary", "unknown"];

pub(super) fn kind(word: &str, dialect: Dialect) -> Result<(), String> {
    let known: &[&str] = if dialect == Dialect::Text { &TEXT_KINDS } else { &OPEN_METRICS_KINDS };
    if known.contains(&word) { Ok(()) } else { Err(format!("the type {word:?} is unknown")) }
}

/// The suffixes that a family's samples may have.
fn suffixes(kind: &str, dialect: Dialect) -> &'static [&'static str] {
    match (kind, dialect) {
        (_, Dialect::OpenMetrics2) => &[""],
        ("counter", Dialect::OpenMetrics1) => &["_total", "_created"],
        ("info", Dialect::OpenMetrics1) => &["_info"],
        ("histogram", Dialect::OpenMetrics1) => &["_bucket", "_sum", "_count", "_created"],
        ("summary", Dialect::OpenMetrics1) => &["", "_sum", "_count", "_created"],
        ("histogram", Dialect::Text) => &["_bucket", "_sum", "_count"],
        ("summary", Dialect::Text) => &["", "_sum", "_count"],
        _ => &[""],
    }
}

/// Whether a sample of that name is one of the family's.
pub(super) fn belongs(name: &str, family: &Family, dialect: Dialect) -> bool {
    let rest = name.strip_prefix(family.name.as_str());
    rest.is_some_and(|suffix| suffixes(&family.kind, dialect).contains(&suffix))
}

/// No name of a family's samples, possible ones included, is that of another's.
pub(super) fn clashes(families: &[Family], dialect: Dialect) -> Result<(), String> {
    let mut names = HashMap::new();
    for family in families {
        // In OpenMetrics 1.0 the family's own name counts, too.
        let own = (dialect == Dialect::OpenMetrics1).then_some(&"");
        let suffixes: HashSet<_> =
            suffixes(&family.kind, dialect).iter().chain(own).copied().collect();
        for suffix in suffixes {
            let name = format!("{}{suffix}", family.name);
            if let Some(other) = names.insert(name.clone(), &family.name) {
                return Err(format!("{name} belongs to {other} and {}", family.name));
            }
        }
    }
    Ok(())
}

pub(super) fn family(family: &Family, dialect: Dialect) -> Result<(), String> {
    let mut seen = HashSet::new();
    for sample in &family.samples {
        let mut labels: Vec<_> = sample.labels.iter().filter(|label| !label.1.is_empty()).collect();
        labels.sort();
        if !seen.insert((&sample.name, labels)) {
            return Err(format!("the series {:?} is there twice", sample.labels));
        }
        let may_have_exemplars = match family.kind.as_str() {
            "counter" => sample.name.ends_with("_total") || dialect == Dialect::OpenMetrics2,
            "histogram" => sample.name.ends_with("_bucket") || dialect == Dialect::OpenMetrics2,
            _ => false,
        };
        if !sample.exemplars.is_empty() && !may_have_exemplars {
            return Err("an exemplar where none may be".into());
        }
    }
    if dialect == Dialect::OpenMetrics1
        && let Some(unit) = family.unit.as_deref().filter(|unit| !unit.is_empty())
        && !family.name.ends_with(&format!("_{unit}"))
    {
        return Err(format!("the unit {unit:?} is no suffix"));
    }
    let is_strict = dialect != Dialect::Text;
    match family.kind.as_str() {
        "counter" if is_strict => family.samples.iter().try_for_each(counter),
        "histogram" if dialect != Dialect::OpenMetrics2 => histogram(family, dialect),
        "histogram" => family.samples.iter().try_for_each(composite),
        "info" => family.samples.iter().try_for_each(|sample| match sample.value {
            1.0 => Ok(()),
            _ => Err("an info that is not 1".into()),
        }),
        "stateset" => family.samples.iter().try_for_each(|sample| {
            let is_right = sample.value == 0.0 || sample.value == 1.0;
            let has_state = sample.label(&family.name).is_some();
            if is_right && has_state { Ok(()) } else { Err("no state".into()) }
        }),
        "summary" if is_strict => family.samples.iter().try_for_each(summary),
        _ => Ok(()),
    }
}

fn counter(sample: &Sample) -> Result<(), String> {
    let is_created = sample.name.ends_with("_created");
    if sample.value >= 0.0 || is_created { Ok(()) } else { Err("a negative counter".into()) }
}

fn summary(sample: &Sample) -> Result<(), String> {
    if sample.written.starts_with('{') {
        return composite(sample);
    }
    let is_wrong = match sample.label("quantile") {
        Some(quantile) => !(0.0..=1.0).contains(&number(quantile)?) || sample.value < 0.0,
        None => sample.value.is_nan() || sample.value < 0.0,
    };
    if is_wrong { Err("a value that a summary cannot have".into()) } else { Ok(()) }
}

/// `{count:1,sum:2,…}`: balanced brackets, fields of a known order.
fn composite(sample: &Sample) -> Result<(), String> {
    const ORDER: [&str; 11] = [
        "count",
        "sum",
        "schema",
        "zero_threshold",
        "zero_count",
        "negative_spans",
        "negative_buckets",
        "positive_spans",
        "positive_buckets",
        "bucket",
        "quantile",
    ];
    let text = sample.written.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let text = text.ok_or("no composite value")?;
    let (mut depth, mut start, mut before) = (0, 0, None);
    let ends = text.char_indices().chain([(text.len(), ',')]);
    for (at, one) in ends {
        match one {
            '[' => depth += 1,
            ']' => depth -= 1,
            ',' if depth == 0 => {
                let (name, value) = text[start..at].split_once(':').ok_or("no field")?;
                let place = ORDER.iter().position(|known| *known == name);
                let place = place.ok_or_else(|| format!("the field {name:?} is unknown"))?;
                if before.is_some_and(|before| before >= place) {
                    return Err(format!("the field {name:?} comes too late"));
                }
                for text in value.trim_matches(['[', ']']).split([',', ':']) {
                    if value != "[]" {
                        number(text)?;
                    }
                }
                (start, before) = (at + 1, Some(place));
            }
            _ => {}
        }
    }
    if depth == 0 { Ok(()) } else { Err("brackets that do not match".into()) }
}

/// One histogram's lines.
#[derive(Default)]
struct Lines {
    buckets: Vec<(f64, f64)>,
    sum: Option<f64>,
    count: Option<f64>,
}

fn histogram(family: &Family, dialect: Dialect) -> Result<(), String> {
    let mut all: BTreeMap<Vec<(String, String)>, Lines> = BTreeMap::new();
    for sample in &family.samples {
        let mut labels = sample.labels.clone();
        labels.retain(|label| label.0 != "le");
        labels.sort();
        let lines = all.entry(labels).or_default();
        match sample.name.strip_prefix(family.name.as_str()) {
            Some("_bucket") => {
                let bound = number(sample.label("le").ok_or("a bucket without a bound")?)?;
                lines.buckets.push((bound, sample.value));
                if sample.exemplars.iter().any(|one| one.value.is_nan() || one.value > bound) {
                    return Err("an exemplar outside its bucket".into());
                }
            }
            Some("_sum") => lines.sum = Some(sample.value),
            Some("_count") => lines.count = Some(sample.value),
            _ => {}
        }
    }
    for Lines { buckets, sum, count } in all.values() {
        let ascends = |pair: &[(f64, f64)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
        if !buckets.windows(2).all(ascends) {
            return Err("buckets that do not ascend".into());
        }
        let last = buckets.last().filter(|last| last.0 == f64::INFINITY);
        let (_, total) = *last.ok_or("no infinite bucket at the end")?;
        if count.is_some_and(|count| count != total) {
            return Err("a count that is not that of the infinite bucket".into());
        }
        if dialect == Dialect::OpenMetrics1 {
            let has_negative = buckets.iter().any(|bucket| bucket.0 < 0.0);
            let is_wrong = sum.is_some_and(|sum| has_negative || sum.is_nan() || sum < 0.0);
            if is_wrong || sum.is_some() != count.is_some() {
                return Err("a sum that may not be, or stands without a count".into());
            }
        }
    }
    Ok(())
}
