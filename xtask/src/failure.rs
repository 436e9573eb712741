use std::fmt;
use std::process::ExitCode;

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was done and the answer is no, or it could not be done.
    Failed(String),
    /// A tool that is needed from outside cannot be had here; `--allow-missing` forgives it.
    Missing(String),
    /// The arguments make no sense.
    Usage(String),
}

/// What every step of this crate answers.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// [`Failed`](Self::Failed) of an error and what was being done.
    pub(crate) fn while_doing(what: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::Failed(format!("{what}: {error}"))
    }

    /// The process's exit code: 2 for wrong arguments, else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed(_) | Self::Missing(_) => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
        }
    }

    /// As [`Missing`](Self::Missing), whatever it was.
    pub(crate) fn into_missing(self) -> Self {
        match self {
            Self::Failed(text) | Self::Missing(text) | Self::Usage(text) => Self::Missing(text),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(text) | Self::Missing(text) | Self::Usage(text) => f.write_str(text),
        }
    }
}
