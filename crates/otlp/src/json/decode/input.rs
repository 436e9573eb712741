//! Reading JSON straight into messages, without a tree in between.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_core::Deserializer;
use serde_core::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::atom::{Atom, AtomVisitor};
use crate::budget::{Budget, Part};
use crate::decode_error::DecodeError;

/// What goes along with the reading.
pub(super) struct Context {
    pub(super) budget: Budget,
    /// The name of the metric that is being read, if it came already.
    pub(super) metric: Option<Arc<str>>,
    /// The index of the point that is being read.
    pub(super) point: Option<usize>,
    /// How many arrays and maps are around the value that is being read.
    pub(super) depth: usize,
    /// The error to be reported, as serde's can only hold a text.
    failure: Option<DecodeError>,
}

impl Context {
    fn new(text: &[u8]) -> Self {
        Self { budget: Budget::of(text), metric: None, point: None, depth: 0, failure: None }
    }

    fn place(&self, error: DecodeError) -> DecodeError {
        let error = match &self.metric {
            Some(name) => error.in_metric(name),
            None => error,
        };
        match self.point {
            Some(index) => error.in_point(index),
            None => error,
        }
    }

    fn fail<E: Error>(&mut self, error: DecodeError) -> E {
        self.failure = Some(self.place(error));
        E::custom("")
    }
}

/// Reads a message from the whole of `text`.
pub(super) fn read<M: Message>(text: &[u8], into: &mut M) -> Result<(), DecodeError> {
    let mut context = Context::new(text);
    let mut json = serde_json::Deserializer::from_slice(text);
    let read = Into(into, &mut context).deserialize(&mut json).and_then(|_| json.end());
    read.map_err(|error| match context.failure.take() {
        Some(failure) => failure,
        None => context.place(DecodeError::malformed(error.to_string())),
    })
}

/// A JSON object that is read member by member. `null` stands for one without members.
pub(super) trait Message {
    /// Takes one member, or skips it.
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        input: Input<'_, A>,
    ) -> Result<(), A::Error>;
}

/// Where the elements of a JSON array go.
pub(super) trait Collect {
    type Item: Message + Default;

    /// What an element takes in memory.
    const PART: Part;

    /// Tells the context which element is to be read.
    fn enter(&self, _: &mut Context) {}

    /// Takes an element.
    fn push(&mut self, item: Self::Item) -> Result<(), DecodeError>;

    /// Tells the context that the array is at its end.
    fn leave(&self, _: &mut Context) {}
}

/// The value of the member that is being read.
pub(super) struct Input<'a, A> {
    name: &'a str,
    map: &'a mut A,
    pub(super) context: &'a mut Context,
}

/// A plain value of the given type: `None` for `null`, which stands for the default.
macro_rules! plain {
    ($($name:ident: $type:ty = $what:literal,)+) => {$(
        pub(super) fn $name(self) -> Result<Option<$type>, A::Error> {
            self.plain($what, |atom| atom.$name())
        }
    )+};
}

