use std::time::Duration;

/// What clients may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// From the first byte of a request to the end of its head; also for a handshake.
    pub(crate) header: Duration,
    /// From an answer to its last byte in the client's hands.
    pub(crate) write: Duration,
    /// From one request to the next.
    pub(crate) idle: Duration,
    /// Connections at once.
    pub(crate) connections: usize,
    /// From the wish to end to the end of those that do not.
    pub(crate) grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(5),
            // So that the connection is gone within the ten seconds that Prometheus waits itself.
            write: Duration::from_secs(9),
            idle: Duration::from_secs(120),
            connections: 1_024,
            grace: Duration::from_secs(10),
        }
    }
}
