use super::packed::{Cursor, Entries, Items, Octets};

/// The deepest nesting of arrays and maps in an attribute value. Receivers that decode protobuf
/// with a recursion limit of 100 messages can read as much and little more.
pub const MAX_VALUE_DEPTH: usize = 24;

/// An attribute value: every kind that OTLP's `AnyValue` has.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "OTLP's list; a new kind must break every encoder")]
pub enum Value {
    /// Values in order, kinds may mix.
    Array(Vec<Self>),
    /// A truth value.
    Bool(bool),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A 64-bit float.
    Double(f64),
    /// No value: OTLP's `AnyValue` with nothing set.
    #[default]
    Empty,
    /// A signed 64-bit integer.
    Int(i64),
    /// Values by key. In an [`AttributeSet`](super::AttributeSet) the keys are sorted and
    /// unique; of two that are equal, the last stays.
    Map(Vec<(String, Self)>),
    /// Text.
    String(String),
}

macro_rules! value_from {
    ($($from:ty => |$x:ident| $make:expr,)+) => {$(
        impl From<$from> for Value {
            fn from($x: $from) -> Self {
                $make
            }
        }
    )+};
}

value_from! {
    &str => |text| Self::String(text.to_owned()),
    String => |text| Self::String(text),
    bool => |truth| Self::Bool(truth),
    f64 => |number| Self::Double(number),
    i32 => |number| Self::Int(number.into()),
    i64 => |number| Self::Int(number),
    u16 => |number| Self::Int(number.into()),
    u32 => |number| Self::Int(number.into()),
    Vec<Self> => |values| Self::Array(values),
    Vec<(String, Self)> => |entries| Self::Map(entries),
    ValueRef<'_> => |value| value.to_value(),
}

/// An attribute value as it lies in an [`AttributeSet`](super::AttributeSet).
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "OTLP's list; a new kind must break every encoder")]
pub enum ValueRef<'a> {
    /// Values in order.
    Array(Items<'a>),
    /// A truth value.
    Bool(bool),
    /// Bytes.
    Bytes(Octets<'a>),
    /// A 64-bit float.
    Double(f64),
    /// No value.
    Empty,
    /// A signed 64-bit integer.
    Int(i64),
    /// Values by key, sorted.
    Map(Entries<'a>),
    /// Text.
    String(&'a str),
}

impl<'a> ValueRef<'a> {
    #[inline]
    pub(super) fn read(cursor: &mut Cursor<'a>) -> Self {
        match cursor.byte() {
            ARRAY => Self::Array(Items::new(cursor.block())),
            BYTES => Self::Bytes(Octets::new(cursor.block())),
            DOUBLE => Self::Double(f64::from_bits(cursor.fixed())),
            FALSE => Self::Bool(false),
            INT => Self::Int(cursor.signed()),
            MAP => Self::Map(Entries::new(cursor.block())),
            STRING => Self::String(cursor.block()),
            TRUE => Self::Bool(true),
            _ => Self::Empty,
        }
    }

    /// The text, if it is one.
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value for itself.
    pub fn to_value(self) -> Value {
        match self {
            Self::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Bool(truth) => Value::Bool(truth),
            Self::Bytes(bytes) => Value::Bytes(bytes.iter().collect()),
            Self::Double(number) => Value::Double(number),
            Self::Empty => Value::Empty,
            Self::Int(number) => Value::Int(number),
            Self::Map(entries) => Value::Map(
                entries.iter().map(|(key, value)| (key.to_owned(), value.to_value())).collect(),
            ),
            Self::String(text) => Value::String(text.to_owned()),
        }
    }
}

// The first byte of a packed value.
pub(super) const ARRAY: u8 = b'a';
pub(super) const BYTES: u8 = b'b';
pub(super) const DOUBLE: u8 = b'd';
pub(super) const EMPTY: u8 = b'n';
pub(super) const FALSE: u8 = b'f';
pub(super) const INT: u8 = b'i';
pub(super) const MAP: u8 = b'm';
pub(super) const STRING: u8 = b's';
pub(super) const TRUE: u8 = b't';
