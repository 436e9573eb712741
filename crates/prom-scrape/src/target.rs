//! What is said of every series of a target.

use std::borrow::Cow;
use std::sync::Arc;

use meterport_core::ValueRef;

use crate::page::Label;

/// How the name of a label begins that gave way to one of the target's.
const EXPORTED: &str = "exported_";

/// Labels that every series gets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels {
    /// In the order of their names, each once, none empty.
    all: Vec<(Arc<str>, Arc<str>)>,
    /// Whether a series keeps its own label of such a name.
    honor: bool,
}

impl Labels {
    pub(crate) fn new(mut all: Vec<(Arc<str>, Arc<str>)>, honor: bool) -> Self {
        // Of two with one name the later counts.
        all.reverse();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.dedup_by(|later, first| later.0 == first.0);
        all.retain(|label| !label.1.is_empty());
        Self { all, honor }
    }

    /// Renames the labels of a series that have the name of a target's label, as Prometheus does
    /// without `honor_labels`.
    pub(crate) fn rename(&self, labels: &mut [Label<'_>]) {
        if self.honor {
            return;
        }
        for (name, _) in &self.all {
            let Ok(at) = labels.binary_search_by(|label| (*label.0).cmp(name)) else { continue };
            let mut new = format!("{EXPORTED}{name}");
            let is_taken = |new: &str, labels: &[Label<'_>]| {
                labels.iter().any(|label| label.0 == new)
                    || self.all.iter().any(|label| *label.0 == *new)
            };
            while is_taken(&new, labels) {
                new.insert_str(0, EXPORTED);
            }
            labels[at].0 = Cow::Owned(new);
            labels.sort_by(|a, b| a.0.cmp(&b.0));
        }
    }

    /// The labels of a series and these, in the order of their names.
    pub(crate) fn join<'l>(
        &'l self,
        labels: &'l [Label<'_>],
    ) -> impl Iterator<Item = (&'l str, ValueRef<'l>)> {
        let mut own = labels.iter().map(|label| (&*label.0, &*label.1)).peekable();
        let mut all = self.all.iter().map(|label| (&*label.0, &*label.1)).peekable();
        std::iter::from_fn(move || {
            let (name, value) = match (own.peek(), all.peek()) {
                (Some(a), Some(b)) if b.0 < a.0 => all.next()?,
                (Some(a), Some(b)) if b.0 == a.0 => {
                    all.next();
                    own.next()?
                }
                (Some(_), _) => own.next()?,
                (None, _) => all.next()?,
            };
            Some((name, ValueRef::String(value)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(honor: bool, own: &[(&'static str, &'static str)], expected: &[(&str, &str)]) {
        let pair = |(name, value): (&str, &str)| (name.into(), value.into());
        let all = [("zone", ""), ("job", "old"), ("instance", "i"), ("job", "j")];
        let labels = Labels::new(all.map(pair).into(), honor);
        let mut own: Vec<Label<'_>> =
            own.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        labels.rename(&mut own);
        let joined: Vec<_> = labels.join(&own).collect();
        let expected: Vec<_> =
            expected.iter().map(|&(name, value)| (name, ValueRef::String(value))).collect();
        assert_eq!(joined, expected);
    }

    #[test]
    fn labels_of_the_target_are_joined_in_order() {
        check(false, &[], &[("instance", "i"), ("job", "j")]);
        check(
            false,
            &[("a", "1"), ("z", "2")],
            &[("a", "1"), ("instance", "i"), ("job", "j"), ("z", "2")],
        );
        let exported = [("exported_job", "own"), ("instance", "i"), ("job", "j")];
        check(false, &[("job", "own")], &exported);
        let twice = [
            ("exported_exported_job", "own"),
            ("exported_job", "other"),
            ("instance", "i"),
            ("job", "j"),
        ];
        check(false, &[("exported_job", "other"), ("job", "own")], &twice);
        check(true, &[("job", "own")], &[("instance", "i"), ("job", "own")]);
    }
}
