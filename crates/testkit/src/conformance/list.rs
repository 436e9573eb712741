//! The one list of all checks, and what is made of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Group, Make};

/// Hands the names of a group's checks to the macro `$then`, with what else it needs.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_list {
    ($then:ident, contract $(, $argument:tt)*) => {
        $crate::$then! { contract [
            every_point_is_delivered
            every_kind_of_point_and_attribute_arrives
            the_same_batch_gives_the_same_bytes
            a_batch_without_points_is_ok_and_sends_nothing
            a_passed_deadline_is_a_timeout_at_once
            export_after_shutdown_fails_and_owes_the_batch
            shutdown_is_idempotent
            shutdown_past_its_deadline_still_ends_it
            flushing_is_ok
            it_can_be_dropped_anywhere
            a_dropped_export_leaves_it_usable
            concurrent_exports_are_all_delivered
            a_runtime_that_has_ended_does_not_matter
            a_blocked_runtime_does_not_matter
            outside_a_runtime_it_works_or_says_why
            a_runtime_without_drivers_is_survived
            its_preferences_are_told_and_stay
            its_component_is_told
            debug_prints_no_secret
        ] $($argument)* }
    };
    ($then:ident, network $(, $argument:tt)*) => {
        $crate::$then! { network [
            requests_and_bytes_are_counted
            a_hanging_peer_is_cut_at_the_deadline
            an_unfinished_answer_is_cut_at_the_deadline
            an_export_dropped_while_the_peer_hangs_leaves_it_usable
            a_future_may_outlive_its_runtime
            an_export_that_is_stuck_holds_up_no_other
            shutdown_is_not_held_up_by_a_hanging_peer
            a_peer_that_was_away_is_found_again
        ] $($argument)* }
    };
    ($then:ident, transport $(, $argument:tt)*) => {
        $crate::$then! { transport [
            one_export_is_one_request
            a_refused_connection_is_to_be_retried
            a_broken_connection_is_to_be_retried_and_unconfirmed
            an_unavailable_peer_is_to_be_retried
            a_rejection_is_final
        ] $($argument)* }
    };
    ($then:ident, partial_success $(, $argument:tt)*) => {
        $crate::$then! { partial_success [
            a_partial_success_is_ok_and_not_sent_again
        ] $($argument)* }
    };
}

/// The checks of a group as tests.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_test {
    ($group:ident [$($check:ident)+] $make:tt) => {$(
        #[test]
        fn $check() {
            $crate::conformance::$group::$check($make);
        }
    )+};
}

/// The checks of a group as values.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_values {
    ($group:ident [$($check:ident)+]) => {
        &[$(Check { name: stringify!($check), run: super::$group::$check }),+]
    };
}

/// Makes a `#[test]` of each check of the suite; see [`conformance`](crate::conformance).
///
/// `tests!(make)` for [`contract`](crate::conformance::contract) alone, `tests!(make, network, ..)`
/// with the other groups that apply. `make` is a [`Make`](crate::conformance::Make).
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($make:expr $(, $group:ident)* $(,)?) => {
        const MAKE: $crate::conformance::Make = $make;
        $crate::conformance_list!(conformance_test, contract, MAKE);
        $($crate::conformance_list!(conformance_test, $group, MAKE);)*
    };
}

/// One check of the suite.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Check {
    /// The name of its function.
    pub name: &'static str,
    /// Panics if the subject does not pass.
    pub run: fn(Make),
}

impl Group {
    /// The checks of this group.
    pub fn checks(self) -> &'static [Check] {
        match self {
            Self::Contract => conformance_list!(conformance_values, contract),
            Self::Network => conformance_list!(conformance_values, network),
            Self::Transport => conformance_list!(conformance_values, transport),
            Self::PartialSuccess => conformance_list!(conformance_values, partial_success),
        }
    }
}

/// Runs the checks of these groups one after the other, all of them, whatever fails.
///
/// For programs that are not tests; a test says [`tests!`](super::tests), which names each check.
///
/// # Errors
/// Names and words of the checks that failed.
pub fn run_all(
    make: Make,
    groups: impl IntoIterator<Item = Group>,
) -> Result<(), Vec<(&'static str, String)>> {
    let mut failures = Vec::new();
    for check in groups.into_iter().flat_map(Group::checks) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (check.run)(make))) {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            failures.push((check.name, text.unwrap_or_default()));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}
