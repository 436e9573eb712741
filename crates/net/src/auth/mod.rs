//! Authentication, each way a [`RequestHook`](crate::RequestHook): the same for every transport,
//! in gRPC as metadata.
//!
//! | Hook | Sends | Secret from |
//! |---|---|---|
//! | [`ApiKey`] | a header of any name | memory, or a file that is read again |
//! | [`Basic`] | `authorization: Basic …` (RFC 7617) | memory, or a file that is read again |
//! | [`Bearer`] | `authorization: Bearer …` (RFC 6750) | memory, or a file that is read again |
//! | [`TokenAuth`] | the same, or a header of any name | a [`TokenSource`] that is asked before the token expires |
//!
//! What is put into a header takes the place of what was there under the same name. No secret is
//! in any `Debug`, error or trace. Who needs something else (a signature, a header per tenant)
//! implements [`RequestHook`](crate::RequestHook), with a [`Renewal`] if it needs a secret that
//! expires.

mod api_key;
mod basic;
mod bearer;
mod credential;
mod file;
mod renewal;
#[cfg(test)]
mod tests;
mod token;

use std::time::Duration;

pub use api_key::ApiKey;
pub use basic::Basic;
pub use bearer::Bearer;
pub use renewal::{Expiry, Renewal};
pub use token::{Token, TokenAuth, TokenSource};

/// How long after a change a refusal is taken for one of the secret before: requests that were
/// under way with the old one are refused one after the other.
const REFUSAL_PAUSE: Duration = Duration::from_secs(5);
