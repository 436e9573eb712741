use std::fmt;

/// Where two values of one type differ first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The fields and indices that lead there: `metrics[3].data.data_points[0].value`.
    path: String,
    expected: String,
    received: String,
}

/// Compares two values by their `Debug` form, which has every field: NaN equals itself there, and
/// a negative zero differs from zero.
pub(crate) fn first<T: fmt::Debug>(expected: &T, received: &T) -> Option<Difference> {
    let (expected, received) = (format!("{expected:#?}"), format!("{received:#?}"));
    let mut received = received.lines();
    let mut path = Path::default();
    for line in expected.lines() {
        path.enter(line);
        let other = received.next();
        if other != Some(line) {
            let text = |line: &str| line.trim().to_owned();
            return Some(Difference {
                path: path.to_string(),
                expected: text(line),
                received: text(other.unwrap_or_default()),
            });
        }
    }
    None
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, expected, received } = self;
        write!(f, "at {path}: expected `{expected}`, received `{received}`")
    }
}

/// The way to a line of a pretty `Debug` form: what stands around it, by indentation.
#[derive(Debug, Default)]
struct Path(Vec<Step>);

#[derive(Debug)]
struct Step {
    label: String,
    /// What the line opens: `{`, `[`, `(`, or nothing.
    opens: char,
    /// Lines met so far directly below.
    below: usize,
}

impl Path {
    fn enter(&mut self, line: &str) {
        const INDENT: usize = 4;
        let text = line.trim_start();
        let depth = (line.len() - text.len()) / INDENT;
        if text.starts_with(['}', ']', ')']) {
            // Still at what it closes: something may be missing there.
            self.0.truncate(depth + 1);
            return;
        }
        self.0.truncate(depth);
        let label = match self.0.last_mut() {
            Some(Step { opens: '{', .. }) => match text.split_once(": ") {
                Some((field, _)) => format!(".{field}"),
                None => String::new(),
            },
            Some(Step { opens: '[', below, .. }) => {
                *below += 1;
                format!("[{}]", *below - 1)
            }
            // What a variant or a `Some` holds has no name of its own.
            _ => String::new(),
        };
        self.0.push(Step { label, opens: text.chars().next_back().unwrap_or(' '), below: 0 });
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path: String = self.0.iter().map(|step| step.label.as_str()).collect();
        f.write_str(path.trim_start_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Outer {
        name: &'static str,
        rows: Vec<Option<Row>>,
    }

    #[derive(Clone, Debug, PartialEq)]
    struct Row {
        values: Vec<f64>,
    }

    fn sample() -> Outer {
        let row = |values: &[f64]| Some(Row { values: values.to_vec() });
        Outer { name: "a: {", rows: vec![row(&[]), None, row(&[1.0, f64::NAN, 0.0])] }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Outer), expected: Option<(&str, &str, &str)>) {
        let mut changed = sample();
        change(&mut changed);
        let found = first(&sample(), &changed);
        let found = found.as_ref().map(|d| (&*d.path, &*d.expected, &*d.received));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_first_difference_has_its_path() {
        check(|_| {}, None);
        check(|outer| outer.name = "b", Some(("name", "name: \"a: {\",", "name: \"b\",")));
        check(
            |outer| outer.rows[2] = Some(Row { values: vec![1.0, 2.0] }),
            Some(("rows[2].values[1]", "NaN,", "2.0,")),
        );
        check(
            |outer| outer.rows[2] = Some(Row { values: vec![1.0, f64::NAN, -0.0] }),
            Some(("rows[2].values[2]", "0.0,", "-0.0,")),
        );
        check(|outer| outer.rows.truncate(2), Some(("rows[2]", "Some(", "],")));
        check(|outer| outer.rows.push(None), Some(("rows", "],", "None,")));
    }
}
