//! The number of a counter or a gauge, whichever model the library was compiled with.
//!
//! With its feature `protobuf` these types have `value`, without it `get_value`, and nothing that both
//! have gives the number. The feature is the program's to choose, and a dependency cannot ask which it
//! was. But a method of a type wins over a trait's of the same name: each of the two traits below stands
//! in for the one that is missing, and what it gives is no number.

use prometheus::proto::{Counter, Gauge};

/// What stands in for a method says this.
pub(crate) struct Absent;

/// What either method gives.
trait Figure {
    fn figure(self) -> Option<f64>;
}

impl Figure for f64 {
    fn figure(self) -> Option<f64> {
        Some(self)
    }
}

impl Figure for Absent {
    fn figure(self) -> Option<f64> {
        None
    }
}

#[allow(dead_code, reason = "which of the two is used depends on the library's feature")]
trait WithoutValue {
    fn value(&self) -> Absent {
        Absent
    }
}

#[allow(dead_code, reason = "which of the two is used depends on the library's feature")]
trait WithoutGetValue {
    fn get_value(&self) -> Absent {
        Absent
    }
}

macro_rules! numbers {
    ($($function:ident $type:ty)+) => {$(
        impl WithoutValue for $type {}
        impl WithoutGetValue for $type {}

        pub(crate) fn $function(of: &$type) -> f64 {
            of.value().figure().or(of.get_value().figure()).unwrap_or(f64::NAN)
        }
    )+};
}
numbers!(counter Counter gauge Gauge);
