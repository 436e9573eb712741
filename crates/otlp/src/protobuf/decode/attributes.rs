use meterport_core::{MAX_VALUE_DEPTH, Value};

use super::super::field::{any_value, key_value, list};
use crate::budget::{Budget, Part};
use crate::decode_error::{DecodeError, DecodeProblem};
use crate::wire::{Field, fields};

/// Attributes on their way into a set.
pub(super) type Attributes = Vec<(String, Value)>;

/// A `KeyValue`; `depth` counts the arrays and maps around it.
pub(super) fn attribute(
    field: Field<'_>,
    depth: usize,
    budget: &mut Budget,
) -> Result<(String, Value), DecodeError> {
    budget.charge(Part::Attribute)?;
    let (mut key, mut value) = ("", Value::Empty);
    for field in fields(field.message()?) {
        match field? {
            (key_value::KEY, field) => key = field.text()?,
            (key_value::VALUE, field) => value = any_value(field, depth, budget)?,
            _ => {}
        }
    }
    Ok((key.to_owned(), value))
}

fn any_value(field: Field<'_>, depth: usize, budget: &mut Budget) -> Result<Value, DecodeError> {
    let mut value = Value::Empty;
    for field in fields(field.message()?) {
        value = match field? {
            (any_value::STRING, field) => Value::String(field.text()?.to_owned()),
            (any_value::BOOL, field) => Value::Bool(field.varint()? != 0),
            (any_value::INT, field) => Value::Int(field.varint()? as i64),
            (any_value::DOUBLE, field) => Value::Double(field.double()?),
            (any_value::ARRAY, field) => {
                let mut items = Vec::new();
                each_value(field, depth, |item| {
                    budget.charge(Part::Attribute)?;
                    items.push(any_value(item, depth + 1, budget)?);
                    Ok(())
                })?;
                Value::Array(items)
            }
            (any_value::MAP, field) => {
                let mut entries = Vec::new();
                each_value(field, depth, |entry| {
                    entries.push(attribute(entry, depth + 1, budget)?);
                    Ok(())
                })?;
                Value::Map(entries)
            }
            (any_value::BYTES, field) => Value::Bytes(field.message()?.to_vec()),
            _ => continue,
        };
    }
    Ok(value)
}

fn each_value<'a>(
    field: Field<'a>,
    depth: usize,
    mut each: impl FnMut(Field<'a>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    if depth >= MAX_VALUE_DEPTH {
        return Err(DecodeProblem::TooDeep.into());
    }
    for field in fields(field.message()?) {
        if let (list::VALUES, value) = field? {
            each(value)?;
        }
    }
    Ok(())
}
