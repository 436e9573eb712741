//! Objects and lists, by the rules.

use serde_json::Value;

use super::{JsonError, Rules};

/// A value together with the rules by which it is read.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) value: &'a Value,
    pub(super) rules: Rules,
}

pub(super) type Read<T> = Result<T, JsonError>;

impl<'a> Cell<'a> {
    /// Reads an object: `field` is called for each name and says whether it knows that name.
    pub(super) fn message<T: Default>(
        self,
        mut field: impl FnMut(&mut T, &str, Self) -> Read<bool>,
    ) -> Read<T> {
        let Value::Object(fields) = self.value else {
            return Err(self.expected("an object"));
        };
        let mut message = T::default();
        for (name, value) in fields {
            let known = if value.is_null() {
                // proto3: null stands for the default. A writer has no reason to write it.
                if self.rules == Rules::Writer {
                    return Err(JsonError::new("null").within(name));
                }
                true
            } else {
                let cell = Cell { value, rules: self.rules };
                field(&mut message, name, cell).map_err(|error| error.within(name))?
            };
            if !known && self.rules == Rules::Writer {
                return Err(JsonError::new("unknown name").within(name));
            }
        }
        Ok(message)
    }

    /// Reads a list.
    pub(super) fn list<T>(self, element: impl Fn(Self) -> Read<T>) -> Read<Vec<T>> {
        let Value::Array(elements) = self.value else {
            return Err(self.expected("an array"));
        };
        let read = elements.iter().enumerate().map(|(at, value)| {
            let cell = Cell { value, rules: self.rules };
            element(cell).map_err(|error| error.within(&format!("[{at}]")))
        });
        read.collect()
    }

    pub(super) fn expected(self, what: &str) -> JsonError {
        let mut found = self.value.to_string();
        if found.len() > 60 {
            let end = (0..=60).rev().find(|at| found.is_char_boundary(*at)).unwrap_or(0);
            found.truncate(end);
            found.push('…');
        }
        JsonError::new(format!("expected {what}, found {found}"))
    }
}

/// Sets a member of a oneof, which may be set once.
pub(super) fn set_one<T>(slot: &mut Option<T>, value: T) -> Read<()> {
    if slot.replace(value).is_some() {
        return Err(JsonError::new("a second member of the same oneof"));
    }
    Ok(())
}
