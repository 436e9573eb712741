//! Who is measured: found out once, for all sources of a program.

mod builder;
mod detected;
#[cfg_attr(not(feature = "host"), path = "host_absent.rs")]
mod host;
mod instance;
mod process;
mod producer;
#[cfg(test)]
mod tests;
mod variables;

pub use builder::{Detector, ResourceBuilder};
pub use detected::DetectedResource;
pub use producer::WithResource;
