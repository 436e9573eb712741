//! What scrapers get: every page read by a parser that shares nothing with the encoder.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use meterport_compress::Compression;
use meterport_core::{
    AttributeSet, Clock, Deadline, Metric, MetricBatch, MetricExporter, MetricProducer, Number,
    NumberPoint, ProduceError, Resource, ResourceMetrics, Scope, ScopeMetrics, Sum, Temporality,
    Timestamp,
};
use meterport_prom_pull::{PageBody, PrometheusExporter, ScrapeService, ScrapeServiceBuilder};
use meterport_testkit::prom::client;
use meterport_testkit::prom::text::{Dialect, Family, parse};
use tokio::sync::Notify;
use tower_service::Service;

fn batch_of(value: i64, temporality: Temporality) -> MetricBatch {
    let point = |path: &str| {
        NumberPoint::new(AttributeSet::from([("path", path)]), Number::I64(value))
            .with_start(Timestamp::from_secs(1_700_000_000))
    };
    let requests = Sum { temporality, ..Sum::counter([point("/"), point("/a\"b")]) };
    let open = Sum::up_down([point("/")]);
    ResourceMetrics::new(Resource::new([("service.name", "shop")]))
        .with_scope(
            ScopeMetrics::new(Scope::new("web"))
                .with_metric(Metric::new("http.requests", requests).with_description("Answered."))
                .with_metric(Metric::new("open.connections", open)),
        )
        .into()
}

/// Counts how often it is asked. Gives its count, an error, a panic, or nothing in time.
#[derive(Debug, Default)]
struct Source {
    asked: AtomicU64,
    /// Waits for this before it answers.
    gate: Option<Arc<Notify>>,
    fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Error,
    Panic,
    Never,
}

#[async_trait]
impl MetricProducer for Source {
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(gate) = &self.gate {
            gate.notified().await;
        }
        match self.fault {
            None => Ok(batch_of(asked as i64, Temporality::Cumulative)),
            Some(Fault::Error) => Err(ProduceError::new("the database is away")),
            Some(Fault::Panic) => panic!("key=hunter2"),
            Some(Fault::Never) => std::future::pending().await,
        }
    }
}

fn service(
    source: Source,
    set: impl FnOnce(ScrapeServiceBuilder) -> ScrapeServiceBuilder,
) -> ScrapeService {
    set(ScrapeService::builder().producer(source)).build().expect("good settings")
}

async fn send(service: &ScrapeService, request: http::request::Builder) -> Response<PageBody> {
    let request = request.body(Bytes::new()).expect("a request");
    service.clone().call(request).await.expect("infallible")
}

async fn get(service: &ScrapeService, uri: &str, accept: &str) -> Response<PageBody> {
    send(service, Request::get(uri).header("accept", accept)).await
}

async fn body(response: Response<PageBody>) -> Vec<u8> {
    response.into_body().collect().await.expect("infallible").to_bytes().to_vec()
}

async fn text(response: Response<PageBody>) -> String {
    String::from_utf8(body(response).await).expect("UTF-8")
}

async fn page(service: &ScrapeService, uri: &str) -> Vec<Family> {
    let response = get(service, uri, "").await;
    assert_eq!(response.status(), 200);
    parse(&text(response).await, Dialect::Text).expect("a page")
}

fn header(response: &Response<PageBody>, name: http::HeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

fn value(families: &[Family], name: &str, label: &str) -> Option<f64> {
    let samples = families.iter().flat_map(|family| &family.samples);
    let mut found = samples.filter(|sample| {
        sample.name == name && (label.is_empty() || sample.labels.iter().any(|(_, v)| v == label))
    });
    found.next().map(|sample| sample.value)
}

#[tokio::test]
async fn the_format_is_the_one_asked_for() {
    let service = service(Source::default(), |builder| builder.self_metrics(false));
    let open = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
    let table = [
        ("", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", Dialect::Text),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", Dialect::Text),
        (
            open,
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
            Dialect::OpenMetrics1,
        ),
        (
            "application/openmetrics-text;version=2.0.0",
            "application/openmetrics-text; version=2.0.0; charset=utf-8; escaping=underscores",
            Dialect::OpenMetrics2,
        ),
    ];
    for (accept, content_type, dialect) in table {
        let response = get(&service, "/", accept).await;
        assert_eq!(header(&response, CONTENT_TYPE), content_type, "{accept}");
        let families = parse(&text(response).await, dialect).expect(accept);
        assert!(value(&families, "http_requests_total", "/a\"b").is_some(), "{accept}");
    }
    let protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
        encoding=delimited";
    let families = client::decode(&body(get(&service, "/", protobuf).await).await).unwrap();
    let names: Vec<_> = families.iter().map(|family| family.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["target_info", "http_requests_total", "open_connections"]);
}

#[tokio::test]
async fn several_headers_of_one_name_count_as_one() {
    let service = service(Source::default(), |builder| builder);
    let request = Request::get("/")
        .header("accept", "text/plain;q=0.5")
        .header("accept", "application/openmetrics-text;version=1.0.0");
    let response = send(&service, request).await;
    assert!(header(&response, CONTENT_TYPE).starts_with("application/openmetrics-text"));
}

#[tokio::test]
async fn answers_are_compressed_as_asked() {
    let service = service(Source::default(), |builder| builder.self_metrics(false));
    let plain = |encoding: &'static str, bytes: Vec<u8>| match encoding {
        "gzip" => {
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut text).expect("gzip");
            text
        }
        "zstd" => zstd::decode_all(&*bytes).expect("zstd"),
        _ => bytes,
    };
    // What is compiled in, on whosever behalf.
    let has = |compression: Compression| compression.available().is_ok();
    let gzip = if has(Compression::GZIP) { "gzip" } else { "" };
    let best = if has(Compression::ZSTD) { "zstd" } else { gzip };
    let table = [
        ("", ""),
        ("identity", ""),
        ("gzip", gzip),
        ("gzip;q=0.1, zstd", best),
        ("br, deflate", ""),
    ];
    for (accept, expected) in table {
        let request = Request::get("/").header("accept-encoding", accept);
        let response = send(&service, request).await;
        assert_eq!(header(&response, CONTENT_ENCODING), expected, "{accept}");
        let length = header(&response, CONTENT_LENGTH).to_owned();
        let bytes = body(response).await;
        assert_eq!(length, bytes.len().to_string());
        let text = String::from_utf8(plain(expected, bytes)).expect("UTF-8");
        parse(&text, Dialect::Text).expect("a page");
    }
}

