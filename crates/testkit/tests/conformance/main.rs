//! The suite itself: an exporter that keeps the contract passes it, and each way to break the
//! contract is caught by the check that is there for it.

mod caught;
mod defect;
mod memory;
mod peer;
mod sound;
