//! What a target is asked, and what its answers become.

use std::time::{Duration, Instant};

use meterport_core::{Deadline, MetricBatch, MetricProducer};
use meterport_prom::{Escaping, Exposition, Format, Translation};
use meterport_prom_scrape::{ScrapeBuilder, ScrapeError, ScrapeProducer, TargetLabels};
use meterport_testkit::{Encoding, FakeCollector, Garbage, Reply, Response};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

fn target(reply: impl Into<Reply>) -> FakeCollector {
    let target = FakeCollector::start();
    target.take_anything();
    target.default_reply(reply.into());
    target
}

fn page(content_type: &str, page: &str) -> Response {
    Response::new(200).header("content-type", content_type).body(page.to_owned())
}

fn producer(
    target: &FakeCollector,
    set: impl FnOnce(ScrapeBuilder) -> ScrapeBuilder,
) -> ScrapeProducer {
    set(ScrapeProducer::builder("node", target.url())).build().expect("good settings")
}

fn within(seconds: u64) -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(seconds))
}

/// The page that the batch would be, without lines of comments and the duration.
fn lines(batch: &MetricBatch) -> Vec<String> {
    let exposition = Exposition::new(Translation::verbatim(), Format::Text, Escaping::AllowUtf8);
    let page = String::from_utf8(exposition.write(batch).bytes).expect("UTF-8");
    let is_sample = |line: &&str| !line.starts_with('#') && !line.contains("duration");
    page.lines().filter(is_sample).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_target_is_asked_as_prometheus_does() {
    let target = target(page(TEXT, "a 1\n"));
    let scrape =
        producer(&target, |builder| builder.header("x-tenant", "t")).scrape(within(5)).await;
    assert!(scrape.error.is_none(), "{:?}", scrape.error);
    let requests = target.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!((request.method.as_str(), &*request.path), ("GET", "/metrics"));
    let accept = request.header("accept").expect("a header");
    assert!(accept.starts_with("application/vnd.google.protobuf;"), "{accept}");
    assert!(accept.ends_with("text/plain;version=0.0.4;q=0.2,*/*;q=0.1"), "{accept}");
    assert_eq!(request.header("x-tenant"), Some("t"));
    let agent = request.header("user-agent").expect("a header");
    assert!(agent.starts_with("meterport-prom-scrape/"), "{agent}");
    let timeout = request.header("x-prometheus-scrape-timeout-seconds").expect("a header");
    let timeout: f64 = timeout.parse().expect("seconds");
    assert!((4.0..=4.5).contains(&timeout), "{timeout}");
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn pages_may_be_compressed() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, b"a 1\n").expect("written");
    let page = Response::new(200)
        .header("content-type", TEXT)
        .header("content-encoding", "gzip")
        .body(gzip.finish().expect("written"));
    let target = target(page);
    let batch = producer(&target, |builder| builder).produce(within(5)).await.expect("a batch");
    assert_eq!(lines(&batch), ["a 1", "up 1", "scrape_samples_scraped 1"]);
    assert_eq!(target.requests()[0].header("accept-encoding"), Some("gzip"));
}

#[tokio::test]
async fn job_and_instance_stand_where_they_are_wanted() {
    let target = target(page(TEXT, "a{instance=\"own\"} 1\n"));
    let instance = target.addr().to_string();
    let on_resource = producer(&target, |builder| builder.label("zone", "z"));
    let batch = on_resource.scrape(within(5)).await.batch;
    let attributes = &batch.resources()[0].resource.attributes;
    let said = ["service.name", "service.instance.id", "zone"]
        .map(|key| attributes.get(key).and_then(|value| value.as_str()));
    assert_eq!(said, [Some("node"), Some(&*instance), Some("z")]);
    assert_eq!(lines(&batch)[0], "a{instance=\"own\"} 1");

    let on_series = |builder: ScrapeBuilder| {
        builder.label("zone", "z").instance("i").target_labels(TargetLabels::Series)
    };
    let batch = producer(&target, on_series).scrape(within(5)).await.batch;
    assert!(batch.resources()[0].resource.attributes.is_empty());
    let expected = [
        "a{exported_instance=\"own\",instance=\"i\",job=\"node\",zone=\"z\"} 1",
        "up{instance=\"i\",job=\"node\",zone=\"z\"} 1",
        "scrape_samples_scraped{instance=\"i\",job=\"node\",zone=\"z\"} 1",
    ];
    assert_eq!(lines(&batch), expected);

    let honored = producer(&target, |builder| on_series(builder).honor_labels(true));
    let batch = honored.scrape(within(5)).await.batch;
    assert_eq!(lines(&batch)[0], "a{instance=\"own\",job=\"node\",zone=\"z\"} 1");
    let silent = producer(&target, |builder| builder.scrape_metrics(false));
    assert_eq!(lines(&silent.produce(within(5)).await.expect("a batch")).len(), 1);
}

