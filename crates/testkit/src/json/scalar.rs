//! Scalars, by the rules.

use std::str::FromStr;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::Value;

use super::Rules;
use super::fields::{Cell, Read};

impl Cell<'_> {
    pub(super) fn string(self) -> Read<String> {
        self.value.as_str().map(str::to_owned).ok_or_else(|| self.expected("a string"))
    }

    pub(super) fn bool(self) -> Read<bool> {
        self.value.as_bool().ok_or_else(|| self.expected("true or false"))
    }

    /// `int64`, `sfixed64`.
    pub(super) fn int64(self) -> Read<i64> {
        self.wide("a 64-bit integer as a decimal string")
    }

    /// `uint64`, `fixed64`.
    pub(super) fn uint64(self) -> Read<u64> {
        self.wide("an unsigned 64-bit integer as a decimal string")
    }

    fn wide<T: FromStr + ToString + TryFrom<i128>>(self, what: &str) -> Read<T> {
        let read = match (self.value, self.rules) {
            (Value::String(text), Rules::Writer) => {
                // One way of writing each: no sign that says nothing, no leading zero.
                text.parse::<T>().ok().filter(|number| number.to_string() == *text)
            }
            (Value::String(text), Rules::Receiver) => {
                text.parse().ok().or_else(|| whole(text.parse().ok()?))
            }
            (Value::Number(number), Rules::Receiver) => {
                let exact = number.as_i128().and_then(|number| T::try_from(number).ok());
                exact.or_else(|| whole(number.as_f64()?))
            }
            _ => None,
        };
        read.ok_or_else(|| self.expected(what))
    }

    /// `int32`, `sint32`, and enums, which OTLP writes as integers alone.
    pub(super) fn int32(self) -> Read<i32> {
        self.narrow("a 32-bit integer")
    }

    /// `uint32`.
    pub(super) fn uint32(self) -> Read<u32> {
        self.narrow("an unsigned 32-bit integer")
    }

    fn narrow<T: FromStr + TryFrom<i64> + TryFrom<i128>>(self, what: &str) -> Read<T> {
        let read = match (self.value, self.rules) {
            (Value::Number(number), rules) => {
                let exact = number.as_i64().and_then(|number| T::try_from(number).ok());
                let lenient = || (rules == Rules::Receiver).then(|| whole(number.as_f64()?))?;
                exact.or_else(lenient)
            }
            (Value::String(text), Rules::Receiver) => text.parse().ok(),
            _ => None,
        };
        read.ok_or_else(|| self.expected(what))
    }

    /// An enum: its number, never its name, for receivers too.
    pub(super) fn enumeration(self) -> Read<i32> {
        if self.value.is_number() { self.int32() } else { Err(self.expected("an enum's number")) }
    }

    pub(super) fn double(self) -> Read<f64> {
        let read = match (self.value, self.rules) {
            (Value::Number(number), _) => number.as_f64(),
            (Value::String(text), rules) => match (text.as_str(), rules) {
                ("NaN", _) => Some(f64::NAN),
                ("Infinity", _) => Some(f64::INFINITY),
                ("-Infinity", _) => Some(f64::NEG_INFINITY),
                (text, Rules::Receiver) => {
                    text.parse().ok().filter(|number: &f64| number.is_finite())
                }
                (_, Rules::Writer) => None,
            },
            _ => None,
        };
        read.ok_or_else(|| self.expected(r#"a number, "NaN", "Infinity" or "-Infinity""#))
    }

    /// Bytes as base64; a receiver takes either alphabet, padded or not.
    pub(super) fn bytes(self) -> Read<Vec<u8>> {
        const ANY: GeneralPurposeConfig =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY);
        let read = self.value.as_str().and_then(|text| match self.rules {
            Rules::Writer => STANDARD.decode(text).ok(),
            Rules::Receiver => LENIENT.decode(text.replace('-', "+").replace('_', "/")).ok(),
        });
        read.ok_or_else(|| self.expected("base64"))
    }

    /// An id of `N` bytes in hexadecimal digits of either case, or nothing.
    pub(super) fn id<const N: usize>(self) -> Read<Vec<u8>> {
        let digits =
            self.value.as_str().filter(|text| matches!(text.len(), 0) || text.len() == 2 * N);
        let bytes = digits.and_then(|text| {
            let digit = |byte: &u8| char::from(*byte).to_digit(16);
            let pairs = text.as_bytes().chunks(2);
            pairs.map(|pair| u8::try_from(digit(&pair[0])? * 16 + digit(&pair[1])?).ok()).collect()
        });
        bytes.ok_or_else(|| self.expected(&format!("{} hexadecimal digits", 2 * N)))
    }
}

/// A double that is a whole number, as an integer: `1e3` and `2.0` are integers in proto3's JSON.
fn whole<T: TryFrom<i128>>(number: f64) -> Option<T> {
    let fits = number.fract() == 0.0 && number.abs() < 2f64.powi(64);
    #[allow(clippy::cast_possible_truncation, reason = "checked in the line above")]
    fits.then_some(number as i128).and_then(|number| T::try_from(number).ok())
}
