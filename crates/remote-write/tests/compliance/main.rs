//! The checks of Prometheus' compliance suite for senders (`prometheus/compliance`, `remotewrite/sender`)
//! that apply to a library, under their names, one file for each of its. Every request is read by a
//! receiver that refuses what is against the letter of the specification.
//!
//! What the suite does with a program that scrapes is done here with batches. Left out are checks of
//! that program alone: which flags it has, and how it does under load.

mod backoff;
mod batching;
mod combined;
mod edge;
mod errors;
mod exemplars;
mod fallback;
mod fixture;
mod histograms;
mod labels;
mod metadata;
mod protocol;
mod response;
mod retry;
mod rw1_compat;
mod samples;
mod symbols;
mod timestamps;
