//! Metrics as one route of an application that is an axum server already.
//!
//! `cargo run --example prometheus_axum`, then `curl localhost:3000/work localhost:3000/metrics`.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use meterport::prom_pull::ScrapeService;
use meterport::{
    AttributeSet, Deadline, Metric, MetricBatch, MetricProducer, Number, NumberPoint, ProduceError,
    Resource, ResourceMetrics, Scope, ScopeMetrics, Sum,
};

/// Counts what the application does; collected when somebody scrapes.
#[derive(Debug, Default)]
struct Work(AtomicU64);

#[async_trait::async_trait]
impl MetricProducer for Work {
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        let done = Number::U64(self.0.load(Ordering::Relaxed));
        let done = NumberPoint::new(AttributeSet::from([("kind", "hard")]), done);
        let metric = Metric::new("work.done", Sum::counter([done])).with_description("Work done.");
        let scope = ScopeMetrics::new(Scope::new("example")).with_metric(metric);
        let resource = Resource::new([("service.name", "axum-example")]);
        Ok(ResourceMetrics::new(resource).with_scope(scope).into())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let work = Arc::new(Work::default());
    let metrics = ScrapeService::builder().producer(Arc::clone(&work)).build()?;
    let do_work = move || async move {
        work.0.fetch_add(1, Ordering::Relaxed);
        "done\n"
    };
    let app = Router::new().route("/work", get(do_work)).route_service("/metrics", metrics);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/metrics", listener.local_addr()?);
    let seconds = std::env::args().nth(1).map_or(Ok(60), |argument| argument.parse())?;
    let end = tokio::time::sleep(Duration::from_secs(seconds));
    axum::serve(listener, app).with_graceful_shutdown(end).await?;
    Ok(())
}
