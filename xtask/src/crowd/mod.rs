//! `cargo xtask crowd`: the endpoint for Prometheus on real sockets, when everybody comes at once.

use crate::arguments::Arguments;
use crate::failure::{Failure, Result};

mod client;
mod descriptors;
mod recorder;
mod scrapers;
mod shop;
mod slow_readers;

const USAGE: &str = "\
Usage: cargo xtask crowd

Starts the endpoint for Prometheus on a loopback port, and checks what it promises:

  scrapers      1,000 at the same moment: at most 16 are answered at once, the others are refused
                within 100 ms, and threads that record never wait
  slow readers  1,000 that do not read their answers are cut off within 10 s, and meanwhile others
                are served
  descriptors   where the system has none left, accepting waits and does not spin, and goes on once
                there are some
";

/// How many come at once.
const CROWD: usize = 1_000;

pub(crate) fn main(arguments: Vec<String>) -> Result<()> {
    let Some(arguments) = Arguments::new(arguments, USAGE) else { return Ok(()) };
    arguments.end()?;
    // Both ends of each connection, and some room.
    descriptors::raise(2 * CROWD as u64 + 500)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::while_doing("starting a runtime", error))?;
    println!("scrapers: {}", runtime.block_on(scrapers::run())?);
    println!("slow readers: {}", runtime.block_on(slow_readers::run())?);
    println!("descriptors: {}", descriptors::run()?);
    Ok(())
}