impl<'de, A: MapAccess<'de>> Input<'_, A> {
    plain! {
        bool: bool = "not a boolean",
        f64: f64 = "not a number",
        i64: i64 = "not a signed 64-bit integer",
        number: i64 = "not an integer",
        u64: u64 = "not an unsigned 64-bit integer",
    }

    pub(super) fn i32(self) -> Result<Option<i32>, A::Error> {
        self.plain("not a signed 32-bit integer", |atom| atom.i64()?.try_into().ok())
    }

    pub(super) fn u32(self) -> Result<Option<u32>, A::Error> {
        self.plain("not an unsigned 32-bit integer", |atom| atom.u64()?.try_into().ok())
    }

    pub(super) fn text(self) -> Result<Option<Cow<'de, str>>, A::Error> {
        match self.map.next_value_seed(AtomSeed)? {
            Atom::Null => Ok(None),
            Atom::Text(text) => Ok(Some(text)),
            _ => Err(self.fail("not a text")),
        }
    }

    fn plain<T>(
        self,
        what: &str,
        convert: impl FnOnce(&Atom<'de>) -> Option<T>,
    ) -> Result<Option<T>, A::Error> {
        match self.map.next_value_seed(AtomSeed)? {
            Atom::Null => Ok(None),
            atom => match convert(&atom) {
                Some(value) => Ok(Some(value)),
                None => Err(self.fail(what)),
            },
        }
    }

    /// An object; says whether there is one.
    pub(super) fn message<M: Message>(self, into: &mut M) -> Result<bool, A::Error> {
        self.map.next_value_seed(Into(into, self.context))
    }

    /// The same, to be used once more.
    pub(super) fn borrow(&mut self) -> Input<'_, A> {
        Input { name: self.name, map: self.map, context: self.context }
    }

    /// A text that is kept.
    pub(super) fn shared_text(self) -> Result<Arc<str>, A::Error> {
        Ok(self.text()?.unwrap_or_default().into())
    }

    /// An array of objects.
    pub(super) fn list<C: Collect>(self, into: &mut C) -> Result<(), A::Error> {
        self.map.next_value_seed(List(into, self.context))
    }

    /// An array of unsigned integers.
    pub(super) fn u64s(self) -> Result<Vec<u64>, A::Error> {
        self.numbers("not an array of unsigned 64-bit integers", |atom| atom.u64())
    }

    /// An array of floats.
    pub(super) fn f64s(self) -> Result<Vec<f64>, A::Error> {
        self.numbers("not an array of numbers", |atom| atom.f64())
    }

    fn numbers<T>(
        self,
        what: &'static str,
        convert: fn(&Atom<'_>) -> Option<T>,
    ) -> Result<Vec<T>, A::Error> {
        let Self { name, map, context } = self;
        map.next_value_seed(Numbers { name, what, convert, context })
    }

    /// Nothing of interest.
    pub(super) fn skip(self) -> Result<(), A::Error> {
        self.map.next_value::<IgnoredAny>().map(drop)
    }

    /// An error about the member.
    pub(super) fn fail(self, what: &str) -> A::Error {
        self.context.fail(DecodeError::malformed(format!("{}: {what}", self.name)))
    }
}

impl Context {
    /// A typed error as serde's.
    pub(super) fn check<T, E: Error>(
        &mut self,
        result: Result<T, impl std::convert::Into<DecodeError>>,
    ) -> Result<T, E> {
        result.map_err(|error| self.fail(error.into()))
    }
}

/// Reads an object into a message; says whether there is one.
struct Into<'a, M>(&'a mut M, &'a mut Context);

impl<'de, M: Message> DeserializeSeed<'de> for Into<'_, M> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, M: Message> Visitor<'de> for Into<'_, M> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while let Some(name) = map.next_key_seed(AtomSeed)? {
            let name = match &name {
                Atom::Text(name) => &**name,
                _ => "",
            };
            self.0.member(name, Input { name, map: &mut map, context: self.1 })?;
        }
        Ok(true)
    }
}

struct AtomSeed;

impl<'de> DeserializeSeed<'de> for AtomSeed {
    type Value = Atom<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Atom<'de>, D::Error> {
        json.deserialize_any(AtomVisitor)
    }
}

struct List<'a, C>(&'a mut C, &'a mut Context);

impl<'de, C: Collect> DeserializeSeed<'de> for List<'_, C> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, C: Collect> Visitor<'de> for List<'_, C> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Element(self.0, self.1))?.is_some() {}
        self.0.leave(self.1);
        Ok(())
    }
}

struct Element<'a, C>(&'a mut C, &'a mut Context);

impl<'de, C: Collect> DeserializeSeed<'de> for Element<'_, C> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let Self(into, context) = self;
        into.enter(context);
        let room = context.budget.charge(C::PART);
        context.check(room)?;
        let mut item = C::Item::default();
        Into(&mut item, context).deserialize(json)?;
        let taken = into.push(item);
        context.check(taken)
    }
}

struct Numbers<'a, T> {
    name: &'a str,
    what: &'static str,
    convert: fn(&Atom<'_>) -> Option<T>,
    context: &'a mut Context,
}

impl<'de, T> DeserializeSeed<'de> for Numbers<'_, T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Vec<T>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, T> Visitor<'de> for Numbers<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let Self { name, what, convert, context } = self;
        let mut numbers = Vec::new();
        while let Some(atom) = seq.next_element_seed(AtomSeed)? {
            let room = context.budget.charge(Part::Number);
            context.check(room)?;
            match convert(&atom) {
                Some(number) => numbers.push(number),
                None => return Err(context.fail(DecodeError::malformed(format!("{name}: {what}")))),
            }
        }
        Ok(numbers)
    }
}
