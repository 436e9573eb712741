//! The API's attributes as the registry takes them.

use std::cell::OnceCell;

use meterport_core::Value;
use meterport_registry::{AttributeValue, Attributes};
use opentelemetry::{Array, KeyValue, Value as ApiValue};

/// The attributes of one call.
pub(crate) struct Given<'a> {
    pairs: &'a [KeyValue],
    /// The values that cannot be borrowed, in the order of the pairs: made when one is met.
    copied: OnceCell<Vec<Value>>,
}

impl<'a> Given<'a> {
    #[inline]
    pub(crate) fn new(pairs: &'a [KeyValue]) -> Self {
        Self { pairs, copied: OnceCell::new() }
    }
}

impl Attributes for Given<'_> {
    #[inline]
    fn entries(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)> {
        let mut met = 0;
        self.pairs.iter().map(move |pair| {
            let value = plain(&pair.value).unwrap_or_else(|| {
                let copied = self.copied.get_or_init(|| copies(self.pairs));
                met += 1;
                copied.get(met - 1).map_or(AttributeValue::Empty, AttributeValue::Value)
            });
            (pair.key.as_str(), value)
        })
    }
}

#[inline]
fn plain(value: &ApiValue) -> Option<AttributeValue<'_>> {
    // Most are texts: asked first, a branch that is foreseen better than one of many ways.
    if let ApiValue::String(text) = value {
        return Some(AttributeValue::String(text.as_str()));
    }
    match value {
        ApiValue::Bool(truth) => Some(AttributeValue::Bool(*truth)),
        ApiValue::F64(number) => Some(AttributeValue::Double(*number)),
        ApiValue::I64(number) => Some(AttributeValue::Int(*number)),
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
