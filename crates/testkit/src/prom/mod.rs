//! Prometheus' formats, read by what none of Meterport's encoders shares: messages decoded by
//! `prost`, and a parser of the text formats that is as strict as their specifications.

pub mod client;
pub mod generated;
pub mod text;
