//! What is recorded when recording is timed: by this crate and, by inclusion, the peer program.

use super::plain::{Instrument, Mix, Value};

/// Measurements in each repetition.
pub const OPERATIONS: usize = 100_000;

/// Series over which measurements with a look-up are spread.
pub const SERIES: usize = 1_000;

/// Bounds of the histograms: those that OpenTelemetry has by default.
pub const BOUNDS: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0,
    10000.0,
];

/// What histograms record, again and again: spread over all buckets, in no order.
#[derive(Debug)]
pub struct Values([f64; VALUES]);

/// A power of two, so that taking one costs next to nothing.
const VALUES: usize = 2_048;

impl Values {
    /// The value of a measurement.
    #[inline]
    pub fn at(&self, turn: usize) -> f64 {
        self.0[turn % VALUES]
    }
}

/// The values.
pub fn values() -> Values {
    let instrument = instrument(Mix::Histograms);
    let mut measurements = (0..SERIES).flat_map(|row| instrument.measurements(row));
    Values(std::array::from_fn(|_| measurements.next().unwrap_or_default()))
}

/// The six attributes of each series.
pub fn attributes() -> Vec<Vec<(&'static str, Value)>> {
    let instrument = instrument(Mix::Counters);
    (0..SERIES).map(|row| instrument.attributes(row)).collect()
}

fn instrument(mix: Mix) -> Instrument {
    mix.instruments(SERIES)[0]
}

/// The series of a measurement: all of them, in no order.
#[inline]
pub fn series(turn: usize) -> usize {
    turn * 619 % SERIES
}
