use meterport_core::InstrumentKind;

use crate::conformance::batches::tagged;
use crate::conformance::place::Flavour;
use crate::conformance::subject::{Make, Subject, deliver};

/// Temporality and aggregation are told for all seven kinds of instrument, and stay what they are.
pub fn its_preferences_are_told_and_stay(make: Make) {
    Subject::check(make, |subject| {
        let exporter = subject.exporter();
        let told = || {
            InstrumentKind::ALL.map(|kind| (exporter.temporality(kind), exporter.aggregation(kind)))
        };
        let first = told();
        assert_eq!(told(), first, "asked again");
        use_and_end(subject);
        assert_eq!(told(), first, "after a shutdown");
    });
}

/// The component says who it is, on one line and without credentials, and stays what it is.
pub fn its_component_is_told(make: Make) {
    Subject::check(make, |subject| {
        let exporter = subject.exporter();
        let first = exporter.component().clone();
        assert!(!first.kind.trim().is_empty(), "it has no type: {first:?}");
        let text = first.to_string();
        assert!(!text.contains('@'), "{text:?} may have a user and a password");
        assert!(!text.contains(char::is_control), "{text:?} is no single line");
        subject.expect_discreet(&text);
        use_and_end(subject);
        assert_eq!(exporter.component(), &first, "after a shutdown");
    });
}

/// `Debug` says something, and none of the secrets: fresh, used and shut down.
pub fn debug_prints_no_secret(make: Make) {
    Subject::check(make, |subject| {
        let exporter = subject.exporter();
        let printed = || {
            let text = format!("{exporter:?} {exporter:#?}");
            assert!(!text.trim().is_empty());
            subject.expect_discreet(&text);
        };
        printed();
        use_and_end(subject);
        printed();
        // An error may tell as well.
        let (exporter, batch) = (subject.exporter(), tagged("late", 1));
        let late = batch.clone();
        let result = Flavour::CurrentThread
            .run_once(async move { exporter.export(&late, meterport_core::Deadline::NONE).await });
        subject.error(result, &batch);
    });
}

fn use_and_end(subject: &Subject) {
    let (exporter, limit) = (subject.exporter(), subject.limit());
    Flavour::CurrentThread.run_once(async move {
        deliver(&*exporter, &tagged("some", 5), limit).await;
        let _ = exporter.shutdown(meterport_core::Deadline::NONE).await;
    });
}
