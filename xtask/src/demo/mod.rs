//! `cargo xtask demo`: this machine's own metrics, every second, through every transport there is.

use std::future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use meterport_core::Deadline;
use meterport_decorators::Reliability;

use crate::arguments::Arguments;
use crate::failure::{Failure, Result};

use self::lane::{Figures, Lane};
use self::snapshots::Snapshots;
use self::table::Screen;
use self::transports::Destination;

mod audit;
mod duration;
mod lane;
mod snapshots;
mod table;
#[cfg(test)]
mod tests;
mod transports;

const USAGE: &str = "\
Usage: cargo xtask demo [--for TIME] [--otlp URL] [--otlp-grpc URL]

Takes this machine's own metrics and exports them every second through every transport, each in the
reliable stack, to a receiver in this process, which compares what arrives with what was produced.
Ends with Ctrl-C.

Options:
  --for TIME        end after this time: 10s, 500ms, 2m
  --otlp URL        send OTLP over HTTP to this collector instead; what it did with it is then not
                    known, and only its answers are checked
  --otlp-grpc URL   the same for OTLP over gRPC

Environment:
  OTEL_EXPORTER_OTLP_*   as everywhere; with an endpoint there, OTLP is sent to it by the protocol
                         that is said there

Exit codes: 0 all that was produced has been delivered and arrived, 1 it has not, 2 wrong arguments.
";

/// From one export to the next.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long the last exports may take.
const END: Duration = Duration::from_secs(10);

pub(crate) fn main(arguments: Vec<String>) -> Result<()> {
    let Some(mut arguments) = Arguments::new(arguments, USAGE) else { return Ok(()) };
    let time = match arguments.option("--for")? {
        None => None,
        Some(text) => match duration::parse(&text) {
            Some(time) => Some(time),
            None => return Err(arguments.wrong(format!("--for {text}: not a time, as 10s is"))),
        },
    };
    let (http, grpc) = (arguments.option("--otlp")?, arguments.option("--otlp-grpc")?);
    arguments.end()?;
    let destination = Destination::new(http, grpc, |name| std::env::var_os(name));
    run(&destination, time)
}

fn run(destination: &Destination, time: Option<Duration>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::while_doing("starting a runtime", error))?;
    // Half an interval: the readers start one after the other, but within much less.
    let mut lanes = start(destination, INTERVAL, INTERVAL / 2, &Reliability::default())?;
    let whereto = match destination.is_embedded() {
        true => "receivers in this process",
        false => "a collector",
    };
    println!("This machine's metrics to {whereto}, every second; Ctrl-C ends it.");
    let mut screen = Screen::new();
    runtime.block_on(async {
        watch(&mut lanes, &mut screen, time).await;
        let deadline = Deadline::after(Instant::now(), END);
        for lane in &mut lanes {
            lane.finish(deadline).await;
        }
    });
    let figures = figures(&lanes);
    screen.close(&figures);
    judge(&lanes)?;
    let points: u64 = figures.iter().map(|f| f.produced).sum();
    let seen = if figures.iter().all(|f| f.arrived.is_some()) { "arrived" } else { "delivered" };
    println!("All {points} points {seen}, on {} transports.", lanes.len());
    Ok(())
}

/// Starts every transport.
fn start(
    destination: &Destination,
    interval: Duration,
    fresh_for: Duration,
    reliability: &Reliability,
) -> Result<Vec<Lane>> {
    let snapshots = Arc::new(Snapshots::new(fresh_for));
    let connected = transports::ALL.iter().map(|transport| {
        let connection = (transport.connect)(destination)?;
        Lane::start(transport.name, connection, &snapshots, interval, reliability)
    });
    connected.collect()
}

/// Shows the figures every second until the time is over or Ctrl-C is pressed.
async fn watch(lanes: &mut [Lane], screen: &mut Screen, time: Option<Duration>) {
    let began = Instant::now();
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // There is no such signal to be had.
            future::pending::<()>().await;
        }
    };
    let over = async {
        match time {
            Some(time) => tokio::time::sleep(time).await,
            None => future::pending().await,
        }
    };
    // A little after the exports, so that each line has its second's.
    let first = tokio::time::Instant::now() + INTERVAL + INTERVAL / 10;
    let mut ticks = tokio::time::interval_at(first, INTERVAL);
    let showing = async {
        loop {
            ticks.tick().await;
            lanes.iter_mut().for_each(Lane::settle);
            screen.show(began.elapsed(), &figures(lanes));
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = over => {}
        () = showing => {}
    }
}

fn figures(lanes: &[Lane]) -> Vec<Figures> {
    lanes.iter().map(Lane::figures).collect()
}

/// An error if anything was lost or changed on any transport.
fn judge(lanes: &[Lane]) -> Result<()> {
    let problems: Vec<String> = lanes.iter().flat_map(Lane::verdict).collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::Failed(problems.join("\n"))) }
}
