use std::time::Duration;

/// What a full queue does with a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// Drops it.
    DropNewest,
    /// Makes room: the batches that have waited longest are dropped.
    #[default]
    DropOldest,
    /// Waits for room until the deadline of the export, which then fails.
    Wait,
}

/// How much a [`Queue`](super::Queue) holds, for how long, and what it does then.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct QueueSettings {
    /// The most points that wait; 1,000,000 by default.
    pub max_points: u64,
    /// The most bytes that they take, attribute sets that batches share counted once; 64 MiB by
    /// default.
    pub max_bytes: usize,
    /// What is done when either is reached; the oldest go by default.
    pub overflow: Overflow,
    /// Whether a newer cumulative value takes the place of one that waits; not by default.
    pub newest_wins: bool,
    /// How long a batch may wait; without end by default.
    pub max_age: Option<Duration>,
    /// The deadline of each export to the exporter inside; 30 s by default, the specification's
    /// `OTEL_METRIC_EXPORT_TIMEOUT`.
    pub export_timeout: Duration,
    /// The pause behind an export that failed, doubled with each further one and drawn at random;
    /// 1 s by default.
    pub pause: Duration,
    /// The longest such pause, also where the other side asks for a longer one; 30 s by default.
    pub max_pause: Duration,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            max_points: 1_000_000,
            max_bytes: 64 << 20,
            overflow: Overflow::default(),
            newest_wins: false,
            max_age: None,
            export_timeout: Duration::from_secs(30),
            pause: Duration::from_secs(1),
            max_pause: Duration::from_secs(30),
        }
    }
}

impl QueueSettings {
    /// At most so many points, at least one.
    #[must_use]
    pub fn max_points(mut self, points: u64) -> Self {
        self.max_points = points.max(1);
        self
    }

    /// At most so many bytes.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// What is done with a batch for which there is no room.
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Newer cumulative values, gauges and summaries take the place of those of the same series that
    /// wait: during an outage the queue then holds one value for each series. Deltas all stay.
    #[must_use]
    pub fn newest_wins(mut self) -> Self {
        self.newest_wins = true;
        self
    }

    /// Batches that have waited for so long are dropped.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Each export to the exporter inside may take so long.
    #[must_use]
    pub fn export_timeout(mut self, timeout: Duration) -> Self {
        self.export_timeout = timeout;
        self
    }

    /// The first and the longest pause behind exports that failed.
    #[must_use]
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        (self.pause, self.max_pause) = (first, longest);
        self
    }
}
