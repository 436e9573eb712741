use std::fmt;
use std::str::FromStr;

use meterport_core::ConfigError;

use crate::{gzip, zstd};

/// How a body is compressed: codec and level.
///
/// Every variant exists whatever is compiled in; [`available`](Self::available) tells whether
/// this build can do it. Equal values lead to equal bytes, so it can be part of a memo key.
///
/// The default levels are low: once encoding is cheap, compression is the whole bill. On OTLP
/// payloads gzip 1 takes a fifth of the time of gzip 6 for 1.6 times its bytes; zstd 1 is both
/// smaller and faster than gzip 1.
///
/// ```
/// use meterport_compress::Compression;
///
/// assert_eq!("gzip".parse::<Compression>().unwrap(), Compression::GZIP);
/// assert_eq!(Compression::GZIP.content_encoding(), Some("gzip"));
/// assert_eq!(Compression::Identity.content_encoding(), None);
/// assert!(Compression::gzip(10).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// As it is.
    #[default]
    Identity,
    /// gzip (RFC 1952); Cargo feature `gzip`.
    Gzip {
        /// 1 (fast) to 9 (small).
        level: u8,
    },
    /// zstd (RFC 8878); Cargo feature `zstd`.
    Zstd {
        /// -7 (fast) to 22 (small), without 0.
        level: i8,
    },
}

impl Compression {
    /// gzip at the default level, 1.
    pub const GZIP: Self = Self::Gzip { level: 1 };

    /// zstd at the default level, 1.
    pub const ZSTD: Self = Self::Zstd { level: 1 };

    /// The names of configuration, each with its value at the default level: `none` and `gzip` as
    /// in `OTEL_EXPORTER_OTLP_COMPRESSION`, and `zstd`. Made for
    /// [`Variables::choice`](meterport_core::Variables::choice).
    pub const CHOICES: [(&'static str, Self); 3] =
        [("gzip", Self::GZIP), ("zstd", Self::ZSTD), ("none", Self::Identity)];

    /// gzip at a level from 1 to 9.
    ///
    /// # Errors
    /// The level is out of range.
    pub fn gzip(level: u8) -> Result<Self, ConfigError> {
        let compression = Self::Gzip { level };
        compression.check_level().map(|()| compression)
    }

    /// zstd at a level from -7 to 22, without 0.
    ///
    /// # Errors
    /// The level is out of range.
    pub fn zstd(level: i8) -> Result<Self, ConfigError> {
        let compression = Self::Zstd { level };
        compression.check_level().map(|()| compression)
    }

    /// The value of the HTTP header `Content-Encoding` for such a body; `None` where the header
    /// is left out.
    pub const fn content_encoding(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip { .. } => Some("gzip"),
            Self::Zstd { .. } => Some("zstd"),
        }
    }

    /// Whether this build can compress so. To be asked when an exporter is built, not when the
    /// first body is there.
    ///
    /// # Errors
    /// The codec is not compiled in: the text names the Cargo feature. Or the level is out of
    /// range.
    pub fn available(self) -> Result<(), ConfigError> {
        let (compiled, name) = match self {
            Self::Identity => (true, "none"),
            Self::Gzip { .. } => (gzip::COMPILED, "gzip"),
            Self::Zstd { .. } => (zstd::COMPILED, "zstd"),
        };
        if !compiled {
            return Err(refused(format!(
                "{name} is not compiled in: enable the Cargo feature `{name}`"
            )));
        }
        self.check_level()
    }

    fn check_level(self) -> Result<(), ConfigError> {
        match self {
            Self::Gzip { level } if !(1..=9).contains(&level) => {
                Err(refused(format!("gzip has no level {level}: 1 to 9")))
            }
            Self::Zstd { level } if level == 0 || !(-7..=22).contains(&level) => {
                Err(refused(format!("zstd has no level {level}: -7 to 22, without 0")))
            }
            _ => Ok(()),
        }
    }
}

fn refused(problem: String) -> ConfigError {
    ConfigError::new("compression", problem)
}

impl fmt::Display for Compression {
    /// The name of configuration, without the level.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.content_encoding().unwrap_or("none"))
    }
}

impl FromStr for Compression {
    type Err = ConfigError;

    /// `gzip`, `zstd` or `none`, in any case, at the default level.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let known = Self::CHOICES.iter().find(|choice| choice.0.eq_ignore_ascii_case(text));
        known.map(|choice| choice.1).ok_or_else(|| {
            let start: String = text.chars().take(32).collect();
            refused(format!("`{}` is none of gzip, zstd, none", start.escape_debug()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (name, compression) in Compression::CHOICES {
            assert_eq!(name.to_uppercase().parse::<Compression>().unwrap(), compression);
            assert_eq!(compression.to_string(), name);
        }
        let error = "br\n".parse::<Compression>().unwrap_err();
        assert_eq!(error.to_string(), "compression: `br\\n` is none of gzip, zstd, none");
    }

    #[test]
    fn levels_are_checked() {
        for (level, good) in [(0, false), (1, true), (9, true), (10, false), (255, false)] {
            assert_eq!(Compression::gzip(level).is_ok(), good, "gzip {level}");
        }
        for (level, good) in
            [(-128, false), (-8, false), (-7, true), (0, false), (22, true), (23, false)]
        {
            assert_eq!(Compression::zstd(level).is_ok(), good, "zstd {level}");
        }
        assert!(Compression::Gzip { level: 0 }.available().is_err());
        assert!(Compression::Identity.available().is_ok());
    }
}
