//! Code that must not stay: unfinished parts, tests that do not run, tests that wait.

use super::Finding;
use super::code::Code;
use super::tree::{SourceFile, Tree};
use crate::workspace::Workspace;

const UNFINISHED: &[&str] = &["dbg", "todo", "unimplemented"];
const SLEEPS: &[&str] = &["sleep", "sleep_until"];

/// Test code that is not below a `#[cfg(test)]` or a folder `tests`.
const SUITE: &str = "crates/testkit/src/conformance";

pub(super) fn check(tree: &Tree, _: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, code) in tree.rust().filter(|(file, _)| !file.is_generated()) {
        findings.extend(unfinished(file, code));
        findings.extend(ignored(file, code));
        findings.extend(sleeping(file, code));
    }
    findings
}

fn unfinished(file: &SourceFile, code: &Code) -> Vec<Finding> {
    let finding = |word: &'static str| {
        code.words(word)
            .filter(move |at| code.after(at + word.len()).starts_with('!'))
            .map(move |at| Finding::new(&file.path, code.line(at) + 1, format!("{word}!")))
    };
    UNFINISHED.iter().copied().flat_map(finding).collect()
}

fn ignored(file: &SourceFile, code: &Code) -> Vec<Finding> {
    let attributes = code
        .words("ignore")
        .filter(|&at| code.before(at).ends_with("#["))
        .map(|at| Finding::new(&file.path, code.line(at) + 1, "an ignored test is no test"));
    let is_ignored_example = |line: &str| {
        let line = line.trim_start();
        let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
        doc.is_some_and(|doc| doc.trim_start().starts_with("```ignore"))
    };
    let examples = (file.text.lines().enumerate())
        .filter(|(_, line)| is_ignored_example(line))
        .map(|(line, _)| Finding::new(&file.path, line + 1, "an ignored example is no example"));
    attributes.chain(examples).collect()
}

fn sleeping(file: &SourceFile, code: &Code) -> Vec<Finding> {
    let all_test = file.is_test() || file.path.starts_with(SUITE);
    let finding = |word: &'static str| {
        code.words(word)
            .filter(move |&at| all_test || code.is_test(at))
            .filter(move |&at| code.after(at + word.len()).starts_with('('))
            .filter(move |&at| is_call_of_the_wall_clock(code, at))
            .map(move |at| code.line(at))
            .filter(|&line| !file.allows("sleeps", line))
            .map(|line| {
                let what = "a test sleeps; pause the time, pass a clock or wait for the event \
                            (or give the reason: `// tidy: sleeps <reason>`)";
                Finding::new(&file.path, line + 1, what)
            })
    };
    SLEEPS.iter().copied().flat_map(finding).collect()
}

/// Whether the word at the position is neither a method nor a definition, and sleeps in real
/// time: a thread always does, tokio unless the test has paused its clock.
fn is_call_of_the_wall_clock(code: &Code, at: usize) -> bool {
    let before = code.before(at);
    if before.ends_with('.') || before.ends_with("fn") {
        return false;
    }
    let of_a_thread = before.ends_with("thread::") || code.text.contains("use std::thread::sleep");
    of_a_thread || !has_paused_clock(code, at)
}

/// Whether the test around the position says `start_paused`; for what stands above all tests of
/// a file, whether one of them does.
fn has_paused_clock(code: &Code, at: usize) -> bool {
    const PAUSED: &str = "start_paused = true";
    let above = code.before(at);
    match above.rfind("#[tokio::test").max(above.rfind("#[test]")) {
        Some(test) => above[test..].split(']').next().is_some_and(|test| test.contains(PAUSED)),
        None => code.text.contains(PAUSED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_lines(path: &str, source: &str, expected: &[usize]) {
        let tree = Tree::of(&[(path, source)]);
        let mut lines: Vec<usize> =
            check(&tree, &Workspace::default()).into_iter().map(|finding| finding.line).collect();
        lines.sort_unstable();
        assert_eq!(lines, expected, "{path}:\n{source}");
    }

    #[test]
    fn what_is_unfinished_or_ignored_is_found() {
        check_lines("crates/a/src/a.rs", "todo!();\ndbg!(a);\nunimplemented! {}\n", &[1, 2, 3]);
        check_lines("crates/a/src/a.rs", "// todo!()\nlet a = \"dbg!\";\nlet todo = 1;\n", &[]);
        check_lines("crates/a/tests/a.rs", "#[ignore]\n# [ignore = \"slow\"]\nfn a() {}\n", &[1]);
        check_lines("crates/a/tests/a.rs", "#[ ignore = \"slow\"]\nlet ignore = 1;\n", &[1]);
        check_lines("crates/a/src/a.rs", "/// ```ignore\n/// ```\n//! ```text\n", &[1]);
    }

    #[test]
    fn only_tests_must_not_sleep() {
        let call = "thread::sleep(d);\n";
        check_lines("crates/a/src/a.rs", call, &[]);
        check_lines("crates/a/src/a/tests.rs", call, &[1]);
        check_lines("crates/a/tests/it/a.rs", call, &[1]);
        check_lines("crates/testkit/src/conformance/a.rs", call, &[1]);
        check_lines(
            "crates/a/src/a.rs",
            "a();\n#[cfg(test)]\nmod tests { sleep_until(t) }\n",
            &[3],
        );
        check_lines("crates/a/tests/a.rs", "fn sleep() {}\nclock.sleep();\nuse t::sleep;\n", &[]);
        check_lines(
            "crates/a/tests/a.rs",
            "// tidy: sleeps real time is the test\nsleep(d)\n",
            &[],
        );
        check_lines("crates/a/tests/a.rs", "sleep(d) // tidy: sleeps\n", &[1]);
    }

    #[test]
    fn a_test_with_a_paused_clock_may_sleep() {
        let paused = "fn a() { sleep(d) }\n#[tokio::test(start_paused = true)]\nsleep(d);\n";
        check_lines("crates/a/tests/a.rs", paused, &[]);
        check_lines("crates/a/tests/a.rs", &format!("{paused}#[test]\nsleep(d);\n"), &[5]);
        check_lines("crates/a/tests/a.rs", &format!("{paused}thread::sleep(d);\n"), &[4]);
        check_lines("crates/a/tests/a.rs", &format!("{paused}use std::thread::sleep;\n"), &[1, 3]);
    }
}
