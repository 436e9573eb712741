use std::sync::Arc;

use meterport_core::{Deadline, ExportError, Outcome};

use crate::brake::{Abandoned, Brake};
use crate::control::{Answer, Order, Orders};
use crate::engine::Engine;
use crate::ticks::Ticks;
use crate::{ReaderError, budget};

#[cfg(test)]
mod tests;

/// What makes a periodic reader differ from one by hand, apart from its ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The owner says when to collect: a shutdown collects nothing.
    Manual,
    /// A flush goes through to the exporter, and a shutdown collects once more.
    Periodic,
}

/// The reader's life: one thing after the other, so exports never overlap and keep their order.
pub(crate) async fn run(mut engine: Engine, mut ticks: Ticks, mut orders: Orders, mode: Mode) {
    let last = match work(&mut engine, &mut ticks, &mut orders, mode).await {
        Ok(deadline) => {
            // The last collection serves the flushes asked for before it, and no later one.
            let served = (mode == Mode::Periodic).then(|| orders.open_flush()).flatten();
            let last = finish(&mut engine, deadline, mode).await;
            if let Some(ticket) = served {
                orders.answer(ticket, last.clone());
            }
            last
        }
        Err(Abandoned) => {
            let exporter = &engine.component;
            tracing::warn!(%exporter, "metric reader dropped without a shutdown: what it had not exported is lost");
            Err(ReaderError::Shutdown)
        }
    };
    orders.end(last);
}

/// Works until a shutdown is asked for, and gives its deadline.
async fn work(
    engine: &mut Engine,
    ticks: &mut Ticks,
    orders: &mut Orders,
    mode: Mode,
) -> Result<Deadline, Abandoned> {
    loop {
        let order = tokio::select! {
            biased;
            order = orders.next() => Some(order),
            () = ticks.due() => None,
        };
        let mut brake = orders.brake(&engine.clock);
        match order {
            None => engine.tick(&mut brake).await?,
            Some(Order::Abandon) => return Err(Abandoned),
            Some(Order::Flush { ticket, deadline }) => {
                let answer = flush(engine, deadline, &mut brake, mode).await?;
                orders.answer(ticket, answer);
            }
            Some(Order::Shutdown { deadline }) => return Ok(deadline),
        }
    }
}

async fn flush(
    engine: &mut Engine,
    deadline: Deadline,
    brake: &mut Brake,
    mode: Mode,
) -> Result<Answer, Abandoned> {
    // Nobody waits for it any more: it was asked for while a long export ran.
    if deadline.has_passed(engine.clock.now()) {
        return Ok(Err(ReaderError::TimedOut));
    }
    let flushed = engine.flush(deadline, brake).await?;
    if mode == Mode::Manual {
        return Ok(flushed);
    }
    Ok(both(flushed, engine.flush_exporter(deadline, brake).await?))
}

async fn finish(engine: &mut Engine, deadline: Deadline, mode: Mode) -> Answer {
    let mut last = Ok(Outcome::default());
    if mode == Mode::Periodic {
        let export_by = budget::before_shutdown(deadline, engine.clock.now());
        let mut brake = Brake::deadline_only(Arc::clone(&engine.clock));
        // Without an owner to be dropped, it is never abandoned.
        last = engine.flush(export_by, &mut brake).await.unwrap_or(Err(ReaderError::Shutdown));
    }
    both(last, engine.shut_exporter(deadline).await)
}

/// Both outcomes in one; of two errors, the first.
fn both(first: Answer, second: Result<Outcome, ExportError>) -> Answer {
    match (first, second) {
        (Ok(mut first), Ok(second)) => {
            first.absorb(second);
            Ok(first)
        }
        // A producer's failure is the lesser news.
        (Ok(_) | Err(ReaderError::Collect { .. }), Err(error)) => Err(ReaderError::Export(error)),
        (Err(ReaderError::Collect { failures, mut outcome }), Ok(second)) => {
            outcome.absorb(second);
            Err(ReaderError::Collect { failures, outcome })
        }
        (Err(error), _) => Err(error),
    }
}
