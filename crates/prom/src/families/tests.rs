use std::sync::Arc;

use meterport_core::{
    Flags, Gauge, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics, Scope,
    ScopeMetrics, Sum,
};

use super::*;
use crate::translation::{Strategy, Target};

fn point(attributes: &[(&str, &str)]) -> NumberPoint {
    NumberPoint::new(attributes.iter().copied().collect(), Number::I64(1))
}

fn gauge(name: &str, points: impl IntoIterator<Item = NumberPoint>) -> Metric {
    Metric::new(name, Gauge { points: points.into_iter().collect() })
}

fn batch(metrics: impl IntoIterator<Item = Metric>) -> MetricBatch {
    let mut scope = ScopeMetrics::new(Scope::default());
    scope.metrics = metrics.into_iter().collect();
    ResourceMetrics::new(Resource::new([("host.name", "h")])).with_scope(scope).into()
}

fn of(batch: &MetricBatch, translation: Translation) -> Families {
    Families::of(batch, &Arc::new(translation), Escaping::default())
}

/// Families as name, type and points, and what was left out.
fn check(families: &Families, expected: &[(&str, FamilyKind, u64)], lost: &[(Loss, u64)]) {
    let found: Vec<_> = families
        .iter()
        .map(|family| {
            let repeated: usize = family.parts().iter().map(|part| part.repeated().len()).sum();
            (family.name(), family.kind(), family.points() - repeated as u64)
        })
        .collect();
    assert_eq!(found, expected);
    assert_eq!(families.losses().iter().collect::<Vec<_>>(), lost);
    assert_eq!(families.len(), expected.len());
    assert_eq!(families.points(), expected.iter().map(|one| one.2).sum::<u64>());
}

const TARGET: (&str, FamilyKind, u64) = ("target_info", FamilyKind::Info, 1);

#[test]
fn metrics_of_one_name_are_one_family() {
    let all = batch([
        gauge("a.b", [point(&[("k", "1")])]).with_description("First."),
        gauge("c", [point(&[])]),
        gauge("a_b", [point(&[("k", "1")]), point(&[("k", "2")])]).with_description("Second."),
        Metric::new("a/b", Sum::counter([point(&[])])),
        gauge("a/b_total", [point(&[])]),
        gauge("empty", []),
    ]);
    let families = of(&all, Translation::default());
    let (counter, gauge) = (FamilyKind::Counter, FamilyKind::Gauge);
    let expected = [TARGET, ("a_b", gauge, 2), ("c", gauge, 1), ("a_b_total", counter, 1)];
    let lost = [(Loss::DuplicateSeries, 1), (Loss::HelpConflict, 1), (Loss::TypeConflict, 1)];
    check(&families, &expected, &lost);
    let family = families.iter().nth(1).unwrap();
    assert_eq!(family.help(), "First.");
    assert_eq!(family.parts()[1].repeated(), [0]);
}

#[test]
fn families_can_be_chosen() {
    let all = batch([gauge("a", [point(&[])]), gauge("b", [point(&[])])]);
    let mut families = of(&all, Translation::default());
    families.retain(|family| family.name() == "b");
    check(&families, &[("b", FamilyKind::Gauge, 1)], &[]);
    families.retain(|_| false);
    assert!(families.is_empty());
}

#[test]
fn targets_are_shown_as_asked() {
    let shown = |target| {
        let families = of(&batch([]), Translation::default().with_target(target));
        families.iter().map(|family| family.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown(Target::Info), ["target_info"]);
    // Neither job nor instance is known.
    assert_eq!(shown(Target::JobAndInstance), [""; 0]);
    assert_eq!(shown(Target::Hidden), [""; 0]);
    assert!(of(&batch([]), Translation::verbatim()).is_empty());
    assert!(of(&MetricBatch::default(), Translation::default()).is_empty());
}

#[test]
fn what_is_remembered_of_series_depends_on_the_rules() {
    let all = batch([gauge("m", [point(&[("a.b", "1")]), point(&[("a_b", "1")])])]);
    for _ in 0..2 {
        let translated = of(&all, Translation::default());
        let lost = [(Loss::DuplicateSeries, 1)];
        check(&translated, &[TARGET, ("m", FamilyKind::Gauge, 1)], &lost);
        let strategy = Strategy::NoTranslation;
        let utf8 = Arc::new(Translation::default().with_strategy(strategy));
        let utf8 = Families::of(&all, &utf8, Escaping::AllowUtf8);
        check(&utf8, &[TARGET, ("m", FamilyKind::Gauge, 2)], &[]);
    }
}

#[test]
fn a_series_that_came_later_is_compared_with_the_others() {
    let metric = gauge("m", [point(&[("a.b", "1")])]);
    let first = batch([metric.clone()]);
    check(&of(&first, Translation::default()), &[TARGET, ("m", FamilyKind::Gauge, 1)], &[]);
    // The chunk of the first is there again, another one beside it.
    let second = batch([metric, gauge("m", [point(&[("a/b", "1")]), point(&[])])]);
    let lost = [(Loss::DuplicateSeries, 1)];
    check(&of(&second, Translation::default()), &[TARGET, ("m", FamilyKind::Gauge, 2)], &lost);
}

#[test]
fn an_ended_series_that_is_repeated_counts_once() {
    let ended = point(&[]).with_flags(Flags::NO_RECORDED_VALUE);
    let all = batch([gauge("m", [point(&[]), ended])]);
    let families = of(&all, Translation::default());
    let lost = [(Loss::DuplicateSeries, 1)];
    check(&families, &[TARGET, ("m", FamilyKind::Gauge, 1)], &lost);
}
