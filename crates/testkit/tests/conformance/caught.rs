//! Each defect is caught by the check that is there for it, and each check catches something.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use meterport_testkit::conformance::{Group, Make, contract, network, partial_success, transport};

use crate::defect::Defect;
use crate::memory::subject;

struct Case {
    defect: Defect,
    check: &'static str,
    run: fn(Make),
    make: Make,
    words: &'static str,
}

macro_rules! cases {
    ($($defect:ident: $group:ident::$check:ident $words:literal)+) => {
        [$(Case {
            defect: Defect::$defect,
            check: stringify!($check),
            run: $group::$check,
            make: || subject(Some(Defect::$defect)),
            words: $words,
        }),+]
    };
    (hanging; $($defect:ident: $group:ident::$check:ident $words:literal)+) => {
        [$(Case {
            make: || subject(Some(Defect::$defect)).with_patience(IMPATIENT),
            ..cases!($defect: $group::$check $words)[0]
        }),+]
    };
}

/// What hangs for this long will hang for ever.
const IMPATIENT: Duration = Duration::from_millis(400);

#[rustfmt::skip]
const CASES: [Case; 31] = cases! {
    CountsTwice: contract::every_point_is_delivered "the books do not balance"
    LosesAPoint: contract::every_point_is_delivered "never arrived: 1 points"
    LosesAttributes: contract::every_kind_of_point_and_attribute_arrives "arrived instead"
    MarksRequests: contract::the_same_batch_gives_the_same_bytes "the bytes differ"
    SendsEmptyBatches: contract::a_batch_without_points_is_ok_and_sends_nothing "left: (1,"
    SendsAfterTheDeadline: contract::a_passed_deadline_is_a_timeout_at_once "it should have failed"
    ForgetsShutdown: contract::export_after_shutdown_fails_and_owes_the_batch "it should have failed"
    RefusesASecondShutdown: contract::shutdown_is_idempotent "of round 0"
    ShutsDownOnlyInTime: contract::shutdown_past_its_deadline_still_ends_it "it should have failed"
    FailsToFlush: contract::flushing_is_ok "a flush of nothing failed"
    NeedsARuntimeToBeDropped: contract::it_can_be_dropped_anywhere "no reactor running"
    SharesOneBuffer: contract::concurrent_exports_are_all_delivered "never arrived"
    KeepsTheFirstRuntime: contract::a_runtime_that_has_ended_does_not_matter "its runtime has ended"
    PanicsOutsideTokio: contract::outside_a_runtime_it_works_or_says_why "no reactor running"
    PanicsWithoutDrivers: contract::a_runtime_without_drivers_is_survived "timers are disabled"
    WaversInItsPreferences: contract::its_preferences_are_told_and_stay "asked again"
    TellsNoType: contract::its_component_is_told "it has no type"
    TellsUserAndPassword: contract::its_component_is_told "may have a user and a password"
    PrintsItsToken: contract::debug_prints_no_secret "secret 0 is printed"
    NeverCountsBytes: network::requests_and_bytes_are_counted "bytes as sent"
    ClaimsNothingArrived: network::an_unfinished_answer_is_cut_at_the_deadline "may have arrived"
    NeedsARuntimeToCancel: network::a_future_may_outlive_its_runtime "no reactor running"
    WaitsForExportsInShutdown: network::shutdown_is_not_held_up_by_a_hanging_peer "the shutdown took"
    ForgetsWhatItMissed: network::a_peer_that_was_away_is_found_again "it should have failed"
    SendsInPieces: transport::one_export_is_one_request "left: 2"
    CallsARefusalUnavailable: transport::a_refused_connection_is_to_be_retried "left: Unavailable"
    PutsTheTokenIntoErrors: transport::a_refused_connection_is_to_be_retried "secret 0 is printed"
    GivesUpTooSoon: transport::an_unavailable_peer_is_to_be_retried "left: Never"
    RetriesRejections: transport::a_rejection_is_final "left: Backoff"
    ClaimsNothingArrived: transport::a_broken_connection_is_to_be_retried_and_unconfirmed "may have arrived"
    RetriesPartialSuccess: partial_success::a_partial_success_is_ok_and_not_sent_again "arrived too often: 5 points"
};

#[rustfmt::skip]
const HANGING: [Case; 5] = cases! { hanging;
    LeaksItsPermit: contract::a_dropped_export_leaves_it_usable "still running"
    KeepsTheFirstRuntime: contract::a_blocked_runtime_does_not_matter "still running"
    IgnoresTheDeadline: network::a_hanging_peer_is_cut_at_the_deadline "still running"
    LeaksItsPermit: network::an_export_dropped_while_the_peer_hangs_leaves_it_usable "still running"
    WaitsForOthers: network::an_export_that_is_stuck_holds_up_no_other "still running"
};

fn check(Case { defect, check, run, make, words }: &Case) {
    let caught = catch_unwind(AssertUnwindSafe(|| run(*make)));
    let panic = caught.expect_err(&format!("{check} does not notice {defect:?}"));
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
    let text = text.unwrap_or_default();
    assert!(text.contains(words), "{check} says of {defect:?}: {text}");
}

#[test]
fn what_goes_wrong_is_caught() {
    CASES.iter().for_each(check);
}

#[test]
fn what_hangs_is_caught() {
    HANGING.iter().for_each(check);
}

#[test]
fn every_check_catches_something() {
    let groups =
        [Group::Contract, Group::Network, Group::Transport, Group::PartialSuccess].into_iter();
    let all: BTreeSet<_> = groups.flat_map(Group::checks).map(|check| check.name).collect();
    let cases = CASES.iter().chain(&HANGING);
    assert_eq!(cases.map(|case| case.check).collect::<BTreeSet<_>>(), all);
}
