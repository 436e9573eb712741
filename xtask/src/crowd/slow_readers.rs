use std::time::{Duration, Instant};

use super::CROWD;
use super::client::Client;
use super::shop::Shop;
use crate::failure::{Failure, Result};

const SERIES: u64 = 10_000;
/// A client's buffer, so that most of a page stays with the server.
const BUFFER: u32 = 4_096;

/// The promise: from the answer's first byte.
const CUT_WITHIN: Duration = Duration::from_secs(10);
/// What the system's timers and this machine's load may add.
const GRACE: Duration = Duration::from_secs(1);

pub(super) async fn run() -> Result<String> {
    let failed = |error: &dyn std::fmt::Display| Failure::while_doing("reading slowly", error);
    let shop = Shop::open(SERIES, Duration::ZERO)?;
    let address = shop.address()?;
    let mut readers = Vec::new();
    for _ in 0..CROWD {
        let reader = Client::connect_with(address, Some(BUFFER)).await;
        let mut reader = reader.map_err(|error| failed(&error))?;
        reader.ask("/metrics", "text/plain").await.map_err(|error| failed(&error))?;
        let status = reader.status().await.map_err(|error| failed(&error))?;
        if status != 200 {
            return Err(Failure::Failed(format!("a slow reader was answered {status}")));
        }
        readers.push((reader, Instant::now()));
    }
    // Half of them take a byte now and then, which is no reason to wait for them.
    let page = whole(&shop, &failed).await?;
    let last = readers.last().map_or_else(Instant::now, |reader| reader.1);
    while last.elapsed() < CUT_WITHIN + GRACE {
        tokio::time::sleep(Duration::from_millis(500)).await;
        for (reader, _) in readers.iter_mut().step_by(2) {
            let _ = tokio::time::timeout(Duration::from_millis(1), reader.byte()).await;
        }
    }
    // Whoever is not cut by now would read on, or wait.
    let mut most = 0;
    for (reader, _) in &mut readers {
        let rest = tokio::time::timeout(GRACE, reader.rest()).await;
        let rest = rest.map_err(|_| Failure::Failed("a slow reader was not cut off".into()))?;
        most = most.max(rest.map_err(|error| failed(&error))?);
    }
    if most >= page {
        return Err(Failure::Failed(format!("a slow reader got {most} bytes of {page}")));
    }
    let after = whole(&shop, &failed).await?;
    shop.close()?;
    Ok(format!(
        "{CROWD} were cut off within {CUT_WITHIN:?}, none with more than {most} bytes of a page of \
         {after}; meanwhile another was served"
    ))
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
