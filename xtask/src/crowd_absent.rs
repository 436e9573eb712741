//! `cargo xtask crowd` where there are no limits of descriptors to be set.

use crate::failure::{Failure, Result};

pub(crate) fn main(_: Vec<String>) -> Result<()> {
    Err(Failure::Missing("`crowd` runs on Unix".into()))
}
