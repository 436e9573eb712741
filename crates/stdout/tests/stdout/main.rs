//! `StdoutExporter` from outside.

mod contract;
mod golden;
mod recorder;
mod scenarios;
