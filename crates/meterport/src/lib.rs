//! Metric exporters for Rust: one data model, one exporter trait, small crates picked one by one.
