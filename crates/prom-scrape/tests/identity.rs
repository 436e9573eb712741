//! A page is read and written again, by the writers of Meterport's own exposition: the same bytes.

use meterport_core::{MetricBatch, Timestamp};
use meterport_prom::{Escaping, Exposition, Format, Loss, Page, Translation};
use meterport_prom_scrape::PageReader;
use meterport_testkit::prom::generated;
use meterport_testkit::prom::text::{self, Dialect};
use meterport_testkit::strategy::{Numbers, batches, samples};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

fn forms() -> impl Iterator<Item = Exposition> {
    let exposition = |format| Exposition::new(Translation::verbatim(), format, Escaping::AllowUtf8);
    let created = exposition(Format::OpenMetrics1).with_created_lines(true);
    [Format::OpenMetrics1, Format::Protobuf, Format::Text]
        .map(exposition)
        .into_iter()
        .chain([created])
}

fn shown(page: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(page)
}

const BEYOND: [&str; 2] =
    ["a bucket with less than nothing", "a native histogram with buckets out of range"];

/// Nothing where a count or a bucket goes beyond what Prometheus has a form for.
fn read(exposition: &Exposition, page: &[u8]) -> Option<MetricBatch> {
    match PageReader::new().read(page, exposition.format(), NOW) {
        Ok(batch) => Some(batch),
        Err(wrong) if BEYOND.contains(&wrong.problem()) => None,
        Err(wrong) => panic!("{wrong}\n{}", shown(page)),
    }
}

fn check_same(exposition: &Exposition, before: &[u8], after: &[u8]) {
    if before != after {
        let (one, other) = (shown(before), shown(after));
        let differs = one.lines().zip(other.lines()).find(|pair| pair.0 != pair.1);
        panic!("{exposition:?}\n{differs:?}\n--- before\n{one}\n--- after\n{other}");
    }
}

/// All samples of a page, by a parser that knows nothing of ours; empty labels are none.
fn samples_of(page: &[u8], format: Format) -> Vec<String> {
    let dialect = if format == Format::Text { Dialect::Text } else { Dialect::OpenMetrics1 };
    let families = text::parse(&shown(page), dialect).expect("a legal page");
    let sample = |sample: text::Sample| {
        let text::Sample { name, mut labels, value, timestamp, exemplars, .. } = sample;
        labels.retain(|label| !label.1.is_empty());
        labels.sort();
        format!("{name} {labels:?} {value} {timestamp:?} {exemplars:?}")
    };
    let mut samples: Vec<_> =
        families.into_iter().flat_map(|family| family.samples).map(sample).collect();
    samples.sort();
    samples
}

/// Whether the page came back to the byte.
fn check_page(exposition: &Exposition, page: &Page) -> bool {
    let page_before = &page.bytes;
    let Some(batch) = read(exposition, page_before) else { return false };
    let again = exposition.write(&batch);
    assert!(again.losses.is_empty(), "{:?}\n{}", again.losses, shown(page_before));
    // Empty labels are not kept; a summary must have its sum to be one.
    let is_plain = match exposition.format() {
        Format::Protobuf => page.bytes.windows(2).all(|pair| pair != [0x12, 0]),
        _ => !shown(page_before).contains("=\"\""),
    } && page.losses.of(Loss::SumOmitted) == 0;
    if is_plain {
        check_same(exposition, page_before, &again.bytes);
    }
    if exposition.format() != Format::Protobuf {
        let format = exposition.format();
        let (before, after) = (samples_of(page_before, format), samples_of(&again.bytes, format));
        assert_eq!(before.len(), after.len(), "{}", shown(page_before));
        before.iter().zip(&after).for_each(|(before, after)| assert_eq!(before, after));
    }
    let third = exposition.write(&read(exposition, &again.bytes).expect("as before"));
    check_same(exposition, &again.bytes, &third.bytes);
    is_plain
}

fn check_batch(batch: &MetricBatch) -> usize {
    forms().filter(|exposition| check_page(exposition, &exposition.write(batch))).count()
}

#[test]
fn pages_of_any_batch_come_back() {
    let whole: usize = batches(Numbers::Any, 1_000, 23).map(|batch| check_batch(&batch)).sum();
    assert!(whole > 2_000, "{whole}");
}

#[test]
fn any_name_label_and_help_comes_back() {
    let cases = samples(generated::case(), 500, 5);
    let whole: usize = cases.map(|case| check_batch(&case.batch())).sum();
    assert!(whole > 500, "{whole}");
}
