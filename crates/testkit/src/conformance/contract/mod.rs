//! What every exporter must do, whatever it is made of. Where there is a peer, what arrived there
//! is looked at too.

mod cancellation;
mod concurrency;
mod delivery;
mod description;
mod lifecycle;
mod runtimes;

pub use cancellation::a_dropped_export_leaves_it_usable;
pub use concurrency::concurrent_exports_are_all_delivered;
pub use delivery::{
    a_batch_without_points_is_ok_and_sends_nothing, a_passed_deadline_is_a_timeout_at_once,
    every_kind_of_point_and_attribute_arrives, every_point_is_delivered,
    the_same_batch_gives_the_same_bytes,
};
pub use description::{
    debug_prints_no_secret, its_component_is_told, its_preferences_are_told_and_stay,
};
pub use lifecycle::{
    export_after_shutdown_fails_and_owes_the_batch, flushing_is_ok, it_can_be_dropped_anywhere,
    shutdown_is_idempotent, shutdown_past_its_deadline_still_ends_it,
};
pub use runtimes::{
    a_blocked_runtime_does_not_matter, a_runtime_that_has_ended_does_not_matter,
    a_runtime_without_drivers_is_survived, outside_a_runtime_it_works_or_says_why,
};
