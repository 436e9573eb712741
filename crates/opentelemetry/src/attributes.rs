//! The API's attributes as the registry takes them.

use meterport_core::Value;
use meterport_registry::{AttributeValue, Attributes};
use opentelemetry::{Array, KeyValue, Value as ApiValue};

/// The attributes of one call.
pub(crate) struct Given<'a> {
    pairs: &'a [KeyValue],
    /// The values that cannot be borrowed, in the order of the pairs.
    copied: Vec<Value>,
}

impl<'a> Given<'a> {
    #[inline]
    pub(crate) fn new(pairs: &'a [KeyValue]) -> Self {
        let all_plain = pairs.iter().all(|pair| plain(&pair.value).is_some());
        Self { pairs, copied: if all_plain { Vec::new() } else { copies(pairs) } }
    }
}

impl Attributes for Given<'_> {
    #[inline]
    fn entries(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)> {
        let mut copied = self.copied.iter();
        self.pairs.iter().map(move |pair| {
            let value = match plain(&pair.value) {
                Some(plain) => plain,
                None => copied.next().map_or(AttributeValue::Empty, AttributeValue::Value),
            };
            (pair.key.as_str(), value)
        })
    }
}

#[inline]
fn plain(value: &ApiValue) -> Option<AttributeValue<'_>> {
    match value {
        ApiValue::Bool(truth) => Some(AttributeValue::Bool(*truth)),
        ApiValue::F64(number) => Some(AttributeValue::Double(*number)),
        ApiValue::I64(number) => Some(AttributeValue::Int(*number)),
        ApiValue::String(text) => Some(AttributeValue::String(text.as_str())),
        _ => None,
    }
}

#[cold]
fn copies(pairs: &[KeyValue]) -> Vec<Value> {
    let others = pairs.iter().map(|pair| &pair.value).filter(|value| plain(value).is_none());
    others.map(to_value).collect()
}

/// A copy of any value.
pub(crate) fn to_value(value: &ApiValue) -> Value {
    fn array<T: Clone, V: From<T>>(values: &[T], of: fn(V) -> Value) -> Value {
        Value::Array(values.iter().map(|value| of(value.clone().into())).collect())
    }
    match value {
        ApiValue::Array(Array::Bool(values)) => array(values, Value::Bool),
        ApiValue::Array(Array::F64(values)) => array(values, Value::Double),
        ApiValue::Array(Array::I64(values)) => array(values, Value::Int),
        ApiValue::Array(Array::String(values)) => array(values, Value::String),
        ApiValue::Bool(truth) => Value::Bool(*truth),
        ApiValue::F64(number) => Value::Double(*number),
        ApiValue::I64(number) => Value::Int(*number),
        // Kinds to come as they are shown.
        other => Value::String(other.to_string()),
    }
}
