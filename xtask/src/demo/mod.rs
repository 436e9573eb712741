//! `cargo xtask demo`: this machine's own metrics, every second, through every transport there is.

use std::future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use meterport_core::Deadline;
use meterport_decorators::Reliability;

use crate::arguments::Arguments;
use crate::failure::{Failure, Result};

use self::lane::{Figures, Lane};
use self::screen::Screen;
use self::snapshots::Snapshots;
use self::transports::Destination;

mod audit;
mod duration;
mod faults;
mod lane;
mod samples;
mod screen;
mod serve;
mod snapshots;
mod table;
#[cfg(test)]
mod tests;
mod transports;

const USAGE: &str = "\
Usage: cargo xtask demo [--for TIME] [--faults | [--otlp URL] [--otlp-grpc URL] [--serve ADDR]]

Takes this machine's own metrics and exports them every second through every transport, each in the
reliable stack, to a receiver in this process, which compares what arrives with what was produced.
Ends with Ctrl-C.

Options:
  --for TIME        end after this time: 10s, 500ms, 2m
  --faults          the receivers refuse, stall, throttle and reject in turns; at the end every point
                    must be accounted for
  --otlp URL        send OTLP over HTTP to this collector instead; what it did with it is then not
                    known, and only its answers are checked
  --otlp-grpc URL   the same for OTLP over gRPC
  --serve ADDR      show the metrics at this address too, host:port or a port, for a browser or a
                    Prometheus

Environment:
  OTEL_EXPORTER_OTLP_*   as everywhere; with an endpoint there, OTLP is sent to it by the protocol
                         that is said there

Exit codes: 0 all that was produced has been delivered and arrived, or is accounted for with --faults;
1 it has not; 2 wrong arguments.
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
    let served = arguments.option("--serve")?;
    if arguments.switch("--faults") {
        if http.is_some() || grpc.is_some() {
            return Err(arguments.wrong("--faults: a collector of yours has its own".to_owned()));
        }
        if served.is_some() {
            return Err(arguments.wrong("--faults: there is nothing to see".to_owned()));
        }
        arguments.end()?;
        return faults::run(time);
    }
    let served = match &served {
        None => None,
        Some(text) => match serve::address(text) {
            None => return Err(arguments.wrong(format!("--serve {text}: not an address"))),
            found => found,
        },
    };
    arguments.end()?;
    let destination = Destination::new(http, grpc, |name| std::env::var_os(name));
    run(&destination, served, time)
}

fn run(
    destination: &Destination,
    served: Option<(&str, u16)>,
    time: Option<Duration>,
) -> Result<()> {
    let runtime = runtime()?;
    // Half an interval: the readers start one after the other, but within much less.
    let snapshots = Arc::new(Snapshots::new(INTERVAL / 2));
    let server = served.map(|address| serve::start(address, &snapshots)).transpose()?;
    if let Some(server) = &server {
        println!("For a browser or a Prometheus: http://{}/metrics", server.address());
    }
    let mut lanes = start(destination, &snapshots, INTERVAL, &Reliability::default())?;
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
    screen.close(&table::table(&figures));
    judge(lanes.iter().flat_map(Lane::verdict))?;
    let points: u64 = figures.iter().map(|f| f.produced).sum();
    let seen = if figures.iter().all(|f| f.arrived.is_some()) { "arrived" } else { "delivered" };
    println!("All {points} points {seen}, on {} transports.", lanes.len());
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build();
    runtime.map_err(|error| Failure::while_doing("starting a runtime", error))
}

/// Starts every transport.
fn start(
    destination: &Destination,
    snapshots: &Arc<Snapshots>,
    interval: Duration,
    reliability: &Reliability,
) -> Result<Vec<Lane>> {
    let connected = transports::ALL.iter().map(|transport| {
        let connection = (transport.connect)(destination)?;
        Lane::start(transport.name, connection, snapshots, interval, reliability)
    });
    connected.collect()
}

/// Shows the figures every second until the time is over or Ctrl-C is pressed.
async fn watch(lanes: &mut [Lane], screen: &mut Screen, time: Option<Duration>) {
    let began = Instant::now();
    // A little after the exports, so that each line has its second's.
    let first = tokio::time::Instant::now() + INTERVAL + INTERVAL / 10;
    let mut ticks = tokio::time::interval_at(first, INTERVAL);
    let showing = async {
        loop {
            ticks.tick().await;
            lanes.iter_mut().for_each(Lane::settle);
            let figures = figures(lanes);
            screen.show(&table::line(began.elapsed(), &figures), &table::table(&figures));
        }
    };
    tokio::select! {
        () = over(time) => {}
        () = showing => {}
    }
}

/// Waits until the time is over or Ctrl-C is pressed.
async fn over(time: Option<Duration>) {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // There is no such signal to be had.
            future::pending::<()>().await;
        }
    };
    let passed = async {
        match time {
            Some(time) => tokio::time::sleep(time).await,
            None => future::pending().await,
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = passed => {}
    }
}

fn figures(lanes: &[Lane]) -> Vec<Figures> {
    lanes.iter().map(Lane::figures).collect()
}

/// An error if there is any problem.
fn judge(problems: impl Iterator<Item = String>) -> Result<()> {
    let problems: Vec<String> = problems.collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::Failed(problems.join("\n"))) }
}
