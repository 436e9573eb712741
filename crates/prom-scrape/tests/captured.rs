//! Pages of real servers, read and written again: the same families, samples and exemplars, as
//! parsers see them that know nothing of ours.

use meterport_core::Timestamp;
use meterport_prom::{Escaping, Exposition, Format, Translation};
use meterport_prom_scrape::PageReader;
use meterport_testkit::prom::client::{self, LabelPair, MetricFamily};
use meterport_testkit::prom::text::{self, Dialect};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

/// The page, read and written again, twice by one reader: the second snapshot finds the series of
/// the first.
fn again(page: &[u8], format: Format) -> Vec<u8> {
    let exposition = Exposition::new(Translation::verbatim(), format, Escaping::AllowUtf8)
        .with_created_lines(true);
    let mut reader = PageReader::new();
    let [first, second] = [(), ()].map(|()| {
        let batch = reader.read(page, format, NOW).unwrap_or_else(|wrong| panic!("{wrong}"));
        let page = exposition.write(&batch);
        assert!(page.losses.is_empty(), "{:?}", page.losses);
        page.bytes
    });
    assert_eq!(first, second);
    second
}

/// Families by name, samples in any order, numbers however they are spelled.
fn said(page: &str, dialect: Dialect) -> Vec<String> {
    let families = text::parse(page, dialect).unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut said: Vec<_> = families
        .into_iter()
        .map(|family| {
            let number =
                |time: Option<String>| time.map(|time| time.parse::<f64>().expect("a number"));
            let mut samples: Vec<_> = family
                .samples
                .into_iter()
                .map(|sample| {
                    let exemplars = sample.exemplars.into_iter().map(|mut exemplar| {
                        exemplar.labels.sort();
                        (exemplar.labels, exemplar.value, number(exemplar.timestamp))
                    });
                    let exemplars: Vec<_> = exemplars.collect();
                    let mut labels: Vec<_> = sample
                        .labels
                        .into_iter()
                        .map(|(name, value)| match &*name {
                            "le" | "quantile" => {
                                (name, value.parse::<f64>().expect("a bound").to_string())
                            }
                            _ => (name, value),
                        })
                        .collect();
                    labels.retain(|label| !label.1.is_empty());
                    labels.sort();
                    format!("{} {labels:?} {:?} {exemplars:?}", sample.name, sample.value)
                })
                .collect();
            samples.sort();
            format!(
                "{} {} {:?} {:?} {samples:#?}",
                family.name, family.kind, family.help, family.unit
            )
        })
        .collect();
    said.sort();
    said
}

fn check_text(page: &str, format: Format, dialect: Dialect) {
    let after = String::from_utf8(again(page.as_bytes(), format)).expect("UTF-8");
    let (before, after) = (said(page, dialect), said(&after, dialect));
    before.iter().zip(&after).for_each(|(before, after)| assert_eq!(before, after));
    assert_eq!(before.len(), after.len());
}

/// Labels and metrics in order, empty labels left out, and of histograms that are classic and native the native ones.
fn sorted(page: &[u8]) -> Vec<MetricFamily> {
    let by_name = |labels: &mut Vec<LabelPair>| {
        labels.retain(|label| label.value.as_deref() != Some(""));
        labels.sort_by(|a, b| a.name.cmp(&b.name));
    };
    let mut families = client::decode(page).expect("messages");
    for family in &mut families {
        for metric in &mut family.metric {
            by_name(&mut metric.label);
            if let Some(histogram) = &mut metric.histogram {
                histogram.exemplars.iter_mut().for_each(|one| by_name(&mut one.label));
                if histogram.schema.is_some() {
                    histogram.bucket.clear();
                }
            }
        }
        family.metric.sort_by_cached_key(|metric| format!("{:?}", metric.label));
    }
    families
}

fn without_empty_labels(page: &str) -> String {
    let lines = page.lines().map(|line| {
        let Some((name, rest)) = line.split_once('{').filter(|_| !line.starts_with('#')) else {
            return format!("{line}\n");
        };
        // None of these pages has a comma or a brace in a label's value.
        let (labels, value) = rest.split_once('}').expect("the end of the labels");
        let labels: Vec<_> = labels.split(',').filter(|label| !label.ends_with("=\"\"")).collect();
        format!("{name}{{{}}}{value}\n", labels.join(","))
    });
    lines.collect()
}

#[test]
fn text_comes_back() {
    let pages = [
        include_str!("data/prometheus-3.txt"),
        include_str!("data/pushgateway.txt"),
        include_str!("data/node-exporter.txt"),
        // A gauge histogram, which loses its count in this format; it gets one.
        &include_str!("data/python.txt").replace(
            "held_bucket{le=\"+Inf\"} 5.0\n",
            "held_bucket{le=\"+Inf\"} 5.0\nheld_count 5.0\n",
        ),
    ];
    for page in pages {
        check_text(page, Format::Text, Dialect::Text);
    }
    // Go writes as we do, but for empty labels.
    for page in &pages[..3] {
        let after = String::from_utf8(again(page.as_bytes(), Format::Text)).expect("UTF-8");
        assert_eq!(after, without_empty_labels(page));
    }
}

#[test]
fn openmetrics_comes_back() {
    let page = include_str!("data/python.om.txt");
    check_text(page, Format::OpenMetrics1, Dialect::OpenMetrics1);
}

#[test]
fn messages_come_back() {
    let pages: [&[u8]; 3] = [
        include_bytes!("data/prometheus-3.pb"),
        include_bytes!("data/pushgateway.pb"),
        include_bytes!("data/node-exporter.pb"),
    ];
    for page in pages {
        let (before, after) = (sorted(page), sorted(&again(page, Format::Protobuf)));
        // As text: a quantile without measurements is NaN, which equals nothing.
        let pairs = before.iter().zip(&after);
        pairs.for_each(|pair| assert_eq!(format!("{:?}", pair.0), format!("{:?}", pair.1)));
        assert_eq!(before.len(), after.len());
    }
}
