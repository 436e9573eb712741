use std::fmt;
use std::sync::Arc;

use meterport_core::{BucketsError, InstrumentKind};

use crate::measure::NumberKind;

/// Why there is no such instrument.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum InstrumentError {
    /// The bounds of a histogram do not ascend, or one is NaN.
    Bounds {
        /// The instrument.
        name: Arc<str>,
        /// What is wrong.
        error: BucketsError,
    },
    /// The scope has an instrument of this name that is of another kind, unit or type.
    Conflict {
        /// The instrument that is there.
        name: Arc<str>,
        /// Its kind.
        kind: InstrumentKind,
        /// Its type of number.
        number: NumberKind,
        /// Its unit.
        unit: Arc<str>,
    },
    /// The name is not one by the specification: a letter, then letters, digits, `_`, `.`, `-`
    /// and `/`, 255 characters at most.
    Name {
        /// The name.
        name: Arc<str>,
    },
    /// The unit is not one by the specification: 63 ASCII characters at most.
    Unit {
        /// The instrument.
        name: Arc<str>,
        /// The unit.
        unit: Arc<str>,
    },
}

impl fmt::Display for InstrumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bounds { name, error } => write!(f, "histogram {name:?}: {error}"),
            Self::Conflict { name, kind, number, unit } => {
                write!(f, "{name:?} is already a {kind:?} of {number} with unit {unit:?}")
            }
            Self::Name { name } => write!(
                f,
                "{name:?} is not an instrument's name: a letter, then letters, digits, '_', '.', \
                 '-', '/', at most 255 characters"
            ),
            Self::Unit { name, unit } => {
                write!(f, "unit {unit:?} of {name:?}: at most 63 ASCII characters")
            }
        }
    }
}

impl std::error::Error for InstrumentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bounds { error, .. } => Some(error),
            _ => None,
        }
    }
}