#[tokio::test]
async fn only_the_families_that_are_named() {
    let service = service(Source::default(), |builder| builder);
    let names = async |uri| {
        let families = page(&service, uri).await;
        families.into_iter().map(|family| family.name).collect::<Vec<_>>()
    };
    let both = "/?name[]=open_connections&name%5B%5D=http_requests_total";
    assert_eq!(names(both).await, ["http_requests_total", "open_connections"]);
    assert_eq!(names("/?name[]=http_requests").await, [""; 0]);
    assert_eq!(names("/?name=x").await.len(), 6);
}

#[tokio::test]
async fn head_is_get_without_the_body_and_the_rest_is_refused() {
    let service = service(Source::default(), |builder| builder.self_metrics(false));
    let length = header(&get(&service, "/", "").await, CONTENT_LENGTH).to_owned();
    let head = send(&service, Request::head("/")).await;
    assert_eq!((head.status().as_u16(), header(&head, CONTENT_LENGTH)), (200, &*length));
    assert!(body(head).await.is_empty());
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let response = send(&service, Request::builder().method(method).uri("/")).await;
        assert_eq!(response.status(), 405);
        assert_eq!(header(&response, ALLOW), "GET, HEAD");
    }
    assert_eq!(service.stats().method_not_allowed, 4);
}

#[tokio::test]
async fn the_service_counts_under_the_names_of_promhttp() {
    let service = service(Source::default(), |builder| builder);
    for _ in 0..3 {
        page(&service, "/").await;
    }
    let families = page(&service, "/").await;
    let counted = |code| value(&families, "promhttp_metric_handler_requests_total", code);
    assert_eq!([counted("200"), counted("500"), counted("503")], [Some(3.0), Some(0.0), Some(0.0)]);
    let errors = |cause| value(&families, "promhttp_metric_handler_errors_total", cause);
    assert_eq!([errors("encoding"), errors("gathering")], [Some(0.0), Some(0.0)]);
    assert_eq!(value(&families, "promhttp_metric_handler_requests_in_flight", ""), Some(1.0));
}

#[tokio::test(start_paused = true)]
async fn faults_of_sources_are_answered_and_counted() {
    let table = [
        (Fault::Error, 500, "the metrics could not be collected: the database is away\n"),
        (Fault::Panic, 500, "the metrics could not be collected: a producer panicked\n"),
        (
            Fault::Never,
            503,
            "the metrics could not be collected: collecting took longer than allowed\n",
        ),
    ];
    for (fault, status, words) in table {
        let source = Source { fault: Some(fault), ..Source::default() };
        let service = service(source, |builder| builder);
        let request = Request::get("/").header("X-Prometheus-Scrape-Timeout-Seconds", "0.02");
        let response = send(&service, request).await;
        assert_eq!(response.status(), status);
        assert_eq!(text(response).await, words);
        let stats = service.stats();
        assert_eq!((stats.failed + stats.unavailable, stats.gathering_errors), (1, 1), "{fault:?}");
        assert_eq!(stats.in_flight, 0);
    }
}

#[tokio::test]
async fn the_others_are_served_where_that_is_wanted() {
    let broken = || Source { fault: Some(Fault::Error), ..Source::default() };
    let service =
        service(Source::default(), |builder| builder.producer(broken()).continue_on_error(true));
    assert_eq!(value(&page(&service, "/").await, "open_connections", ""), Some(1.0));
    assert_eq!(service.stats().gathering_errors, 1);
    let alone = ScrapeService::builder().producer(broken()).continue_on_error(true);
    assert_eq!(get(&alone.build().unwrap(), "/", "").await.status(), 500);
}

