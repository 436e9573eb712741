use super::*;

fn package(folder: &str, dependencies: &[(&str, DependencyKind, &str)]) -> Package {
    let dependency = |(name, kind, requirement): &(&str, DependencyKind, &str)| Dependency {
        name: (*name).into(),
        kind: *kind,
        requirement: (*requirement).into(),
    };
    Package {
        name: format!("meterport-{folder}"),
        folder: folder.into(),
        dependencies: dependencies.iter().map(dependency).collect(),
        ..Package::default()
    }
}

#[track_caller]
fn check_edge(folder: &str, dependency: (&str, DependencyKind, &str), expected: Option<&str>) {
    let packages = vec![package(folder, &[dependency])];
    let found = check(&Tree::of(&[]), &Workspace { packages, ..Workspace::default() });
    match expected {
        None => assert!(found.is_empty(), "{found:?}"),
        Some(text) => {
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].what.contains(text), "{found:?}");
        }
    }
}

use DependencyKind::{Build, Dev, Normal};

#[test]
fn edges_go_down_as_the_table_says() {
    let not_in_table = Some("not in the layer table");
    check_edge("crates/net", ("meterport-core", Normal, "^0.1"), None);
    check_edge("crates/net", ("meterport-otlp", Normal, "^0.1"), not_in_table);
    check_edge("crates/core", ("meterport-net", Build, "^0.1"), not_in_table);
    check_edge("crates/otlp-http", ("meterport-stdout", Normal, "^0.1"), not_in_table);
    check_edge("crates/prom-server", ("meterport-prom-pull", Normal, "^0.1"), None);
    check_edge("crates/prom-pull", ("meterport-prom-server", Normal, "^0.1"), not_in_table);
    check_edge("crates/meterport", ("meterport-config", Normal, "^0.1"), None);
    check_edge("crates/config", ("meterport", Normal, "^0.1"), not_in_table);
    check_edge("crates/unplanned", ("bytes", Normal, "^1"), not_in_table);
    check_edge("xtask", ("meterport-net", Normal, "^0.1"), None);
}

#[test]
fn the_edges_of_tests_are_free_but_for_core() {
    check_edge("crates/otlp", ("meterport-otlp-http", Dev, "^0.1"), None);
    check_edge("crates/core", ("meterport-otlp", Dev, "^0.1"), Some("core's tests"));
    check_edge("crates/core", ("meterport-testkit", Dev, "*"), None);
}

#[test]
fn testkit_is_a_dev_dependency_by_path() {
    check_edge("crates/net", ("meterport-testkit", Dev, "*"), None);
    check_edge("crates/net", ("meterport-testkit", Dev, "^0.1"), Some("without version"));
    check_edge("crates/net", ("meterport-testkit", Normal, "*"), Some("dev-dependency only"));
    check_edge("crates/meterport", ("meterport-testkit", Normal, "*"), Some("dev-dependency"));
    check_edge("xtask", ("meterport-testkit", Normal, "*"), None);
    check_edge("xtask", ("meterport-testkit", Normal, "^0.1"), Some("without version"));
    check_edge("crates/testkit", ("meterport-core", Normal, "^0.1"), None);
    check_edge("crates/testkit", ("meterport-otlp", Normal, "^0.1"), Some("not in the layer"));
}

#[test]
fn crates_without_io_use_no_runtime() {
    check_edge("crates/otlp", ("tokio", Normal, "^1"), Some("must not use tokio"));
    check_edge("crates/otlp", ("tokio", Dev, "^1"), None);
    check_edge("crates/worker", ("tokio", Normal, "^1"), None);
    check_edge("crates/core", ("serde", Normal, "^1"), Some("must not use serde"));
    check_edge("crates/core", ("bytes", Normal, "^1"), None);
}

#[test]
fn the_sources_of_core_do_not_see_testkit() {
    let line = "use meterport_testkit::model;\n";
    let tree = Tree::of(&[("crates/core/src/a.rs", line), ("crates/core/tests/a.rs", line)]);
    let found = check(&tree, &Workspace::default());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].path, "crates/core/src/a.rs");
}

#[test]
fn the_table_itself_goes_down() {
    assert_eq!(faults_of_table(TABLE), []);
    let upwards = [row(0, "a", &["b"]), row(1, "b", &["a"])];
    assert_eq!(faults_of_table(&upwards).len(), 1);
    let unknown = [row(1, "a", &["c"])];
    assert_eq!(faults_of_table(&unknown).len(), 1);
}

#[test]
fn a_finding_names_the_line_of_the_dependency() {
    let manifest =
        "[dependencies]\nmeterport-core-extra = \"1\"\nmeterport-core.workspace = true\n";
    assert_eq!(line_of(manifest, "meterport-core"), 3);
}
