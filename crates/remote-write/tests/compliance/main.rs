//! The checks of Prometheus' compliance suite for senders (`prometheus/compliance`, `remotewrite/sender`)
//! under their names, one file for each of its: `TestRetryBehavior/no_retry_on_400` is
//! `retry::no_retry_on_400`, and a test without parts, such as `TestHTTPMethod`, a function of its file.
//! None is left out. What the suite does with a program that scrapes is done here with batches, and
//! every request is read by a receiver that refuses what is against the letter of the specification.
//! Functions with other names are ours.
//!
//! Two checks say here something else than there. `labels::label_values_may_be_empty`: the
//! specification forbids empty values, so that they are left out. `retry::no_retry_on_413` is so with
//! `divide_refused(false)`: by default the halves of a body that is too large are sent, where a split
//! stands around the exporter.

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
