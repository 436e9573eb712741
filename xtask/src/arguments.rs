use crate::failure::{Failure, Result};

/// The arguments after a command's name, taken one kind after the other; what is left at the
/// end is an error.
#[derive(Debug)]
pub(crate) struct Arguments {
    rest: Vec<String>,
    usage: &'static str,
}

impl Arguments {
    /// The arguments of a command; `None` where help was asked for and has been printed.
    pub(crate) fn new(rest: Vec<String>, usage: &'static str) -> Option<Self> {
        if rest.iter().any(|argument| argument == "-h" || argument == "--help") {
            print!("{usage}");
            return None;
        }
        Some(Self { rest, usage })
    }

    /// Whether the switch was given; any number of times is as good as once.
    pub(crate) fn switch(&mut self, name: &str) -> bool {
        let before = self.rest.len();
        self.rest.retain(|argument| argument != name);
        self.rest.len() < before
    }

    /// The value that follows an option (`--name VALUE` or `--name=VALUE`).
    pub(crate) fn option(&mut self, name: &str) -> Result<Option<String>> {
        for at in 0..self.rest.len() {
            if self.rest[at] == name {
                if at + 1 == self.rest.len() {
                    return Err(self.wrong(format!("{name} needs a value")));
                }
                self.rest.remove(at);
                return Ok(Some(self.rest.remove(at)));
            }
            if let Some(value) =
                self.rest[at].strip_prefix(name).and_then(|tail| tail.strip_prefix('='))
            {
                let value = value.to_owned();
                self.rest.remove(at);
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// The next argument that is not an option.
    pub(crate) fn positional(&mut self) -> Option<String> {
        let at = self.rest.iter().position(|argument| !argument.starts_with('-'))?;
        Some(self.rest.remove(at))
    }

    /// Ends the reading: an argument nobody took is an error.
    pub(crate) fn end(self) -> Result<()> {
        match self.rest.first() {
            None => Ok(()),
            Some(argument) => Err(self.wrong(format!("what is {argument:?}?"))),
        }
    }

    /// A usage error with the command's usage text below it.
    pub(crate) fn wrong(&self, what: String) -> Failure {
        Failure::Usage(format!("{what}\n\n{}", self.usage))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Arguments {
        Arguments::new(text.split_whitespace().map(str::to_owned).collect(), "usage").unwrap()
    }

    #[test]
    fn every_kind_is_taken_and_the_rest_is_an_error() {
        let mut all = arguments("--quick -k docs otelcol --for=5s --what");
        assert!(all.switch("--quick"));
        assert!(!all.switch("--quick"));
        assert_eq!(all.option("-k").unwrap().as_deref(), Some("docs"));
        assert_eq!(all.option("--for").unwrap().as_deref(), Some("5s"));
        assert_eq!(all.positional().as_deref(), Some("otelcol"));
        assert_eq!(all.positional(), None);
        assert!(matches!(all.end(), Err(Failure::Usage(text)) if text.contains("--what")));
    }

    #[test]
    fn an_option_without_its_value_is_an_error() {
        assert!(arguments("-k").option("-k").is_err());
    }
}
