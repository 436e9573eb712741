use crate::PREFIX;

/// Variables without their prefix.
pub(crate) type Set<'a> = Vec<(&'a str, &'a str)>;

/// A variable in both its names, or in the one it has.
pub(crate) struct Variable<'a> {
    pub(crate) generic: Option<&'a str>,
    pub(crate) metrics: &'a str,
    /// What is observed if nothing is set.
    pub(crate) default: &'a str,
    /// Values, and what is observed with them. At least two different ones.
    pub(crate) good: &'a [(&'a str, &'a str)],
    /// Values that are refused, and what the error says behind the variable's name.
    pub(crate) bad: &'a [(&'a str, &'a str)],
}

impl Variable<'_> {
    /// `observe` makes an exporter of the variables and says what it does.
    pub(crate) fn check(&self, observe: impl Fn(&Set<'_>) -> Result<String, String>) {
        let Self { metrics, default, good, bad, .. } = *self;
        let expect = |variables: Set<'_>, expected: &str| {
            assert_eq!(observe(&variables).as_deref(), Ok(expected), "{variables:?}");
        };
        let refuse = |variables: Set<'_>, name: &str, problem: &str| {
            let error = observe(&variables).unwrap_err();
            let start = format!("{PREFIX}{name}: {problem}");
            assert!(error.starts_with(&start), "{variables:?}: {error:?}, not {start:?}");
        };
        expect(vec![], default);
        expect(vec![(metrics, "")], default);
        expect(vec![(metrics, " ")], default);
        for (value, expected) in good {
            expect(vec![(metrics, value)], expected);
            expect(vec![(metrics, &format!(" {value} "))], expected);
        }
        for (value, problem) in bad {
            refuse(vec![(metrics, value)], metrics, problem);
        }
        let Some(generic) = self.generic else { return };
        expect(vec![(generic, "")], default);
        let (value, expected) = good[0];
        let (other, _) = good[1];
        expect(vec![(generic, other), (metrics, value)], expected);
        expect(vec![(generic, value), (metrics, "")], expected);
        for (value, problem) in bad {
            refuse(vec![(generic, value)], generic, problem);
            refuse(vec![(generic, good[0].0), (metrics, value)], metrics, problem);
            // What does not count is not read.
            expect(vec![(generic, value), (metrics, good[0].0)], good[0].1);
        }
    }
}
