use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Where something is wrong on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "pages are texts or messages")]
pub enum Position {
    /// A byte of messages, counted from 0.
    Byte(usize),
    /// A place in a text.
    Line {
        /// The line, counted from 1.
        line: usize,
        /// The byte of the line, counted from 1.
        column: usize,
    },
}

/// Why a page cannot be read: what is wrong, and where.
///
/// The text has nothing of the page itself but names, as a page may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    position: Position,
    problem: Cow<'static, str>,
}

impl ParseError {
    pub(crate) fn new(position: Position, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { position, problem: problem.into() }
    }

    /// In the text `page`, at this byte.
    pub(crate) fn in_text(page: &[u8], at: usize, problem: impl Into<Cow<'static, str>>) -> Self {
        let before = &page[..at.min(page.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |feed| feed + 1);
        Self::new(Position::Line { line, column: before.len() - start + 1 }, problem)
    }

    /// Where.
    pub fn position(&self) -> Position {
        self.position
    }

    /// What is wrong.
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(at) => write!(f, "byte {at}"),
            Self::Line { line, column } => write!(f, "line {line}, column {column}"),
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.problem)
    }
}

impl Error for ParseError {}
