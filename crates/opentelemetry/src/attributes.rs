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

    /// The copy of a pair's value.
    #[cold]
    fn copy(&self, of: &KeyValue) -> &Value {
        let copied = self.copied.get_or_init(|| {
            let values = self.pairs.iter().map(|pair| &pair.value);
            values.filter(|value| is_copied(value)).map(to_value).collect()
        });
        let before = self.pairs.iter().take_while(|pair| !std::ptr::eq(*pair, of));
        copied.get(before.filter(|pair| is_copied(&pair.value)).count()).unwrap_or(&Value::Empty)
    }
}

fn is_copied(value: &ApiValue) -> bool {
    !matches!(value, ApiValue::Bool(_) | ApiValue::F64(_) | ApiValue::I64(_) | ApiValue::String(_))
}

impl Attributes for Given<'_> {
    #[inline]
    fn entries(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)> {
        self.pairs.iter().map(|pair| {
            let value = match &pair.value {
                ApiValue::String(text) => AttributeValue::String(text.as_str()),
                ApiValue::I64(number) => AttributeValue::Int(*number),
                ApiValue::Bool(truth) => AttributeValue::Bool(*truth),
                ApiValue::F64(number) => AttributeValue::Double(*number),
                _ => AttributeValue::Value(self.copy(pair)),
            };
            (pair.key.as_str(), value)
        })
    }
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
