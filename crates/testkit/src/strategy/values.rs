//! Texts, numbers, times and attributes.

use std::ops::RangeInclusive;

use meterport_core::{AttributeSet, Number, Timestamp, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::Numbers;

/// Texts on which encoders stumble: empty, escaped in JSON, of every width in UTF-8, longer than
/// one byte of length can say; and any other.
pub fn text() -> impl Strategy<Value = String> {
    const TEXTS: [&str; 14] = [
        "",
        "",
        "a",
        "http.server.request.duration",
        "service.name",
        "{request}",
        "By/s",
        "quote \" backslash \\ slash / tab \t",
        "line\nfeed\r\u{0}\u{1f}\u{7f}\u{2028}",
        "höhe",
        "温度",
        "🦀👩‍👩‍👧",
        "\u{feff}\u{10ffff}\u{d7ff}\u{e000}",
        "https://opentelemetry.io/schemas/1.37.0",
    ];
    prop_oneof![
        12 => select(&TEXTS[..]).prop_map(str::to_owned),
        3 => vec(any::<char>(), 0..6).prop_map(String::from_iter),
        1 => (select(&['x', 'é', '"'][..]), 100_usize..300)
            .prop_map(|(one, times)| String::from_iter(std::iter::repeat_n(one, times))),
    ]
}

/// A float, as far as `numbers` goes.
pub fn double(numbers: Numbers) -> BoxedStrategy<f64> {
    const EDGES: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        -1.5,
        0.1,
        1e21,
        1e-7,
        9_007_199_254_740_993.0,
        f64::MIN_POSITIVE,
        5e-324,
        f64::MAX,
        f64::MIN,
    ];
    const ODD: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let finite = prop_oneof![2 => select(&EDGES[..]), 1 => any::<f64>().prop_map(finite)];
    match numbers {
        Numbers::Any => prop_oneof![6 => finite, 1 => select(&ODD[..])].boxed(),
        Numbers::Finite => finite.boxed(),
    }
}

fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.5 }
}

/// An integer of any width.
pub(super) fn integer() -> impl Strategy<Value = i64> {
    prop_oneof![
        2 => select(&[0, 1, -1, 127, 128, 1 << 53, i64::MIN, i64::MAX][..]),
        1 => (any::<i64>(), 0..64_u32).prop_map(|(number, shift)| number >> shift),
    ]
}

/// An unsigned integer of any width, as counts have.
pub(super) fn count() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => 0..200_u64,
        1 => select(&[0, 1 << 14, 1 << 53, i64::MAX as u64, 1 << 63, u64::MAX][..]),
        1 => (any::<u64>(), 0..64_u32).prop_map(|(number, shift)| number >> shift),
    ]
}

/// A number of any kind, as far as `numbers` goes. Unsigned ones may fit a signed integer.
pub fn number(numbers: Numbers) -> BoxedStrategy<Number> {
    let unsigned = count().prop_map(move |number| match numbers {
        Numbers::Any => Number::U64(number),
        Numbers::Finite => Number::U64(number & i64::MAX as u64),
    });
    prop_oneof![
        2 => integer().prop_map(Number::I64),
        2 => double(numbers).prop_map(Number::F64),
        1 => unsigned,
    ]
    .boxed()
}

/// A time, also unset and at the end of the range.
pub fn timestamp() -> impl Strategy<Value = Timestamp> {
    const SOME: [u64; 5] = [0, 1, 1_767_225_600_000_000_000, 1_767_225_610_123_456_789, u64::MAX];
    prop_oneof![6 => select(&SOME[..]), 1 => any::<u64>()].prop_map(Timestamp::from_nanos)
}

/// An attribute's value of any kind; arrays and maps nested up to three deep, and now and then as
/// deep as the model allows, and deeper.
pub fn attribute_value(numbers: Numbers) -> BoxedStrategy<Value> {
    let plain = scalar(numbers);
    let shallow = plain.clone().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..=3).prop_map(Value::Array),
            vec((text(), inner), 0..=3).prop_map(Value::Map),
        ]
    });
    let deep = (plain.clone(), 4..30_usize).prop_map(|(inner, depth)| {
        (0..depth).fold(inner, |value, level| match level % 2 {
            0 => Value::Array(vec![value]),
            _ => Value::Map(vec![("k".to_owned(), value)]),
        })
    });
    prop_oneof![8 => plain, 4 => shallow, 1 => deep].boxed()
}

fn scalar(numbers: Numbers) -> BoxedStrategy<Value> {
    prop_oneof![
        4 => text().prop_map(Value::String),
        3 => integer().prop_map(Value::Int),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => double(numbers).prop_map(Value::Double),
        1 => vec(any::<u8>(), 0..6).prop_map(Value::Bytes),
        1 => Just(Value::Empty),
    ]
    .boxed()
}

/// As many attributes, or fewer where keys coincide.
pub fn attributes(
    numbers: Numbers,
    count: RangeInclusive<usize>,
) -> impl Strategy<Value = AttributeSet> + Clone {
    const KEYS: [&str; 8] = ["", "a", "b", "code", "method", "http.route", "ключ", "\"\\\n"];
    let key = prop_oneof![
        9 => select(&KEYS[..]).prop_map(str::to_owned),
        1 => vec(any::<char>(), 1..4).prop_map(String::from_iter),
    ]
    .boxed();
    vec((key, attribute_value(numbers)), count).prop_map(AttributeSet::from_iter).boxed()
}
