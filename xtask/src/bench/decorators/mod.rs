//! `bench decorators`: what layers cost, and what a queue spares.

use crate::failure::Result;
use crate::workspace::Workspace;

use super::{judge, programs};

mod overload;
mod stack;
mod streams;

pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    let programs = programs(workspace)?;
    let mut promises = stack::measure(&programs, quick)?;
    streams::measure(&programs, quick)?;
    promises.extend(overload::measure(&programs, quick)?);
    judge(&promises)
}
