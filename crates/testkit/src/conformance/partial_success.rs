//! For protocols in which a receiver can take some points and refuse others.

use super::Behaviour;
use super::batches::tagged;
use super::place::Flavour;
use super::subject::{Make, Subject, after, expect_ok};

/// A partial success is a success: what was refused is in the books with the peer's words, and
/// nothing is sent again.
pub fn a_partial_success_is_ok_and_not_sent_again(make: Make) {
    Subject::check(make, |subject| {
        subject.behave(Behaviour::PartiallySuccessful);
        let batch = tagged("partly", 5);
        let (exporter, limit, some) = (subject.exporter(), subject.limit(), batch.clone());
        let result = Flavour::CurrentThread
            .run_once(async move { exporter.export(&some, after(limit)).await });
        let outcome = expect_ok("a partial success", result);
        assert_eq!((outcome.delivered, outcome.rejected), (4, 1), "{outcome:?}");
        assert_eq!(outcome.points(), 5, "{outcome:?}");
        assert!(outcome.message.is_some(), "the peer's words: {outcome:?}");
        subject.expect_arrived([&batch]);
        assert_eq!(subject.peer().arrivals().len(), 1, "requests");
    });
}
