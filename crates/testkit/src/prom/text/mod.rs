//! A strict parser of Prometheus' text formats and OpenMetrics.
//!
//! It is written from the specifications alone and refuses what Prometheus, `promtool` or the
//! Python parser refuse: interleaved families, repeated metadata or series, illegal or unquoted
//! names, buckets that do not ascend, a missing `# EOF`.

mod check;
mod cursor;
mod line;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use self::cursor::Cursor;

/// Which of the formats a page is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the formats there are")]
pub enum Dialect {
    /// OpenMetrics 1.0.
    OpenMetrics1,
    /// OpenMetrics 2.0.
    OpenMetrics2,
    /// Prometheus' text 0.0.4.
    Text,
}

/// A family as it stands on the page.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "what tests read")]
pub struct Family {
    /// The name in its metadata.
    pub name: String,
    /// The word behind TYPE; empty where there is no such line.
    pub kind: String,
    /// The help, unescaped.
    pub help: Option<String>,
    /// The unit.
    pub unit: Option<String>,
    /// The samples in order.
    pub samples: Vec<Sample>,
}

/// A sample line.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "what tests read")]
pub struct Sample {
    /// The name, with its suffix.
    pub name: String,
    /// The labels in order, unescaped.
    pub labels: Vec<(String, String)>,
    /// The value, or NaN where there is a composite one.
    pub value: f64,
    /// The value as it is written: a number, or OpenMetrics 2.0's composite.
    pub written: String,
    /// The timestamp, as it is written.
    pub timestamp: Option<String>,
    /// The start timestamp of OpenMetrics 2.0, as it is written.
    pub start: Option<String>,
    /// The exemplars.
    pub exemplars: Vec<Exemplar>,
}

impl Sample {
    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|label| label.0 == name).map(|label| label.1.as_str())
    }
}

/// An exemplar behind a sample.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "what tests read")]
pub struct Exemplar {
    /// The labels in order, unescaped.
    pub labels: Vec<(String, String)>,
    /// The value.
    pub value: f64,
    /// The timestamp, as it is written.
    pub timestamp: Option<String>,
}

/// Reads a page.
///
/// # Errors
/// The first thing that is wrong, with its line.
///
/// ```
/// use meterport_testkit::prom::text::{Dialect, parse};
///
/// let families = parse("# TYPE foo gauge\nfoo{a=\"b\"} 1\n", Dialect::Text).unwrap();
/// assert_eq!(families[0].samples[0].label("a"), Some("b"));
/// assert!(parse("foo 1", Dialect::Text).is_err());
/// ```
pub fn parse(page: &str, dialect: Dialect) -> Result<Vec<Family>, String> {
    let mut parser = Parser { dialect, families: Vec::new(), names: HashSet::new() };
    let body = match dialect {
        Dialect::Text => page,
        _ => page.strip_suffix("# EOF\n").ok_or("no \"# EOF\" at the end")?,
    };
    if !body.is_empty() && !body.ends_with('\n') {
        return Err("the last line has no line feed".into());
    }
    for (at, line) in body.split_terminator('\n').enumerate() {
        parser.line(line).map_err(|what| format!("line {}: {what}: {line}", at + 1))?;
    }
    for family in &parser.families {
        check::family(family, dialect).map_err(|what| format!("family {}: {what}", family.name))?;
    }
    check::clashes(&parser.families, dialect)?;
    Ok(parser.families)
}

struct Parser {
    dialect: Dialect,
    families: Vec<Family>,
    names: HashSet<String>,
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if let Some(metadata) = line.strip_prefix("# ") {
            return self.metadata(metadata);
        }
        if line.is_empty() || line.starts_with('#') {
            return Err("neither a sample nor metadata".into());
        }
        let sample = line::sample(line, self.dialect)?;
        let belongs = |family: &Family| check::belongs(&sample.name, family, self.dialect);
        if !self.families.last().is_some_and(belongs) {
            let name = sample.name.clone();
            self.open(name)?;
        }
        let family = self.families.last_mut().ok_or("no family")?;
        family.samples.push(sample);
        Ok(())
    }

    fn metadata(&mut self, text: &str) -> Result<(), String> {
        let (word, rest) = text.split_once(' ').ok_or("metadata without a name")?;
        let mut cursor = Cursor::new(rest);
        let name = line::name(&mut cursor, true)?;
        cursor.expect(" ")?;
        let content = cursor.rest();
        if self.families.last().is_none_or(|family| family.name != name) {
            self.open(name)?;
        }
        let dialect = self.dialect;
        let family = self.families.last_mut().ok_or("no family")?;
        if !family.samples.is_empty() {
            return Err("metadata behind samples".into());
        }
        match word {
            "TYPE" if family.kind.is_empty() => {
                check::kind(content, dialect)?;
                content.clone_into(&mut family.kind);
            }
            "HELP" if family.help.is_none() => family.help = Some(line::help(content, dialect)?),
            "UNIT" if family.unit.is_none() && dialect != Dialect::Text => {
                family.unit = Some(content.to_owned());
            }
            _ => return Err("unknown or repeated metadata".into()),
        }
        Ok(())
    }

    fn open(&mut self, name: String) -> Result<(), String> {
        if !self.names.insert(name.clone()) {
            return Err(format!("family {name} is interleaved or repeated"));
        }
        self.families.push(Family { name, ..Family::default() });
        Ok(())
    }
}
