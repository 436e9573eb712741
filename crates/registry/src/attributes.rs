use meterport_core::{AttributeSet, Value, ValueRef};

/// The attributes of a measurement, as a caller has them at hand: a slice or an array of pairs, a
/// ready [`AttributeSet`], or `()` for none.
///
/// ```
/// use meterport_registry::{AttributeValue, Registry};
///
/// let meter = Registry::new().meter("shop");
/// let orders = meter.counter::<u64>("orders").build()?;
/// orders.add(1, ());
/// orders.add(1, [("payment", "card")]);
/// orders.add(1, [("payment", AttributeValue::from("card")), ("items", 3.into())]);
/// # Ok::<(), meterport_registry::InstrumentError>(())
/// ```
pub trait Attributes {
    /// Keys with values, in any order; of equal keys the last one counts.
    fn entries(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)>;
}

impl Attributes for () {
    fn entries(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)> {
        std::iter::empty()
    }
}

impl Attributes for AttributeSet {
    fn entries(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)> {
        self.iter().map(|(key, value)| (key, value.into()))
    }
}

impl<K: AsRef<str>, V: AsAttributeValue> Attributes for [(K, V)] {
    #[inline]
    fn entries(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)> {
        self.iter().map(|(key, value)| (key.as_ref(), value.as_attribute_value()))
    }
}

impl<K: AsRef<str>, V: AsAttributeValue, const N: usize> Attributes for [(K, V); N] {
    #[inline]
    fn entries(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)> {
        self.as_slice().entries()
    }
}

impl<K: AsRef<str>, V: AsAttributeValue> Attributes for Vec<(K, V)> {
    fn entries(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)> {
        self.as_slice().entries()
    }
}

impl<A: Attributes + ?Sized> Attributes for &A {
    #[inline]
    fn entries(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)> {
        (**self).entries()
    }
}

/// What can stand as the value of an attribute.
pub trait AsAttributeValue {
    /// The value, borrowed.
    fn as_attribute_value(&self) -> AttributeValue<'_>;
}

impl AsAttributeValue for AttributeValue<'_> {
    #[inline]
    fn as_attribute_value(&self) -> AttributeValue<'_> {
        *self
    }
}

/// An attribute value that is borrowed for one measurement.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub enum AttributeValue<'a> {
    /// A truth value.
    Bool(bool),
    /// A 64-bit float.
    Double(f64),
    /// No value.
    #[default]
    Empty,
    /// A signed 64-bit integer.
    Int(i64),
    /// A value of any kind, from an [`AttributeSet`].
    Kept(ValueRef<'a>),
    /// Text.
    String(&'a str),
    /// A value of any kind. Measurements with arrays, maps or bytes are looked up more slowly.
    Value(&'a Value),
}

impl<'a> AttributeValue<'a> {
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Bool(truth) => Value::Bool(truth),
            Self::Double(number) => Value::Double(number),
            Self::Empty => Value::Empty,
            Self::Int(number) => Value::Int(number),
            Self::Kept(value) => value.to_value(),
            Self::String(text) => Value::String(text.to_owned()),
            Self::Value(value) => value.clone(),
        }
    }
}

impl<'a> From<ValueRef<'a>> for AttributeValue<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Bool(truth) => Self::Bool(truth),
            ValueRef::Double(number) => Self::Double(number),
            ValueRef::Empty => Self::Empty,
            ValueRef::Int(number) => Self::Int(number),
            ValueRef::String(text) => Self::String(text),
            ValueRef::Array(_) | ValueRef::Bytes(_) | ValueRef::Map(_) => Self::Kept(value),
        }
    }
}

macro_rules! values {
    ($($type:ty => |$x:ident| $make:expr,)+) => {$(
        impl<'a> From<&'a $type> for AttributeValue<'a> {
            fn from($x: &'a $type) -> Self {
                $make
            }
        }

        impl AsAttributeValue for $type {
            #[inline]
            fn as_attribute_value(&self) -> AttributeValue<'_> {
                self.into()
            }
        }
    )+};
}

values! {
    String => |text| Self::String(text),
    Value => |value| Self::Value(value),
}

macro_rules! copied_values {
    ($($type:ty => |$x:ident| $make:expr,)+) => {$(
        impl<'a> From<$type> for AttributeValue<'a> {
            fn from($x: $type) -> Self {
                $make
            }
        }

        impl AsAttributeValue for $type {
            #[inline]
            fn as_attribute_value(&self) -> AttributeValue<'_> {
                (*self).into()
            }
        }
    )+};
}

copied_values! {
    bool => |truth| Self::Bool(truth),
    f64 => |number| Self::Double(number),
    i32 => |number| Self::Int(number.into()),
    i64 => |number| Self::Int(number),
    u16 => |number| Self::Int(number.into()),
    u32 => |number| Self::Int(number.into()),
}

impl<'a> From<&'a str> for AttributeValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(text)
    }
}

impl AsAttributeValue for &str {
    #[inline]
    fn as_attribute_value(&self) -> AttributeValue<'_> {
        AttributeValue::String(self)
    }
}
