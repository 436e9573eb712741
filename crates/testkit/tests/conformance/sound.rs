//! What keeps the contract passes everything.

mod with_peer {
    use meterport_testkit::conformance::{self, Subject};

    use crate::memory::subject;

    fn sound() -> Subject {
        subject(None)
    }
    conformance::tests!(sound, network, transport, partial_success);
}

mod without_peer {
    use meterport_testkit::conformance::{self, Subject};

    use crate::memory::InMemory;

    conformance::tests!(|| Subject::new(InMemory::default()));
}

mod run_all {
    use meterport_testkit::conformance::{Group, run_all};

    use crate::defect::Defect;
    use crate::memory::subject;

    const ALL: [Group; 4] =
        [Group::Contract, Group::Network, Group::Transport, Group::PartialSuccess];

    #[test]
    fn a_sound_exporter_passes() {
        assert_eq!(run_all(|| subject(None), ALL), Ok(()));
    }

    #[test]
    fn what_fails_is_named_and_the_rest_is_run() {
        let failures = run_all(|| subject(Some(Defect::RetriesPartialSuccess)), ALL).unwrap_err();
        let [(name, words)] = &failures[..] else { panic!("{failures:?}") };
        assert_eq!(*name, "a_partial_success_is_ok_and_not_sent_again");
        assert!(words.contains("arrived too often"), "{words}");
    }
}
