use meterport_core::{AttributeSet, Resource, Scope};

use super::*;
use crate::filter::AttributeFilter;
use crate::loss::Losses;
use crate::translation::{Target, Translation};

/// A resource, a scope with a schema, and the rules of their series.
#[derive(Default)]
struct Setting {
    resource: Resource,
    scope: Scope,
    translation: Translation,
    escaping: Escaping,
    reserved: Reserved,
}

/// The labels as `name=value`, and what was lost.
fn check(setting: &Setting, attributes: &[(&str, &str)], expected: &[&str], lost: &[(Loss, u64)]) {
    let Setting { resource, scope, translation, escaping, reserved } = setting;
    let mut losses = Losses::default();
    let schema = if scope.name.is_empty() { "" } else { "https://schema" };
    let context = Context::new(resource, scope, schema, translation, &mut losses);
    let rules = LabelRules {
        strategy: translation.strategy(),
        escaping: *escaping,
        reserved: *reserved,
        context: Arc::new(context),
    };
    let mut builder = LabelBuilder::new(&rules);
    let mut labels = Labels::default();
    let attributes: AttributeSet = attributes.iter().copied().collect();
    // Twice: what was remembered of the keys is as good as what was worked out.
    builder.build(&attributes, &mut labels, &mut |_| {});
    builder.build(&attributes, &mut labels, &mut |loss| losses.add(loss, 1));
    let found: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(found, expected);
    assert_eq!(labels.len(), expected.len());
    assert_eq!(losses.iter().collect::<Vec<_>>(), lost);
}

#[test]
fn attributes_become_labels() {
    let plain = Setting::default();
    check(&plain, &[], &[], &[]);
    check(&plain, &[("b", "1"), ("a", ""), ("A", "2")], &["A=2", "a=", "b=1"], &[]);
    check(&plain, &[("a.b", "1"), ("a/b", "2"), ("a_b", "3")], &["a_b=1;2;3"], &[]);
    check(&plain, &[("...", "1"), ("", "2")], &[], &[(Loss::InvalidLabelName, 2)]);
    check(&plain, &[("__name__", "1"), ("le", "2")], &["le=2"], &[(Loss::ReservedLabel, 1)]);
    let of_histogram = Setting { reserved: Reserved::Le, ..Setting::default() };
    let both = [("le", "1"), ("quantile", "2")];
    check(&of_histogram, &both, &["quantile=2"], &[(Loss::ReservedLabel, 1)]);
    let of_summary = Setting { reserved: Reserved::Quantile, ..Setting::default() };
    check(&of_summary, &both, &["le=1"], &[(Loss::ReservedLabel, 1)]);
}

#[test]
fn names_are_escaped_after_the_translation() {
    let attributes = [("a.b", "1"), ("a_b", "2"), ("ü", "3")];
    for (escaping, expected) in [
        (Escaping::AllowUtf8, ["a.b=1", "a_b=2", "ü=3"].as_slice()),
        (Escaping::Underscores, &["_=3", "a_b=1;2"]),
        (Escaping::Dots, &["__=3", "a__b=2", "a_dot_b=1"]),
        (Escaping::Values, &["U___fc_=3", "U__a_2e_b=1", "a_b=2"]),
    ] {
        let translation = Translation::default().with_strategy(Strategy::NoTranslation);
        let setting = Setting { translation, escaping, ..Setting::default() };
        check(&setting, &attributes, expected, &[]);
    }
}

#[test]
fn scopes_add_theirs() {
    let mut scope = Scope::new("lib").with_version("1");
    scope.attributes = [("team", "x"), ("name", "y"), ("schema_url", "z")].into_iter().collect();
    let named = Setting { scope: scope.clone(), ..Setting::default() };
    let own = [
        "otel_scope_name=lib",
        "otel_scope_schema_url=https://schema",
        "otel_scope_team=x",
        "otel_scope_version=1",
    ];
    check(&named, &[], &own, &[(Loss::ReservedLabel, 2)]);
    for translation in [Translation::default().with_scope_labels(false), Translation::verbatim()] {
        check(&Setting { scope: scope.clone(), translation, ..Setting::default() }, &[], &[], &[]);
    }
}

#[test]
fn resources_add_what_is_asked_for() {
    let attributes =
        [("service.name", "a"), ("service.namespace", "n"), ("host.name", "h"), ("job", "mine")];
    let resource = Resource::new(attributes);
    let filtered = Translation::default()
        .with_resource_labels(AttributeFilter::new(["host.*", "job"], [""; 0]));
    let setting =
        Setting { resource: resource.clone(), translation: filtered.clone(), ..Setting::default() };
    check(&setting, &[("host_name", "x")], &["host_name=h;x", "job=mine"], &[]);
    // `job` and `instance` are the resource's own, also where there is no instance.
    let setting = Setting {
        resource,
        translation: filtered.with_target(Target::JobAndInstance),
        ..Setting::default()
    };
    let clashing = [("job", "x"), ("instance", "y"), ("k", "v")];
    check(&setting, &clashing, &["host_name=h", "job=n/a", "k=v"], &[(Loss::ReservedLabel, 3)]);
}

#[test]
fn empty_labels_are_none() {
    let rules = LabelRules {
        strategy: Strategy::default(),
        escaping: Escaping::default(),
        reserved: Reserved::default(),
        context: Arc::default(),
    };
    let fingerprint = |attributes: &[(&str, &str)]| {
        let mut labels = Labels::default();
        let attributes: AttributeSet = attributes.iter().copied().collect();
        LabelBuilder::new(&rules).build(&attributes, &mut labels, &mut |_| {});
        labels.fingerprint()
    };
    assert_eq!(fingerprint(&[("a", "1"), ("b", "")]), fingerprint(&[("a", "1")]));
    assert_ne!(fingerprint(&[("a", "1"), ("b", "2")]), fingerprint(&[("a", "1")]));
    assert_ne!(fingerprint(&[("ab", "c")]), fingerprint(&[("a", "bc")]));
}
