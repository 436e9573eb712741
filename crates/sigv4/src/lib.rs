//! Sign requests for AWS: Signature Version 4, as Amazon Managed Service for Prometheus, CloudWatch's
//! OTLP endpoint and others want it.
//!
//! [`SigV4`] is a [`RequestHook`](meterport_net::RequestHook): it goes into the builder of any transport,
//! behind other hooks, and signs every attempt anew. It signs the method, the path, the query, the
//! host, the date and the body; not the other headers, since proxies change them.
//!
//! ```
//! use meterport_sigv4::{Credentials, SigV4};
//!
//! let keys = Credentials::from_keys("AKIDEXAMPLE", "secret", None);
//! let hook = SigV4::new("eu-central-1", SigV4::PROMETHEUS, keys)?;
//! # Ok::<(), meterport_core::ConfigError>(())
//! ```
//!
//! Whatever the AWS SDK can read credentials from will do: `aws_config`'s chain is a
//! [`ProvideCredentials`], and so is a fixed pair of keys. Credentials that expire are asked for in
//! time, by one attempt for all, as [`Renewal`](meterport_net::auth::Renewal) says.
//!
//! # Stability
//!
//! [`Credentials`] and [`ProvideCredentials`] are those of `aws-credential-types` 1.

mod environment;
mod hook;
#[cfg(test)]
mod tests;

pub use aws_credential_types::Credentials;
pub use aws_credential_types::provider::ProvideCredentials;
pub use environment::credentials_from;
pub use hook::SigV4;
