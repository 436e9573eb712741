//! `cargo xtask test`: what a change must pass, in one command; the CI calls nothing else.

use std::io::Write as _;
use std::time::Instant;

use crate::arguments::Arguments;
use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

use self::steps::{STEPS, Step, Verdict};
use self::tally::Tally;

mod api;
mod steps;
mod tally;
mod toolchains;
mod weight;

const USAGE: &str = "\
Usage: cargo xtask test [--quick] [-k STEP] [--list]

Runs every check that a change must pass, stops at the first that fails, and shows its output.

Options:
  --quick    leave out what takes long and rarely fails: docs, other targets, oldest Rust
  -k STEP    run one step alone
  --list     list the steps
";

pub(crate) fn main(arguments: Vec<String>) -> Result<()> {
    let Some(mut arguments) = Arguments::new(arguments, USAGE) else { return Ok(()) };
    let quick = arguments.switch("--quick");
    let list = arguments.switch("--list");
    let only = arguments.option("-k")?;
    if let Some(name) = &only
        && !STEPS.iter().any(|step| step.name == name)
    {
        return Err(arguments.wrong(format!("there is no step {name:?}; see --list")));
    }
    arguments.end()?;
    if list {
        for Step { name, about, .. } in STEPS {
            println!("{name:15}{about}");
        }
        return Ok(());
    }

    let is_wanted = |step: &&Step| match &only {
        Some(name) => step.name == name,
        None => !(quick && step.slow),
    };
    run(&STEPS.iter().filter(is_wanted).collect::<Vec<_>>())
}

fn run(steps: &[&Step]) -> Result<()> {
    let workspace = Workspace::read()?;
    let mut tally = Tally::default();
    let mut left_out = Vec::new();
    let began = Instant::now();
    for step in steps {
        if step.shows {
            println!("--- {}: {}", step.name, step.about);
        } else {
            // The name stands there while it works, the time follows.
            print!("--- {}: ", step.name);
            let _ = std::io::stdout().flush();
        }
        let step_began = Instant::now();
        let verdict = (step.run)(&workspace, &mut tally);
        let seconds = step_began.elapsed().as_secs_f64();
        let name = if step.shows { format!("--- {}: ", step.name) } else { String::new() };
        match verdict {
            Ok(Verdict::Passed) => println!("{name}ok, {seconds:.1} s"),
            Ok(Verdict::LeftOut(why)) => {
                println!("{name}LEFT OUT: {why}");
                left_out.push(format!("{}: {why}", step.name));
            }
            Err(failure) => {
                println!("{name}FAILED after {seconds:.1} s");
                return Err(Failure::Failed(format!("{}: {failure}", step.name)));
            }
        }
    }
    for line in &left_out {
        println!("LEFT OUT {line}");
    }
    let count = steps.len() - left_out.len();
    println!("{count} steps passed in {:.1} s", began.elapsed().as_secs_f64());
    if let Some(line) = tally.line() {
        println!("{line}");
    }
    Ok(())
}
