use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use meterport_core::{AttributeSet, MAX_VALUE_DEPTH, Value};
use serde_core::de::MapAccess;

use super::input::{Collect, Input, Message};
use crate::budget::Part;
use crate::decode_error::{DecodeError, DecodeProblem};

/// With padding or without, as proto3's JSON mapping asks of readers.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Attributes on their way into a set.
type Attributes = Vec<(String, Value)>;

impl<'de, A: MapAccess<'de>> Input<'_, A> {
    /// A list of `KeyValue`.
    pub(super) fn attributes(self) -> Result<AttributeSet, A::Error> {
        let mut attributes = Attributes::new();
        self.list(&mut attributes)?;
        Ok(attributes.into_iter().collect())
    }
}

/// `KeyValue`
#[derive(Default)]
pub(super) struct KeyValue {
    key: String,
    value: AnyValue,
}

impl Message for KeyValue {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "key" => self.key = input.text()?.unwrap_or_default().into_owned(),
            "value" => {
                input.message(&mut self.value)?;
            }
            _ => input.skip()?,
        }
        Ok(())
    }
}

impl Collect for Attributes {
    type Item = KeyValue;
    const PART: Part = Part::Attribute;

    fn push(&mut self, item: KeyValue) -> Result<(), DecodeError> {
        self.push((item.key, item.value.0));
        Ok(())
    }
}

/// `AnyValue`
#[derive(Default)]
pub(super) struct AnyValue(Value);

impl Message for AnyValue {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        let value = match name {
            "arrayValue" => {
                let mut values = Values(Vec::<Self>::new());
                let there = nested(input, &mut values)?;
                let items = values.0.into_iter().map(|item| item.0);
                there.then(|| Value::Array(items.collect()))
            }
            "boolValue" => input.bool()?.map(Value::Bool),
            "bytesValue" => bytes(input)?.map(Value::Bytes),
            "doubleValue" => input.f64()?.map(Value::Double),
            "intValue" => input.i64()?.map(Value::Int),
            "kvlistValue" => {
                let mut values = Values(Attributes::new());
                nested(input, &mut values)?.then_some(Value::Map(values.0))
            }
            "stringValue" => input.text()?.map(|text| Value::String(text.into_owned())),
            _ => return input.skip(),
        };
        if let Some(value) = value {
            self.0 = value;
        }
        Ok(())
    }
}

impl Collect for Vec<AnyValue> {
    type Item = AnyValue;
    const PART: Part = Part::Attribute;

    fn push(&mut self, item: AnyValue) -> Result<(), DecodeError> {
        self.push(item);
        Ok(())
    }
}

/// `ArrayValue` and `KeyValueList` alike.
struct Values<C>(C);

impl<C: Collect> Message for Values<C> {
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "values" => input.list(&mut self.0),
            _ => input.skip(),
        }
    }
}

fn nested<'de, A: MapAccess<'de>>(
    mut input: Input<'_, A>,
    values: &mut impl Message,
) -> Result<bool, A::Error> {
    if input.context.depth >= MAX_VALUE_DEPTH {
        return input.context.check(Err(DecodeProblem::TooDeep));
    }
    input.context.depth += 1;
    let there = input.borrow().message(values)?;
    // Not reached after an error, which ends the reading.
    input.context.depth -= 1;
    Ok(there)
}

fn bytes<'de, A: MapAccess<'de>>(mut input: Input<'_, A>) -> Result<Option<Vec<u8>>, A::Error> {
    let Some(text) = input.borrow().text()? else { return Ok(None) };
    let engine = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    match engine.decode(&*text) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(_) => Err(input.fail("not base64")),
    }
}
