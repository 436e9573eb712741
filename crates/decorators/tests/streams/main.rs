//! What decorators do to the points of a batch, and to the batches of a time, by their answers and by
//! what arrives.

mod cardinality;
mod circuit_breaker;
mod filter;
mod fixtures;
mod queue;
mod relabel;
mod shard;
mod stale;
