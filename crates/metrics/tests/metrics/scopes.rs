use meterport_core::{AttributeSet, Scope};
use meterport_metrics::RecorderBuilder;
use meterport_registry::Registry;
use metrics::{Level, counter, gauge};

use super::support::run;

fn scopes(settings: impl FnOnce(RecorderBuilder) -> RecorderBuilder) -> Vec<(Scope, usize)> {
    let registry = Registry::new();
    let producer = registry.producer().build();
    let _recorder = run(&registry, settings, || {
        counter!(target: "db", "c").increment(1);
        counter!(target: "http", "c").increment(1);
        counter!(target: "http", level: Level::DEBUG, "c").increment(1);
        gauge!(target: "http", "g").set(1.0);
    });
    let batch = producer.collect();
    let scopes = &batch.resources()[0].scopes;
    scopes.iter().map(|scope| (scope.scope.clone(), scope.metrics.len())).collect()
}

#[test]
fn target_and_level_are_the_scope() {
    let debug =
        Scope { attributes: AttributeSet::from([("level", "debug")]), ..Scope::new("http") };
    assert_eq!(scopes(|b| b), [(Scope::new("db"), 1), (Scope::new("http"), 2), (debug, 1)]);
}

#[test]
fn one_scope_can_serve_all() {
    let own = Scope::new("own").with_version("1");
    assert_eq!(scopes(|b| b.scope(own.clone())), [(own.clone(), 2)]);
}

#[test]
fn a_name_of_two_kinds_is_two_metrics() {
    let registry = Registry::new();
    let producer = registry.producer().build();
    let _recorder = run(
        &registry,
        |b| b,
        || {
            counter!("both").increment(1);
            gauge!("both").set(1.0);
        },
    );
    assert_eq!(producer.collect().metrics().count(), 2);
    assert_eq!(registry.stats().conflicts, 1);
}
