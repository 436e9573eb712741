use meterport_registry::Registry;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use super::support::{check, lines, run};

#[test]
fn descriptions_and_units_count_before_and_after() {
    check(
        |b| b.default_buckets([1.0]),
        || {
            describe_counter!("before", Unit::Bytes, "Told before.");
            counter!("before").increment(1);
            gauge!("after").set(1.0);
            describe_gauge!("after", Unit::Percent, "Told after.");
            histogram!("h").record(0.5);
            describe_histogram!("h", "Without a unit.");
            describe_histogram!("never.measured", Unit::Seconds, "Of nothing.");
        },
        &[
            r#"after [%] "Told after." {} 1"#,
            r#"before [By] "Told before." {} 1 counted"#,
            r#"h [] "Without a unit." {} 0.5 in [1, 0] of [1.0]"#,
        ],
    );
}

#[test]
fn a_description_after_a_snapshot_is_in_the_next() {
    let registry = Registry::new();
    let producer = registry.producer().build();
    let recorder = run(&registry, |b| b, || counter!("c").increment(1));
    assert_eq!(lines(&producer.collect()), [r#"c [] "" {} 1 counted"#]);
    metrics::with_local_recorder(&recorder, || describe_counter!("c", Unit::Count, "Late."));
    assert_eq!(lines(&producer.collect()), [r#"c [1] "Late." {} 1 counted"#]);
}

#[test]
fn units_are_ucum() {
    let units = [
        (Unit::Count, "1"),
        (Unit::Percent, "%"),
        (Unit::Seconds, "s"),
        (Unit::Milliseconds, "ms"),
        (Unit::Microseconds, "us"),
        (Unit::Nanoseconds, "ns"),
        (Unit::Tebibytes, "TiBy"),
        (Unit::Gibibytes, "GiBy"),
        (Unit::Mebibytes, "MiBy"),
        (Unit::Kibibytes, "KiBy"),
        (Unit::Bytes, "By"),
        (Unit::TerabitsPerSecond, "Tbit/s"),
        (Unit::GigabitsPerSecond, "Gbit/s"),
        (Unit::MegabitsPerSecond, "Mbit/s"),
        (Unit::KilobitsPerSecond, "kbit/s"),
        (Unit::BitsPerSecond, "bit/s"),
        (Unit::CountPerSecond, "1/s"),
    ];
    for (unit, expected) in units {
        check(
            |b| b,
            || {
                gauge!("g").set(1.0);
                describe_gauge!("g", unit, "");
            },
            &[&format!(r#"g [{expected}] "" {{}} 1"#)],
        );
    }
}