async fn check_failure(
    reply: impl Into<Reply>,
    set: impl FnOnce(ScrapeBuilder) -> ScrapeBuilder,
    expected: &str,
) {
    let target = target(reply);
    let producer = producer(&target, |builder| set(builder.timeout(Duration::from_millis(500))));
    let scrape = producer.scrape(within(5)).await;
    let error = scrape.error.expect(expected).to_string();
    assert!(error.contains(expected), "{error}: {expected}");
    assert_eq!(lines(&scrape.batch), ["up 0", "scrape_samples_scraped 0"], "{expected}");
    // The next one is as if nothing had been.
    target.default_reply(page(TEXT, "a 1\n").into());
    let scrape = producer.scrape(within(5)).await;
    assert!(scrape.error.is_none(), "{expected}: {:?}", scrape.error);
}

#[tokio::test]
async fn a_scrape_that_fails_says_why_and_is_down() {
    let same = |builder: ScrapeBuilder| builder;
    check_failure(Response::new(503), same, "HTTP 503").await;
    check_failure(Response::new(204), same, "HTTP 204").await;
    let redirect = Reply::Redirect { status: 302, location: "http://localhost:1/".into() };
    check_failure(redirect, same, "HTTP 302").await;
    check_failure(Reply::Hang, same, "not answered in time").await;
    check_failure(Reply::ResetBeforeReply, same, "connection broken").await;
    check_failure(Reply::Garbage(Garbage::NotHttp), same, "not HTTP").await;
    check_failure(page(TEXT, "a 1\na b\n"), same, "unreadable page: line 2, column 3").await;
    check_failure(page("text/html", "<html>"), same, "format is not known: \"text/html\"").await;
    check_failure(page("", "a 1\n"), same, "does not say its format").await;
    let few = |builder: ScrapeBuilder| builder.sample_limit(1);
    check_failure(page(TEXT, "a 1\nb 2\n"), few, "more than 1 samples").await;
    let small = |builder: ScrapeBuilder| builder.body_limit(4);
    check_failure(page(TEXT, "a 1\n\n"), small, "larger than 4 bytes").await;
    check_failure(Reply::Oversized { declared: false }, small, "larger than").await;
    check_failure(Reply::Bomb(Encoding::Gzip), |builder| builder.body_limit(1 << 20), "larger")
        .await;
}

#[tokio::test]
async fn a_page_that_does_not_say_its_format_may_be_read_all_the_same() {
    let target = target(page("", "a 1\n"));
    let scrape =
        producer(&target, |builder| builder.fallback_format(Format::Text)).scrape(within(5)).await;
    assert!(scrape.error.is_none(), "{:?}", scrape.error);
    assert_eq!(scrape.samples, 1);
}

#[tokio::test]
async fn the_deadline_leaves_time_to_say_that_the_target_is_down() {
    let target = target(Reply::Hang);
    let deadline = Deadline::after(Instant::now(), Duration::from_millis(500));
    let scrape = producer(&target, |builder| builder).scrape(deadline).await;
    assert!(matches!(scrape.error, Some(ScrapeError::Send(_))), "{:?}", scrape.error);
    assert!(!deadline.has_passed(Instant::now()));
}

#[tokio::test]
async fn nobody_is_there() {
    let target = target(Response::new(200));
    let producer = producer(&target, |builder| builder);
    target.refuse();
    let scrape = producer.scrape(within(5)).await;
    assert!(scrape.error.expect("an error").to_string().starts_with("no connection: "));
    assert_eq!(lines(&scrape.batch)[0], "up 0");
}

#[test]
fn settings_are_checked() {
    let wrong = |address: &str| {
        ScrapeProducer::builder("job", address).build().expect_err(address).to_string()
    };
    assert!(wrong("ftp://localhost").contains("scheme"));
    assert!(wrong("http://user:secret@localhost").contains("credentials"));
    let format = ScrapeProducer::builder("job", "localhost").formats([Format::OpenMetrics2]);
    assert!(format.build().expect_err("not read").to_string().contains("OpenMetrics 2.0.0"));
    let shown = format!("{:?}", ScrapeProducer::builder("job", "localhost").header("a", "secret"));
    assert!(!shown.contains("secret"), "{shown}");
}
