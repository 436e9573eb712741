//! `cargo xtask demo --faults`: collectors that refuse, stall, throttle and reject in turns, and a
//! stack whose books must balance all the same.

mod lane;
mod table;
#[cfg(test)]
mod tests;
mod turns;

use std::sync::Arc;
use std::time::{Duration, Instant};

use meterport_core::Deadline;
use meterport_otlp_http::Format;
use meterport_testkit::FakeCollector;

use super::screen::Screen;
use super::snapshots::Snapshots;
use super::transports::{otlp_grpc, otlp_http};
use super::{END, judge, over, runtime};
use crate::failure::Result;

use self::lane::{Figures, Lane};
use self::turns::{Protocol, TURNS};

/// From one export to the next.
const INTERVAL: Duration = Duration::from_millis(100);
/// How long a turn takes at least.
const TURN: Duration = Duration::from_millis(400);
/// How long a turn waits until every exporter has met it.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(time: Option<Duration>) -> Result<()> {
    let runtime = runtime()?;
    let mut lanes = start()?;
    println!(
        "This machine's metrics, ten times a second, to collectors that refuse, stall, throttle and \
         reject in turns; Ctrl-C ends it.\n\
         points: produced = delivered + rejected + dropped + queued"
    );
    let mut screen = Screen::new();
    runtime.block_on(async {
        tokio::select! {
            () = over(time) => {}
            () = take_turns(&mut lanes, &mut screen) => {}
        }
        let deadline = Deadline::after(Instant::now(), END);
        for lane in &mut lanes {
            lane.finish(deadline).await;
        }
    });
    let figures = figures(&lanes);
    screen.close(&table::table("takes all", &figures));
    judge(lanes.iter().flat_map(Lane::verdict))?;
    let points: u64 = figures.iter().map(|f| f.produced).sum();
    println!("All {points} points are accounted for, on {} transports.", lanes.len());
    Ok(())
}

fn start() -> Result<Vec<Lane>> {
    let snapshots = Arc::new(Snapshots::new(INTERVAL / 2));
    let http = |name, format| {
        let collector = FakeCollector::start();
        let exporter = otlp_http::exporter(&collector, format)?;
        Lane::start((name, Protocol::Http), collector, exporter, &snapshots, INTERVAL)
    };
    let grpc = |name| {
        let collector = FakeCollector::start_grpc();
        let exporter = otlp_grpc::exporter(&collector)?;
        Lane::start((name, Protocol::Grpc), collector, exporter, &snapshots, INTERVAL)
    };
    Ok(vec![
        http("otlp-http protobuf", Format::Protobuf)?,
        http("otlp-http JSON", Format::Json)?,
        grpc("otlp-grpc")?,
    ])
}

async fn take_turns(lanes: &mut [Lane], screen: &mut Screen) {
    let began = Instant::now();
    for turn in TURNS.iter().cycle() {
        lanes.iter_mut().for_each(|lane| lane.begin(turn));
        let since = Instant::now();
        loop {
            tokio::time::sleep(INTERVAL / 2).await;
            let mut missing: Vec<_> =
                lanes.iter_mut().filter_map(|lane| (!lane.has_met(turn)).then_some(lane)).collect();
            if since.elapsed() >= PATIENCE {
                missing.iter_mut().for_each(|lane| lane.missed(turn));
            } else if since.elapsed() < TURN || !missing.is_empty() {
                continue;
            }
            break;
        }
        let figures = figures(lanes);
        let line = table::line(began.elapsed(), turn.name, &figures);
        screen.show(&line, &table::table(turn.name, &figures));
    }
}

fn figures(lanes: &[Lane]) -> Vec<Figures> {
    lanes.iter().map(Lane::figures).collect()
}
