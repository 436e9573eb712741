//! A registry as its users see it: what is recorded, and what the snapshots hold.

mod allocations;
mod concurrent;
mod exemplars;
mod expiry;
mod instruments;
mod model;
mod readers;
mod snapshot;
mod support;
mod views;
