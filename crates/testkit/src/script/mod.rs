//! What a fake receiver answers: one [`Reply`] per request in order, then the standing one.
//!
//! Receivers of every protocol share these types; each says in its own docs which replies it knows.

mod grpc;
mod reply;
mod response;
mod rpc_json;

use std::collections::VecDeque;

pub use grpc::{Fate, GrpcReply, GrpcStatus};
pub use reply::{Encoding, Garbage, Part, Reply};
pub use response::{Response, ResponseBody};

/// Replies in order, then one for all that follow.
#[derive(Clone, Debug)]
pub struct Script<R> {
    next: VecDeque<R>,
    standing: R,
}

impl<R: Clone> Script<R> {
    /// No reply but the standing one.
    pub fn new(standing: R) -> Self {
        Self { next: VecDeque::new(), standing }
    }

    /// Adds replies behind those that wait.
    pub fn extend(&mut self, replies: impl IntoIterator<Item = R>) {
        self.next.extend(replies);
    }

    /// Changes the reply for everything behind the script.
    pub fn set_standing(&mut self, reply: R) {
        self.standing = reply;
    }

    /// The next reply that was scripted; `None` when only the standing one is left.
    pub fn pop(&mut self) -> Option<R> {
        self.next.pop_front()
    }

    /// The reply for everything behind the script.
    pub fn standing(&self) -> &R {
        &self.standing
    }

    /// How many scripted replies wait.
    pub fn len(&self) -> usize {
        self.next.len()
    }

    /// Whether only the standing reply is left.
    pub fn is_empty(&self) -> bool {
        self.next.is_empty()
    }
}
