//! The API's attributes and the model's.

use meterport_core::{AttributeSet, SeriesSnapshot, Value, ValueRef};
use opentelemetry::{Array, KeyValue, Value as ApiValue};

/// The set of these attributes; of two with one key the last stays.
pub(crate) fn to_set<'a>(
    attributes: impl Iterator<Item = (&'a str, &'a ApiValue)>,
) -> AttributeSet {
    attributes.map(|(key, value)| (key, to_value(value))).collect()
}

/// The set of these attributes.
pub(crate) fn pairs_to_set<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> AttributeSet {
    to_set(attributes.map(|pair| (pair.key.as_str(), &pair.value)))
}

/// Names the series of a point with these attributes.
pub(crate) fn name<'a, I>(snapshot: &mut SeriesSnapshot<'_>, attributes: impl Fn() -> I)
where
    I: Iterator<Item = &'a KeyValue>,
{
    if attributes().all(|pair| borrowed(&pair.value).is_some()) {
        snapshot.push(|| {
            attributes()
                .map(|pair| (pair.key.as_str(), borrowed(&pair.value).unwrap_or(ValueRef::Empty)))
        });
    } else {
        let set = pairs_to_set(attributes());
        snapshot.push(|| set.iter());
    }
}

/// A value that the model holds as it lies there: all but arrays.
fn borrowed(value: &ApiValue) -> Option<ValueRef<'_>> {
    match value {
        ApiValue::Bool(truth) => Some(ValueRef::Bool(*truth)),
        ApiValue::F64(number) => Some(ValueRef::Double(*number)),
        ApiValue::I64(number) => Some(ValueRef::Int(*number)),
        ApiValue::String(text) => Some(ValueRef::String(text.as_str())),
        _ => None,
    }
}

fn to_value(value: &ApiValue) -> Value {
    if let Some(value) = borrowed(value) {
        return value.to_value();
    }
    match value {
        ApiValue::Array(Array::Bool(items)) => array(items, |item| Value::Bool(*item)),
        ApiValue::Array(Array::F64(items)) => array(items, |item| Value::Double(*item)),
        ApiValue::Array(Array::I64(items)) => array(items, |item| Value::Int(*item)),
        ApiValue::Array(Array::String(items)) => array(items, |item| Value::from(item.as_str())),
        // A kind that the API has not had so far.
        other => Value::String(other.to_string()),
    }
}

fn array<T>(items: &[T], to_value: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(to_value).collect())
}
