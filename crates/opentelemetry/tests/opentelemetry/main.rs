//! Programs over the API, by way of the registry; some run on the SDK too.

mod alike;
mod allocations;
mod attributes;
mod global;
mod instruments;
mod program;
mod spans;
mod times;
mod views;
mod words;
