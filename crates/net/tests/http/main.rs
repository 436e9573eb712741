//! The client against a peer that does what the test says, over loopback sockets.

mod answers;
mod auth;
mod faults;
mod hooks;
mod peer;
mod proxies;
mod runtimes;
mod services;
mod sockets;
#[cfg(not(any(feature = "tls-aws-lc", feature = "tls-ring")))]
mod without_tls;
