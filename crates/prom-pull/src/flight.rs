use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use meterport_core::MetricBatch;
use tokio::sync::OnceCell;

type Cell = Arc<OnceCell<MetricBatch>>;

/// One snapshot for all that ask while it is being taken.
#[derive(Debug, Default)]
pub(crate) struct Flight(Mutex<Option<Cell>>);

impl Flight {
    /// The snapshot that is being taken, or else one that `take` takes now.
    ///
    /// Whoever takes it does so within its own time: if it gives up or fails, the next one that
    /// waits takes its own.
    pub(crate) async fn join<F, E>(&self, take: impl FnOnce() -> F) -> Result<MetricBatch, E>
    where
        F: Future<Output = Result<MetricBatch, E>>,
    {
        let cell = Arc::clone(self.current().get_or_insert_default());
        let taken = cell.get_or_try_init(|| async {
            let batch = take().await?;
            // Who comes from now on wants a newer one.
            self.current().take_if(|current| Arc::ptr_eq(current, &cell));
            Ok(batch)
        });
        taken.await.cloned()
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<Cell>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
