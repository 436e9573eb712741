//! The program that relays pages: what a receiver has of it in the end.

use std::collections::HashMap;

use meterport_testkit::remote_write::Write;
use meterport_testkit::{FakeCollector, FakeReceiver, Response};

#[allow(dead_code, reason = "an example has a main")]
#[path = "../scrape_to_remote_write.rs"]
mod scrape_to_remote_write;

use scrape_to_remote_write::{Settings, run};

const PAGE: &str = "\
# TYPE a_total counter
a_total 1
# TYPE h histogram
h_bucket{le=\"1\"} 1
h_bucket{le=\"+Inf\"} 2
h_sum 3
h_count 2
# TYPE s summary
s{quantile=\"0.5\"} 1
s_sum 3
s_count 2
";

const STALE: u64 = 0x7ff0_0000_0000_0002;

/// Runs the program with these options for some scrapes.
fn relayed(page: &FakeCollector, options: &str) -> Vec<Write> {
    let receiver = FakeReceiver::start();
    let all = format!(
        "--scrape {}/metrics --remote-write {} --interval 50ms --for 220ms {options}",
        page.url(),
        receiver.url()
    );
    let settings = Settings::read(all.split_whitespace().map(str::to_owned)).unwrap().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(run(settings)).unwrap();
    receiver.writes()
}

/// The samples of each series, in the order in which they came.
fn series(writes: &[Write]) -> HashMap<String, Vec<(i64, f64)>> {
    let mut all: HashMap<_, Vec<_>> = HashMap::new();
    for series in writes.iter().flat_map(|write| &write.series) {
        let samples = series.samples.iter().map(|one| (one.timestamp, one.value));
        all.entry(format!("{:?}", series.labels)).or_default().extend(samples);
    }
    all
}

fn serve(page: &'static str) -> FakeCollector {
    let server = FakeCollector::start();
    let response = Response::new(200).header("content-type", "text/plain; version=0.0.4");
    server.default_reply(response.body(page).into());
    server
}

#[test]
fn every_series_arrives_in_order_and_ends() {
    let page = serve(PAGE);
    for (options, version) in [("", 2), ("--protocol 1.0", 1), ("--shards 3 --job other", 2)] {
        let writes = relayed(&page, options);
        assert!(writes.iter().all(|write| write.version == version), "{options}");
        let all = series(&writes);
        // Eight of the page, and three that say how the scrape went.
        assert_eq!(all.len(), 8 + 3, "{options}: {:?}", all.keys());
        for (labels, samples) in all {
            let (end, before) = samples.split_last().unwrap();
            assert!(before.is_sorted_by_key(|one| one.0), "{options}: {labels}: {samples:?}");
            assert!(before.iter().all(|one| one.0 < end.0), "{options}: {labels}: {samples:?}");
            assert_eq!(end.1.to_bits(), STALE, "{options}: {labels}");
            assert!(!before.is_empty() && before.iter().all(|one| !one.1.is_nan()), "{labels}");
        }
    }
}

#[test]
fn a_small_page_is_one_request() {
    let writes = relayed(&serve(PAGE), "");
    assert!(writes.iter().all(|write| write.series.len() == 8 + 3));
}

#[test]
fn a_page_that_is_gone_is_down() {
    let page = FakeCollector::start();
    page.default_reply(Response::new(500).into());
    let all = series(&relayed(&page, ""));
    assert_eq!(all.len(), 3);
    let up = all.iter().find(|one| one.0.contains("\"up\"")).unwrap().1;
    assert_eq!((up[0].1, up.last().unwrap().1.to_bits()), (0.0, STALE));
}

#[test]
fn wrong_options_are_said() {
    let table = [
        ("--scrape", "--scrape needs a value"),
        ("--scrape http://a", "--remote-write is missing"),
        ("--protocol 3.0", "there is no version \"3.0\""),
        ("--interval 0s", "\"0s\" is no duration"),
        ("--shards 0", "\"0\" is no number of shards"),
        ("--verbose", "unknown option --verbose"),
    ];
    for (options, expected) in table {
        let read = Settings::read(options.split(' ').map(str::to_owned));
        assert_eq!(read.err().as_deref(), Some(expected));
    }
    assert!(Settings::read(["--help".to_owned()].into_iter()).is_ok_and(|none| none.is_none()));
}
