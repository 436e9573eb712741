//! The conformance suite over each decorator, around an exporter that sends over a network.

mod converting;

use std::time::Duration;

use meterport_core::MetricExporter;
use meterport_decorators::{ExporterExt, FallbackOn, Multi};
use meterport_otlp_http::OtlpHttpExporter;
use meterport_testkit::FakeCollector;
use meterport_testkit::conformance::{self, Group, Subject};

const SECRET: &str = "hunter2-of-the-header";

/// What `wrap` makes of an exporter, with the collector that this delivers to.
fn around<E: MetricExporter>(wrap: impl FnOnce(OtlpHttpExporter) -> E) -> Subject {
    let collector = FakeCollector::start();
    let exporter = OtlpHttpExporter::builder()
        .endpoint(collector.url())
        .header("authorization", format!("Bearer {SECRET}"))
        .build();
    Subject::new(wrap(exporter.expect("good settings"))).with_peer(collector).with_secret(SECRET)
}

/// Runs the checks of these groups but those that do not apply.
fn all_but(groups: &[Group], except: &[&str], make: fn() -> Subject) {
    let checks = || groups.iter().flat_map(|group| group.checks());
    for name in except {
        assert!(checks().any(|check| check.name == *name), "there is no {name}");
    }
    let failures: Vec<_> = checks()
        .filter(|check| !except.contains(&check.name))
        .filter(|check| std::panic::catch_unwind(|| (check.run)(make)).is_err())
        .map(|check| check.name)
        .collect();
    assert!(failures.is_empty(), "{failures:?}");
}

mod cardinality_limit {
    use super::*;

    fn subject() -> Subject {
        around(|exporter| exporter.cardinality_limit(100_000))
    }
    conformance::tests!(subject, network, transport, partial_success);
}

mod circuit_breaker {
    use meterport_decorators::BreakerPolicy;

    use super::*;

    fn subject() -> Subject {
        around(|exporter| exporter.circuit_breaker(BreakerPolicy::default()))
    }
    conformance::tests!(subject, network, transport, partial_success);
}

mod fallback {
    use super::*;

    fn subject() -> Subject {
        let unused = meterport_testkit::ScriptedExporter::new("unused");
        let fallback = |exporter: OtlpHttpExporter| {
            exporter.fallback(unused).expect("both cumulative").on(FallbackOn::Transient)
        };
        around(fallback)
    }
    conformance::tests!(subject, partial_success);
}

mod filter {
    use meterport_decorators::{FilterRules, Selector};

    use super::*;

    fn subject() -> Subject {
        let rules = FilterRules::new().drop(Selector::metric("no.such.*"));
        around(|exporter| exporter.filter(rules))
    }
    conformance::tests!(subject, network, transport, partial_success);
}

mod instrumented {
    use super::*;

    fn subject() -> Subject {
        around(ExporterExt::instrumented)
    }
    conformance::tests!(subject, network, transport, partial_success);
}

mod logging {
    use super::*;

    fn subject() -> Subject {
        around(ExporterExt::logging)
    }
    conformance::tests!(subject, network, transport, partial_success);
}

mod multi {
    use super::*;

    fn subject() -> Subject {
        around(|exporter| Multi::new([Box::new(exporter) as Box<dyn MetricExporter>]).unwrap())
    }
    conformance::tests!(subject, partial_success);
}

mod queue {
    use meterport_decorators::QueueSettings;

    use super::*;

    fn subject() -> Subject {
        around(|exporter| exporter.queue(QueueSettings::default()))
    }
    conformance::tests!(subject);
}

mod relabel {
    use meterport_decorators::RelabelRules;

    use super::*;

    fn subject() -> Subject {
        around(|exporter| exporter.relabel(RelabelRules::new().remove("no.such.*")))
    }
    conformance::tests!(subject, network, transport, partial_success);
}

mod reliable {
    use super::*;

    fn subject() -> Subject {
        around(ExporterExt::reliable)
    }
    conformance::tests!(subject, network, partial_success);
}

mod retry {
    use meterport_decorators::RetryPolicy;

    use super::*;

    fn subject() -> Subject {
        around(|exporter| exporter.retry(RetryPolicy::default()))
    }
    conformance::tests!(subject, network, partial_success);
}

mod shard {
    use std::num::NonZeroU16;

    use super::*;

    fn subject() -> Subject {
        around(|exporter| exporter.shard(NonZeroU16::new(4).expect("not zero")))
    }
    conformance::tests!(subject);

    /// An export that is stuck holds up those of the same block, for the sake of order.
    #[test]
    fn network() {
        all_but(&[Group::Network], &["an_export_that_is_stuck_holds_up_no_other"], subject);
    }
}

mod split {
    use super::*;

    fn subject() -> Subject {
        around(|exporter| exporter.split(100))
    }
    conformance::tests!(subject, network, partial_success);
}

mod timeout {
    use super::*;

    fn subject() -> Subject {
        around(|exporter| exporter.timeout(Duration::from_secs(5)))
    }
    conformance::tests!(subject, network, transport, partial_success);
}
