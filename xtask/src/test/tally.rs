/// The sum of what `cargo test` reports, read from its output.
#[derive(Debug, Default)]
pub(super) struct Tally {
    passed: u64,
    ignored: u64,
    seconds: f64,
}

impl Tally {
    /// Takes a line of output; only those of results count.
    pub(super) fn read(&mut self, line: &str) {
        let Some(results) = line.strip_prefix("test result: ok. ") else { return };
        for part in results.split(';').map(str::trim) {
            let (first, rest) = part.split_once(' ').unwrap_or((part, ""));
            match rest {
                "passed" => self.passed += first.parse().unwrap_or(0),
                "ignored" => self.ignored += first.parse().unwrap_or(0),
                _ => {
                    let time = part.strip_prefix("finished in ").and_then(|t| t.strip_suffix('s'));
                    self.seconds += time.and_then(|time| time.parse().ok()).unwrap_or(0.0);
                }
            }
        }
    }

    /// The sum in the form that `cargo test` uses; `None` where no test ran.
    pub(super) fn line(&self) -> Option<String> {
        let Self { passed, ignored, seconds } = self;
        (passed + ignored > 0).then(|| {
            format!(
                "test result: ok. {passed} passed; 0 failed; {ignored} ignored; \
                 0 measured; 0 filtered out; finished in {seconds:.2}s"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_summed() {
        let mut tally = Tally::default();
        assert_eq!(tally.line(), None);
        let line = |passed| {
            format!(
                "test result: ok. {passed} passed; 0 failed; 1 ignored; 0 measured; \
                 0 filtered out; finished in 0.25s"
            )
        };
        for text in [line(2).as_str(), "test a ... ok", "", line(40).as_str()] {
            tally.read(text);
        }
        let sum = "test result: ok. 42 passed; 0 failed; 2 ignored; 0 measured; \
                   0 filtered out; finished in 0.50s";
        assert_eq!(tally.line().as_deref(), Some(sum));
    }
}
