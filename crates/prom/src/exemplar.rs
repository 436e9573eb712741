//! Exemplars: which one goes where, and its labels.

use meterport_core::Exemplar;

use crate::escaping::Escaping;
use crate::labels::{LabelRules, write_value};
use crate::loss::{Loss, Losses};
use crate::naming::label_name;
use crate::translation::Strategy;

/// The most characters of an exemplar's names and values together (OpenMetrics 1.0, "Exemplars").
const MOST_CHARACTERS: usize = 128;

/// The labels of an exemplar for a text format: [`all_labels`], but that where attributes would make
/// all names and values longer than 128 characters, none of them is there and they are counted as
/// [`Loss::ExemplarAttributes`].
pub(crate) fn labels(
    exemplar: &Exemplar,
    strategy: Strategy,
    escaping: Escaping,
    losses: &mut Losses,
) -> Vec<(String, String)> {
    let (mut labels, own) = both(exemplar, strategy, escaping, losses);
    let length = labels.iter().map(characters).sum::<usize>();
    if length > MOST_CHARACTERS {
        losses.add(Loss::ExemplarAttributes, (labels.len() - own) as u64);
        labels.truncate(own);
    }
    labels
}

/// The labels of an exemplar, however long: trace and span id, then the filtered attributes by name.
///
/// An attribute whose name is `trace_id` or `span_id` gives way to the exemplar's own id; values of
/// attributes that get the same name are joined by `;`.
pub fn all_labels(
    exemplar: &Exemplar,
    rules: &LabelRules,
    losses: &mut Losses,
) -> Vec<(String, String)> {
    both(exemplar, rules.strategy, rules.escaping, losses).0
}

/// The labels, and how many of them are ids.
fn both(
    exemplar: &Exemplar,
    strategy: Strategy,
    escaping: Escaping,
    losses: &mut Losses,
) -> (Vec<(String, String)>, usize) {
    let mut labels = Vec::with_capacity(2);
    let trace_id = exemplar.trace_id.map(|id| ("trace_id", id.to_string()));
    let span_id = exemplar.span_id.map(|id| ("span_id", id.to_string()));
    labels.extend(
        trace_id.into_iter().chain(span_id).map(|(name, id)| (escaping.escape_label(name), id)),
    );
    let own = labels.len();
    let mut attributes: Vec<(String, &str, String)> = Vec::new();
    for (key, value) in exemplar.filtered_attributes.iter() {
        let Ok(name) = label_name(key, strategy) else {
            losses.add(Loss::InvalidLabelName, 1);
            continue;
        };
        let name = escaping.escape_label(&name);
        if labels[..own].iter().any(|label| label.0 == name) {
            continue;
        }
        let mut text = String::new();
        write_value(&mut text, value);
        attributes.push((name, key, text));
    }
    attributes.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    for (name, _, value) in attributes {
        match labels[own..].last_mut() {
            Some(last) if last.0 == name => {
                last.1.push(';');
                last.1.push_str(&value);
            }
            _ => labels.push((name, value)),
        }
    }
    (labels, own)
}

fn characters((name, value): &(String, String)) -> usize {
    name.chars().count() + value.chars().count()
}

/// The newest exemplar; of several of one time the last.
pub(crate) fn newest<'e>(
    exemplars: impl IntoIterator<Item = &'e Exemplar>,
) -> Option<&'e Exemplar> {
    exemplars.into_iter().max_by_key(|exemplar| exemplar.time)
}

/// The newest exemplar above `low` and up to `high`: a bucket has one at most.
pub(crate) fn newest_within(exemplars: &[Exemplar], low: f64, high: f64) -> Option<&Exemplar> {
    if exemplars.is_empty() {
        return None;
    }
    newest(exemplars.iter().filter(|exemplar| {
        let value = exemplar.value.as_f64();
        value > low && value <= high
    }))
}

#[cfg(test)]
mod tests {
    use meterport_core::{AttributeSet, Number, SpanId, Timestamp, TraceId};

    use super::*;

    fn check(exemplar: &Exemplar, expected: &[(&str, &str)], lost: u64) {
        let mut losses = Losses::default();
        let labels = labels(exemplar, Strategy::default(), Escaping::default(), &mut losses);
        let labels: Vec<_> = labels.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(labels, expected);
        assert_eq!(losses.of(Loss::ExemplarAttributes), lost);
    }

    #[test]
    fn ids_come_first_and_attributes_fit_or_go() {
        let plain = Exemplar::new(Number::F64(1.0), Timestamp::UNSET);
        let trace = TraceId::from_bytes([1; 16]).unwrap();
        let span = SpanId::from_bytes([2; 8]).unwrap();
        let traced = plain.clone().with_span(trace, span);
        let ids =
            [("trace_id", "01010101010101010101010101010101"), ("span_id", "0202020202020202")];
        check(&plain, &[], 0);
        check(&traced, &ids, 0);
        let with = |exemplar: &Exemplar, attributes: &[(&str, &str)]| {
            exemplar.clone().with_attributes(attributes.iter().copied().collect::<AttributeSet>())
        };
        let clashing = [("trace.id", "x"), ("span_id", "y"), ("a.b", "1"), ("a/b", "2")];
        check(&with(&traced, &clashing), &[ids[0], ids[1], ("a_b", "1;2")], 0);
        check(&with(&plain, &clashing[..1]), &[("trace_id", "x")], 0);
        // The ids take 63 characters, so that 65 are left.
        let (fits, too_long) = ("é".repeat(64), "é".repeat(65));
        check(&with(&traced, &[("k", &fits)]), &[ids[0], ids[1], ("k", &fits)], 0);
        check(&with(&traced, &[("k", &too_long)]), &ids, 1);
    }

    #[test]
    fn a_bucket_gets_the_newest_of_its_own() {
        let at = |value: f64, secs| Exemplar::new(Number::F64(value), Timestamp::from_secs(secs));
        let all = [at(5.0, 3), at(1.0, 9), at(5.0, 4), at(4.0, 1), at(10.0, 2), at(f64::NAN, 99)];
        let time = |low, high| {
            newest_within(&all, low, high).map(|found| found.time.as_nanos() / 1_000_000_000)
        };
        assert_eq!(time(f64::NEG_INFINITY, 5.0), Some(9));
        assert_eq!(time(1.0, 5.0), Some(4));
        assert_eq!(time(5.0, f64::INFINITY), Some(2));
        assert_eq!(time(10.0, f64::INFINITY), None);
        assert_eq!(newest(&all).map(|found| found.time), Some(Timestamp::from_secs(99)));
    }
}
