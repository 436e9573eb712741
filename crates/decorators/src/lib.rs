//! Wrap any exporter: retry, timeout, split, fallback, fan-out, and the rest of a reliable delivery.
