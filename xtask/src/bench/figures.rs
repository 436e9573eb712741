use std::process::Command;

use crate::failure::{Failure, Result};
use crate::process;

/// A line of `name=value` pairs, as the measuring programs print them.
#[derive(Clone, Debug)]
pub(super) struct Figures(Vec<(String, String)>);

impl Figures {
    /// The lines that a program prints.
    pub(super) fn of(program: &mut Command) -> Result<Vec<Self>> {
        Ok(process::output(program)?.lines().filter_map(Self::parse).collect())
    }

    /// The pairs of a line; `None` where there is none.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let pair = |word: &str| {
            word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let pairs: Vec<_> = line.split_whitespace().filter_map(pair).collect();
        (!pairs.is_empty()).then_some(Self(pairs))
    }

    pub(super) fn text(&self, name: &str) -> Result<&str> {
        let found = self.0.iter().find(|pair| pair.0 == name);
        found.map(|pair| &*pair.1).ok_or_else(|| self.lacks(name))
    }

    pub(super) fn number(&self, name: &str) -> Result<f64> {
        self.text(name)?.parse().map_err(|_| self.lacks(name))
    }

    fn lacks(&self, name: &str) -> Failure {
        Failure::Failed(format!("a measuring program printed no number {name:?}: {:?}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_and_other_words_are_not() {
        let line = Figures::parse("way=first points=1000 and low=2.5e3").unwrap();
        assert_eq!(line.text("way").unwrap(), "first");
        assert_eq!(line.number("low").unwrap(), 2_500.0);
        assert!(line.number("way").is_err());
        assert!(line.text("and").is_err());
        assert!(Figures::parse("nothing here").is_none());
    }
}
