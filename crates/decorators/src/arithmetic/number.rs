use meterport_core::Number;

use super::Additive;

/// Integers stay integers as long as there is one to hold the result.
impl Additive for Number {
    fn add(&mut self, other: &Self) -> bool {
        *self = match (integer(*self), integer(*other)) {
            (Some(a), Some(b)) => narrow(a + b),
            _ => Self::F64(self.as_f64() + other.as_f64()),
        };
        true
    }

    fn since(&self, earlier: &Self) -> Option<Self> {
        if let (Some(later), Some(earlier)) = (integer(*self), integer(*earlier)) {
            return (later >= earlier).then(|| narrow(later - earlier));
        }
        let (later, earlier) = (self.as_f64(), earlier.as_f64());
        let has_fallen = later < earlier;
        (!has_fallen).then_some(Self::F64(later - earlier))
    }
}

fn integer(number: Number) -> Option<i128> {
    match number {
        Number::F64(_) => None,
        Number::I64(number) => Some(number.into()),
        Number::U64(number) => Some(number.into()),
    }
}

fn narrow(number: i128) -> Number {
    let signed = i64::try_from(number).map(Number::I64);
    let unsigned = |_| u64::try_from(number).map(Number::U64);
    signed.or_else(unsigned).unwrap_or(Number::F64(number as f64))
}
