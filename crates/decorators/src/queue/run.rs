use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use meterport_core::{ErrorKind, ExportError, MetricExporter};
use meterport_worker::{StopSignal, catch_panic};

use super::line::Line;
use crate::bounded::bounded;

/// What a queue's thread does: it exports until the end, and then lives on until the queue is dropped,
/// for the shutdown of the exporter inside.
pub(super) async fn run<E: MetricExporter>(inner: Arc<E>, line: Arc<Line>, mut stop: StopSignal) {
    let work = async {
        deliver(&*inner, &line).await;
        pending::<()>().await;
    };
    first(stop.requested(), work).await;
}

/// Exports one batch after the other, until the end.
pub(super) async fn deliver<E: MetricExporter>(inner: &E, line: &Line) {
    let mut failures = 0;
    while let Some((entry, deadline)) = line.next().await {
        let component = inner.component();
        let export = catch_panic(inner.export(&entry.batch, deadline));
        let export = async {
            match bounded(deadline, &*line.clock, export).await {
                Ok(Ok(result)) => result,
                Ok(Err(panicked)) => {
                    Err(ExportError::new(ErrorKind::Unavailable, panicked.to_string())
                        .with_component(component)
                        .unconfirmed())
                }
                Err(cut) => Err(cut.error(component)),
            }
        };
        // What was given up is counted already.
        let Some(result) = first(
            async {
                line.ended().await;
                None
            },
            async { Some(export.await) },
        )
        .await
        else {
            return;
        };
        match line.settle(entry, result, failures) {
            None => failures = 0,
            Some(pause) => {
                failures = failures.saturating_add(1);
                line.rest(pause).await;
            }
        }
    }
}

/// The output of the future that ends first.
async fn first<T>(a: impl Future<Output = T>, b: impl Future<Output = T>) -> T {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|context| match a.as_mut().poll(context) {
        Poll::Pending => b.as_mut().poll(context),
        ready => ready,
    })
    .await
}
