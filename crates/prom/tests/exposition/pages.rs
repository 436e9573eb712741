//! What `cargo xtask exposition` runs: pages for other parsers, and a million texts.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use meterport_core::MetricBatch;
use meterport_prom::{Escaping, Exposition, Format, Strategy, Translation};
use meterport_testkit::prom::generated;
use meterport_testkit::strategy::{Numbers, batches, samples};
use meterport_testkit::workload::Workload;

use crate::examples;
use crate::round_trip::check_case;

/// A page in both of the text formats, by extension.
struct Pages([(&'static str, Vec<u8>); 2]);

impl Pages {
    fn of(batch: &MetricBatch, strategy: Strategy) -> Self {
        let translation = Arc::new(Translation::default().with_strategy(strategy));
        let escaping = match strategy {
            Strategy::NoTranslation => Escaping::AllowUtf8,
            _ => Escaping::Underscores,
        };
        let formats = [("text", Format::Text), ("openmetrics", Format::OpenMetrics1)];
        Self(formats.map(|(extension, format)| {
            let exposition = Exposition::new(Arc::clone(&translation), format, escaping);
            (extension, exposition.write(batch).bytes)
        }))
    }

    /// Python's parser of exemplars takes a brace in a label for the end.
    fn has_exemplars(&self) -> bool {
        self.0.iter().any(|(_, page)| String::from_utf8_lossy(page).contains(" # {"))
    }

    /// Into folders by what a parser has to know: names of old, or any.
    fn write(self, folder: &str, name: &str) {
        let pages = std::env::var_os("METERPORT_PAGES").expect("METERPORT_PAGES names a folder");
        let folder = PathBuf::from(pages).join(folder);
        fs::create_dir_all(&folder).expect("a folder");
        for (extension, page) in self.0 {
            fs::write(folder.join(name).with_extension(extension), page).expect("written");
        }
    }
}

#[test]
#[ignore = "for `cargo xtask exposition`"]
fn pages_for_other_parsers() {
    let legacy = Strategy::UnderscoreEscapingWithSuffixes;
    let strategies = [("legacy", legacy), ("utf8", Strategy::NoTranslation)];
    Pages::of(&Workload::counters(1_000).batch(1), legacy).write("promised", "counters");
    Pages::of(&Workload::gauges(1_000).batch(1), legacy).write("promised", "gauges");
    for (folder, strategy) in strategies {
        for example in examples::all() {
            Pages::of(&example.batch, strategy).write(folder, example.name);
        }
        for (at, batch) in batches(Numbers::Any, 500, 3).enumerate() {
            let pages = Pages::of(&batch, strategy);
            if !pages.has_exemplars() {
                pages.write(folder, &format!("batch-{at:03}"));
            }
        }
    }
    for (at, case) in samples(generated::case_of_legal_names(), 1_000, 5).enumerate() {
        Pages::of(&case.batch(), legacy).write("legacy", &format!("hostile-{at:03}"));
    }
}

#[test]
#[ignore = "for `cargo xtask exposition`"]
#[allow(clippy::print_stdout, reason = "how many it were")]
fn a_million_texts_come_back() {
    const WANTED: u64 = 1_000_000;
    let mut texts = 0;
    for seed in 100.. {
        for case in samples(generated::case(), 1_000, seed) {
            check_case(&case);
            texts += case.texts();
        }
        if texts >= WANTED {
            break;
        }
    }
    println!("{texts} names, labels, values and helps came back");
}
