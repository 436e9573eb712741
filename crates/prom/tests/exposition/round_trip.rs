//! Whatever is in a batch: the pages are read again, and nothing is missing. `cargo xtask
//! exposition` does the same a million times.

use meterport_core::{Encode, MetricBatch};
use meterport_prom::{Escaping, Exposition, Format, Page, Strategy, Target, Translation};
use meterport_testkit::prom::client;
use meterport_testkit::prom::generated;
use meterport_testkit::prom::text::{self, Dialect, parse};
use meterport_testkit::strategy::{Numbers, batches, samples};

const DIALECTS: [(Format, Option<Dialect>); 4] = [
    (Format::Text, Some(Dialect::Text)),
    (Format::OpenMetrics1, Some(Dialect::OpenMetrics1)),
    (Format::OpenMetrics2, Some(Dialect::OpenMetrics2)),
    (Format::Protobuf, None),
];

fn check_case(case: &generated::Case) {
    let translation = Translation::default().with_strategy(Strategy::NoTranslation);
    for (format, dialect) in DIALECTS {
        let exposition = Exposition::new(translation.clone(), format, Escaping::AllowUtf8);
        let Page { bytes, losses, .. } = exposition.write(&case.batch());
        assert!(losses.is_empty(), "{losses:?}");
        let checked = match dialect {
            Some(dialect) => {
                let page = String::from_utf8(bytes).expect("UTF-8");
                case.check_text(&page, dialect).map_err(|wrong| format!("{wrong}\n{page}"))
            }
            None => case.check_messages(&bytes),
        };
        checked.unwrap_or_else(|wrong| panic!("{format}: {wrong}"));
    }
}

/// So many by default, `METERPORT_TEXTS` otherwise.
const TEXTS: u64 = 10_000;

#[test]
fn names_labels_helps_and_values_come_back() {
    let wanted = std::env::var("METERPORT_TEXTS").ok().map(|text| text.parse().expect("a number"));
    let (wanted, mut texts) = (wanted.unwrap_or(TEXTS), 0);
    for seed in 11.. {
        for case in samples(generated::case(), 200, seed) {
            check_case(&case);
            texts += case.texts();
        }
        if texts >= wanted {
            break;
        }
    }
}

/// The points of a page in text.
fn points_of_text(page: &str, dialect: Dialect) -> u64 {
    let families = parse(page, dialect).unwrap_or_else(|wrong| panic!("{wrong}\n{page}"));
    let points = |family: &text::Family| {
        let is_point = |sample: &&text::Sample| match (&*family.kind, dialect) {
            (_, Dialect::OpenMetrics2) => true,
            ("histogram", _) => sample.label("le") == Some("+Inf"),
            ("summary", _) => sample.name.strip_prefix(&*family.name) == Some("_count"),
            _ => true,
        };
        family.samples.iter().filter(is_point).count() as u64
    };
    families.iter().map(points).sum()
}

fn points_of_messages(bytes: &[u8]) -> u64 {
    let families = client::decode(bytes).expect("messages");
    assert_eq!(client::encode(&families), bytes, "prost writes it differently");
    families.iter().map(|family| family.metric.len() as u64).sum()
}

fn check_books(batch: &MetricBatch, exposition: &Exposition, dialect: Option<Dialect>) {
    let families = exposition.families(batch);
    let page = exposition.write(batch);
    let points = match dialect {
        Some(dialect) => points_of_text(std::str::from_utf8(&page.bytes).expect("UTF-8"), dialect),
        None => points_of_messages(&page.bytes),
    };
    let lost = page.losses.points();
    assert_eq!(points, families.points() - (lost - families.losses().points()), "{exposition:?}");
    // What is written and was no point before.
    let target = families.iter().filter(|family| family.name() == "target_info");
    let own: usize = target.flat_map(|family| family.parts()).map(|part| part.data().len()).sum();
    let all = batch.points()..=batch.points() + own as u64;
    assert!(all.contains(&(points + lost)), "{exposition:?}: {points} and {lost} of {all:?}");

    // The same in pieces, and not a byte more than allowed.
    let size = page.bytes.len() as u64;
    let mut pieces = Vec::new();
    let mut keep = |piece: &[u8]| pieces.extend_from_slice(piece);
    let report = exposition.encode_pieces(batch, size, &mut keep).expect("within the limit");
    assert_eq!((report.bytes, report.rounded), (size, page.rounded));
    assert_eq!(pieces, page.bytes);
    if size > 0 {
        let refused = exposition.encode(batch, size - 1).expect_err("one byte too many");
        assert_eq!(refused.size, size);
    }
}

#[test]
fn no_point_goes_missing_uncounted() {
    let targets = [Target::Info, Target::JobAndInstance, Target::Hidden];
    let strategies = Strategy::ALL.into_iter().cycle();
    let escapings = Escaping::ALL.into_iter().cycle();
    let kinds = strategies.zip(escapings).zip(targets.into_iter().cycle());
    for (batch, ((strategy, escaping), target)) in batches(Numbers::Any, 400, 7).zip(kinds) {
        let translation = Translation::default().with_strategy(strategy).with_target(target);
        for (format, dialect) in DIALECTS {
            for created in [false, true] {
                if created && format != Format::OpenMetrics1 {
                    continue;
                }
                let exposition = Exposition::new(translation.clone(), format, escaping);
                // Lines with start timestamps are no points: only whether they are legal is asked.
                if created {
                    let page = exposition.with_created_lines(true).write(&batch);
                    let page = String::from_utf8(page.bytes).expect("UTF-8");
                    points_of_text(&page, Dialect::OpenMetrics1);
                } else {
                    check_books(&batch, &exposition, dialect);
                }
            }
        }
    }
}
