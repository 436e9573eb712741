//! A batch seen through an exposition, as a text for people.

use std::fmt::Write;

use meterport_core::MetricBatch;
use meterport_prom::{
    Escaping, Exposition, Format, Rules, Strategy, Target, Translation, negotiate,
};
use meterport_testkit::prom::text::{Dialect, parse};

use crate::messages;

/// What a page is written by.
#[derive(Clone, Debug)]
pub(crate) struct View {
    title: &'static str,
    exposition: Exposition,
}

fn view(title: &'static str, translation: Translation, format: Format) -> View {
    let escaping = match translation.strategy() {
        Strategy::UnderscoreEscapingWithSuffixes | Strategy::UnderscoreEscapingWithoutSuffixes => {
            Escaping::Underscores
        }
        _ => Escaping::AllowUtf8,
    };
    View { title, exposition: Exposition::new(translation, format, escaping) }
}

fn translated(title: &'static str, strategy: Strategy) -> View {
    view(title, Translation::default().with_strategy(strategy), Format::Text)
}

pub(crate) fn text() -> View {
    view("text 0.0.4", Translation::default(), Format::Text)
}

pub(crate) fn open_metrics() -> View {
    view("OpenMetrics 1.0", Translation::default(), Format::OpenMetrics1)
}

pub(crate) fn open_metrics_2() -> View {
    view("OpenMetrics 2.0", Translation::default(), Format::OpenMetrics2)
}

pub(crate) fn created() -> View {
    let mut view = open_metrics();
    view.title = "OpenMetrics 1.0, with created lines";
    view.exposition = view.exposition.with_created_lines(true);
    view
}

pub(crate) fn protobuf() -> View {
    view("protobuf", Translation::default(), Format::Protobuf)
}

pub(crate) fn by_specification() -> View {
    let translation = Translation::default().with_rules(Rules::Specification);
    view("by the specification's letter", translation, Format::Text)
}

pub(crate) fn utf8() -> View {
    translated("NoUTF8EscapingWithSuffixes", Strategy::NoUtf8EscapingWithSuffixes)
}

pub(crate) fn bare() -> View {
    translated("UnderscoreEscapingWithoutSuffixes", Strategy::UnderscoreEscapingWithoutSuffixes)
}

pub(crate) fn bare_open_metrics() -> View {
    let translation =
        Translation::default().with_strategy(Strategy::UnderscoreEscapingWithoutSuffixes);
    view("UnderscoreEscapingWithoutSuffixes, OpenMetrics 1.0", translation, Format::OpenMetrics1)
}

pub(crate) fn untranslated() -> View {
    translated("NoTranslation", Strategy::NoTranslation)
}

/// For a scraper that knows no UTF-8 names.
pub(crate) fn untranslated_but_escaped() -> View {
    let mut view = translated("NoTranslation, escaping=underscores", Strategy::NoTranslation);
    view.exposition = Exposition::new(
        Translation::default().with_strategy(Strategy::NoTranslation),
        Format::Text,
        Escaping::Underscores,
    );
    view
}

pub(crate) fn verbatim() -> View {
    view("Verbatim", Translation::verbatim(), Format::Text)
}

pub(crate) fn pushed() -> View {
    let translation = Translation::default().with_target(Target::JobAndInstance);
    view("resources as job and instance", translation, Format::Text)
}

impl View {
    /// The page under its title, and what is not on it.
    pub(crate) fn show(&self, batch: &MetricBatch) -> String {
        let page = self.exposition.write(batch);
        let families = self.exposition.families(batch);
        let mut shown = format!("==== {}\n", self.title);
        match self.dialect() {
            Some(dialect) => {
                let text = String::from_utf8(page.bytes).expect("UTF-8");
                parse(&text, dialect).unwrap_or_else(|wrong| panic!("{wrong}\n{text}"));
                shown.push_str(&text);
            }
            None => messages::show(&page.bytes, &mut shown),
        }
        // `target_info` is written and was no point.
        let own = families.iter().filter(|family| family.name() == "target_info");
        let own: usize = own.flat_map(|family| family.parts()).map(|part| part.data().len()).sum();
        let format_lost = page.losses.points() - families.losses().points();
        let written = families.points() - own as u64 - format_lost;
        assert_eq!(written + page.losses.points(), batch.points(), "points are missing");
        for (loss, count) in page.losses.iter() {
            writeln!(shown, "---- left out: {count} {loss}").expect("written");
        }
        if page.rounded > 0 {
            writeln!(shown, "---- rounded: {}", page.rounded).expect("written");
        }
        shown
    }

    fn dialect(&self) -> Option<Dialect> {
        // What is announced is read as what it says.
        let content_type = self.exposition.format().content_type(self.exposition.escaping());
        match negotiate(&content_type, &Format::ALL).format {
            Format::OpenMetrics0 | Format::OpenMetrics1 => Some(Dialect::OpenMetrics1),
            Format::OpenMetrics2 => Some(Dialect::OpenMetrics2),
            Format::Text | Format::Text1 => Some(Dialect::Text),
            _ => None,
        }
    }
}