#[tokio::test]
async fn scrapes_that_meet_share_a_snapshot_and_a_page() {
    let gate = Arc::new(Notify::new());
    let source = Source { gate: Some(Arc::clone(&gate)), ..Source::default() };
    let service = service(source, |builder| builder.in_flight_limit(8));
    let mut scrapes = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let service = service.clone();
        scrapes.spawn(async move {
            let response = get(&service, "/", "").await;
            (response.status().as_u16(), text(response).await)
        });
    }
    while service.stats().unavailable < 12 {
        tokio::task::yield_now().await;
    }
    assert_eq!(service.stats().in_flight, 8);
    gate.notify_one();
    let answers = scrapes.join_all().await;
    let pages: Vec<_> = answers.iter().filter(|answer| answer.0 == 200).collect();
    assert_eq!((pages.len(), answers.len()), (8, 20));
    assert!(pages.iter().all(|page| *page == pages[0]));
    let stats = service.stats();
    assert_eq!((stats.ok, stats.unavailable, stats.pages, stats.in_flight), (8, 12, 1, 0));
    // The next one is new.
    gate.notify_one();
    assert_eq!(value(&page(&service, "/").await, "open_connections", ""), Some(2.0));
}

#[tokio::test(start_paused = true)]
async fn a_scraper_that_leaves_holds_up_no_other() {
    let gate = Arc::new(Notify::new());
    let source = Source { gate: Some(Arc::clone(&gate)), ..Source::default() };
    let service = service(source, |builder| builder);
    let impatient = Request::get("/").header("X-Prometheus-Scrape-Timeout-Seconds", "0.01");
    let (first, second) = tokio::join!(send(&service, impatient), async {
        tokio::task::yield_now().await;
        let patient = get(&service, "/", "");
        let opened = async {
            // Only when the first one has given up.
            while service.stats().unavailable == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            gate.notify_one();
        };
        tokio::join!(patient, opened).0
    });
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (503, 200));
}

#[tokio::test]
async fn what_a_page_leaves_out_is_counted_on_the_next() {
    let exporter = PrometheusExporter::builder().build();
    let service = ScrapeService::builder().producer(exporter.clone()).build().unwrap();
    exporter.export(&batch_of(1, Temporality::Delta), Deadline::NONE).await.unwrap();
    assert_eq!(value(&page(&service, "/").await, "http_requests_total", ""), None);
    let families = page(&service, "/").await;
    assert_eq!(value(&families, "meterport_exposition_dropped_total", "delta"), Some(2.0));
}

#[tokio::test]
async fn a_page_beyond_the_limit_is_an_error() {
    for encoding in ["identity", "gzip"] {
        let service = service(Source::default(), |builder| builder.page_limit(100));
        let response = send(&service, Request::get("/").header("accept-encoding", encoding)).await;
        assert_eq!(response.status(), 500);
        assert_eq!(service.stats().encoding_errors, 1);
    }
}

/// Stands still until it is moved on.
#[derive(Debug)]
struct Stopped(std::time::Instant, AtomicU64);

impl Clock for Stopped {
    fn now(&self) -> std::time::Instant {
        self.0 + Duration::from_secs(self.1.load(Ordering::SeqCst))
    }
    fn wall(&self) -> Timestamp {
        Timestamp::from_secs(1_700_000_000)
    }
}

#[tokio::test]
async fn the_last_batch_is_shown_until_it_expires() {
    let clock = Arc::new(Stopped(std::time::Instant::now(), AtomicU64::new(0)));
    let exporter = PrometheusExporter::builder()
        .expiry(Some(Duration::from_secs(60)))
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .build();
    let service = ScrapeService::builder().producer(exporter.clone()).build().unwrap();
    let shown = async || value(&page(&service, "/").await, "open_connections", "");
    let export = async |batch: MetricBatch| exporter.export(&batch, Deadline::NONE).await.unwrap();
    assert_eq!(shown().await, None);
    for second in 1..=2 {
        export(batch_of(second, Temporality::Cumulative)).await;
        assert_eq!(shown().await, Some(second as f64));
    }
    clock.1.store(60, Ordering::SeqCst);
    assert_eq!(shown().await, Some(2.0));
    clock.1.store(61, Ordering::SeqCst);
    assert_eq!(shown().await, None);
    export(batch_of(3, Temporality::Cumulative)).await;
    assert_eq!(shown().await, Some(3.0));
    export(MetricBatch::default()).await;
    assert_eq!(shown().await, None);
    exporter.shutdown(Deadline::NONE).await.unwrap();
    assert_eq!(get(&service, "/", "").await.status(), 500);
}

#[test]
fn settings_that_serve_nobody_are_refused() {
    let error = |builder: ScrapeServiceBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(error(ScrapeService::builder()), "producer: none is given");
    let none = ScrapeService::builder().producer(Source::default()).in_flight_limit(0);
    assert_eq!(error(none), "in_flight_limit: must be at least 1");
}
