use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::CROWD;
use super::client::Client;
use super::recorder::{Recorded, Recorder};
use super::shop::Shop;
use crate::failure::{Failure, Result};

const SERIES: u64 = 10_000;
/// How long a snapshot takes, during which the crowd has come.
const SNAPSHOT: Duration = Duration::from_millis(50);
/// How often they come.
const WAVES: usize = 5;

/// Promises.
const IN_FLIGHT: u64 = 16;
const REFUSED_WITHIN: Duration = Duration::from_millis(100);
/// Waits of the recording thread that are not about scrapes: the first touch of its memory.
const FEW_WAITS: u64 = 3;

/// Pages that have nothing in common but the snapshot.
const ACCEPTS: [&str; 4] = [
    "text/plain;version=0.0.4",
    "application/openmetrics-text;version=1.0.0",
    "application/openmetrics-text;version=2.0.0;escaping=allow-utf-8",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
];

/// What one scraper saw.
#[derive(Clone, Copy, Debug)]
struct Seen {
    wave: usize,
    status: u16,
    /// From its request to the first bytes of the answer.
    took: Duration,
}

pub(super) async fn run() -> Result<String> {
    let failed = |error: &dyn std::fmt::Display| Failure::while_doing("scraping", error);
    let shop = Shop::open(SERIES, SNAPSHOT)?;
    let address = shop.address()?;
    let mut clients = Vec::new();
    for _ in 0..CROWD {
        clients.push(Client::connect(address).await.map_err(|error| failed(&error))?);
    }
    let calm = Recorder::start(shop.instruments()?);
    tokio::time::sleep(SNAPSHOT * WAVES as u32).await;
    let calm = stop(calm)?;

    let recorder = Recorder::start(shop.instruments()?);
    let (mut seen, mut peak) = (Vec::new(), 0);
    for number in 0..WAVES {
        let mut wave = JoinSet::new();
        for (at, mut client) in clients.drain(..).enumerate() {
            wave.spawn(async move {
                let begin = Instant::now();
                client.ask("/metrics", ACCEPTS[at % ACCEPTS.len()]).await?;
                let status = client.status().await?;
                let took = begin.elapsed();
                client.body().await?;
                std::io::Result::Ok((client, Seen { wave: number, status, took }))
            });
        }
        loop {
            peak = peak.max(shop.service.stats().in_flight);
            let next = tokio::time::timeout(Duration::from_millis(1), wave.join_next()).await;
            match next {
                Err(_) => {}
                Ok(None) => break,
                Ok(Some(ended)) => {
                    let ended = ended.map_err(|error| failed(&error))?;
                    let (client, one) = ended.map_err(|error| failed(&error))?;
                    clients.push(client);
                    seen.push(one);
                }
            }
        }
    }
    let busy = stop(recorder)?;
    drop(clients);
    shop.close()?;
    judge(&seen, peak, &calm, &busy)
}

fn stop(recorder: Recorder) -> Result<Recorded> {
    recorder.stop().ok_or_else(|| Failure::Failed("the recording thread panicked".into()))
}

fn judge(seen: &[Seen], peak: u64, calm: &Recorded, busy: &Recorded) -> Result<String> {
    let of = |status: u16| seen.iter().filter(move |one| one.status == status);
    let (answered, refused) = (of(200).count(), of(503).count());
    let slowest =
        |wave: usize| of(503).filter(move |one| one.wave == wave).map(|one| one.took).max();
    let slowest: Vec<Duration> = (0..WAVES).filter_map(slowest).collect();
    let of_waves = (slowest.iter().min(), slowest.iter().max());
    let (least, most) = (of_waves.0.copied(), of_waves.1.copied());
    let milliseconds = |time: Option<Duration>| time.unwrap_or_default().as_secs_f64() * 1_000.0;
    let waits = match busy.waits {
        Some(waits) => format!("{waits} times"),
        None => "an untold number of times".to_owned(),
    };
    let text = format!(
        "{WAVES} times {CROWD}: {answered} answered, {refused} refused, the slowest of the \
         calmest wave after {:.1} ms, of all after {:.1} ms; at most {peak} answered at once; a \
         thread recorded for {:.1} ns each ({:.1} ns in calm) and waited {waits}",
        milliseconds(least),
        milliseconds(most),
        busy.nanoseconds_each(),
        calm.nanoseconds_each(),
    );
    let holds = answered + refused == seen.len()
        && answered > 0
        && refused > 0
        && peak <= IN_FLIGHT
        // Whatever else this machine does holds up some waves.
        && least.is_some_and(|slowest| slowest <= REFUSED_WITHIN)
        && busy.waits.is_none_or(|waits| waits <= FEW_WAITS);
    if holds { Ok(text) } else { Err(Failure::Failed(format!("scrapers: {text}"))) }
}
