use std::time::{Duration, Instant};

use super::CROWD;
use super::client::Client;
use super::shop::Shop;
use crate::failure::{Failure, Result};

const SERIES: u64 = 10_000;
/// The promise, from the answer's first byte. The server's own limit is a second less.
const CUT_WITHIN: Duration = Duration::from_secs(10);

pub(super) async fn run() -> Result<String> {
    let failed = |error: &dyn std::fmt::Display| Failure::while_doing("reading slowly", error);
    let shop = Shop::open(SERIES, Duration::ZERO)?;
    let address = shop.address()?;
    let mut readers = Vec::new();
    for _ in 0..CROWD {
        let reader = Client::connect_narrow(address).await;
        let mut reader = reader.map_err(|error| failed(&error))?;
        reader.ask("/metrics", "text/plain").await.map_err(|error| failed(&error))?;
        let status = reader.status().await.map_err(|error| failed(&error))?;
        if status != 200 {
            return Err(Failure::Failed(format!("a slow reader was answered {status}")));
        }
        readers.push(reader);
    }
    let page = whole(&shop, &failed).await?;
    let last = Instant::now();
    let open = open_files()?;
    // Half of them take a byte now and then, which is no reason to wait for them.
    while open_files()? + CROWD > open {
        if last.elapsed() > CUT_WITHIN {
            let left = (open_files()? + CROWD).saturating_sub(open);
            return Err(Failure::Failed(format!("{left} slow readers were not cut off")));
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
        for reader in readers.iter_mut().step_by(2) {
            let _ = tokio::time::timeout(Duration::from_micros(10), reader.byte()).await;
        }
    }
    let took = last.elapsed();
    whole(&shop, &failed).await?;
    shop.close()?;
    Ok(format!(
        "{CROWD} were cut off {:.1} s after the last had its answer, a page of {page} bytes; \
         others were served meanwhile and after",
        took.as_secs_f64()
    ))
}

/// How many files this process has open: both ends of each connection are among them.
fn open_files() -> Result<usize> {
    let all = std::fs::read_dir("/dev/fd");
    let all = all.map_err(|error| Failure::while_doing("counting open files", error))?;
    Ok(all.count())
}

/// The length of a page, read as one should.
async fn whole(shop: &Shop, failed: &impl Fn(&dyn std::fmt::Display) -> Failure) -> Result<usize> {
    let address = shop.address()?;
    let scraped = async {
        let mut client = Client::connect(address).await?;
        client.ask("/metrics", "text/plain").await?;
        client.body().await
    };
    scraped.await.map_err(|error| failed(&error))
}
