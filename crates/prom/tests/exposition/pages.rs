//! Pages for the parsers of others: `cargo xtask exposition` has them written, by
//! `METERPORT_PAGES`, and read.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use meterport_core::MetricBatch;
use meterport_prom::{Escaping, Exposition, Format, Strategy, Translation};
use meterport_testkit::prom::generated;
use meterport_testkit::prom::text::{Dialect, parse};
use meterport_testkit::strategy::{Numbers, batches, samples};
use meterport_testkit::workload::Workload;

use crate::examples;

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
        for (dialect, (_, page)) in [Dialect::Text, Dialect::OpenMetrics1].iter().zip(&self.0) {
            let page = std::str::from_utf8(page).expect("UTF-8");
            parse(page, *dialect).unwrap_or_else(|wrong| panic!("{name}: {wrong}\n{page}"));
        }
        let Some(pages) = std::env::var_os("METERPORT_PAGES") else { return };
        let folder = PathBuf::from(pages).join(folder);
        fs::create_dir_all(&folder).expect("a folder");
        for (extension, page) in self.0 {
            fs::write(folder.join(name).with_extension(extension), page).expect("written");
        }
    }
}

#[test]
fn pages_for_other_parsers() {
    let legacy = Strategy::UnderscoreEscapingWithSuffixes;
    let strategies = [("legacy", legacy), ("utf8", Strategy::NoTranslation)];
    Pages::of(&Workload::counters(1_000).batch(1), legacy).write("promised", "counters");
    Pages::of(&Workload::gauges(1_000).batch(1), legacy).write("promised", "gauges");
    for (folder, strategy) in strategies {
        for example in examples::all() {
            Pages::of(&example.batch, strategy).write(folder, example.name);
        }
        for (at, batch) in batches(Numbers::Any, 200, 3).enumerate() {
            let pages = Pages::of(&batch, strategy);
            if !pages.has_exemplars() {
                pages.write(folder, &format!("batch-{at:03}"));
            }
        }
    }
    for (at, case) in samples(generated::case_of_legal_names(), 200, 5).enumerate() {
        Pages::of(&case.batch(), legacy).write("legacy", &format!("hostile-{at:03}"));
    }
}
