//! The facade's macros, and the batches that come of them.

mod descriptions;
mod limits;
mod scopes;
mod support;
mod values;
