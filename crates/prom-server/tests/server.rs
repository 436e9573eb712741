//! The server over real sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use meterport_core::{
    AttributeSet, Deadline, Metric, MetricBatch, MetricExporter, MetricProducer, Number,
    NumberPoint, ProduceError, Resource, ResourceMetrics, Scope, ScopeMetrics, Sum, Variables,
};
use meterport_prom_pull::{PrometheusExporter, ScrapeService};
use meterport_prom_server::{PrometheusServer, PrometheusServerBuilder};
use meterport_testkit::hang_guard;
use meterport_testkit::prom::text::{Dialect, parse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

fn soon() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(20))
}

fn batch() -> MetricBatch {
    let point = |row: i64| NumberPoint::new(AttributeSet::from([("row", row)]), Number::I64(row));
    let rows = Metric::new("rows", Sum::counter((0..3).map(point)));
    let hostile = Metric::new("<script>", Sum::counter([point(0)]));
    let scope = ScopeMetrics::new(Scope::new("")).with_metric(rows).with_metric(hostile);
    ResourceMetrics::new(Resource::default()).with_scope(scope).into()
}

fn service() -> ScrapeService {
    let exporter = PrometheusExporter::builder().build();
    let kept = exporter.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async move { kept.export(&batch(), Deadline::NONE).await }).expect("kept");
    let translation = meterport_prom_pull::Translation::default()
        .with_strategy(meterport_prom_pull::Strategy::NoTranslation);
    ScrapeService::builder().producer(exporter).translation(translation).build().expect("settings")
}

fn server(
    set: impl FnOnce(PrometheusServerBuilder) -> PrometheusServerBuilder,
) -> PrometheusServer {
    set(PrometheusServer::builder(service()).host("127.0.0.1").port(0)).start().expect("a port")
}

/// Sends a request's head, and reads until the server closes.
fn ask(mut stream: impl Read + Write, head: &str) -> String {
    let request = format!("{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn connect(server: &PrometheusServer) -> TcpStream {
    let stream = TcpStream::connect(server.address().tcp().expect("a port")).expect("a server");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
    stream
}

#[test]
fn paths_lead_where_they_should() {
    let server = server(|builder| builder.ready_when(|| true));
    let table = [
        ("GET /metrics", 200, "rows"),
        ("GET /metrics?name[]=rows", 200, "rows"),
        ("HEAD /metrics", 200, ""),
        ("POST /metrics", 405, "GET and HEAD"),
        ("GET /", 200, "<a href=\"/metrics\">"),
        ("HEAD /", 200, ""),
        ("PUT /", 405, "GET and HEAD"),
        ("GET /-/healthy", 200, "healthy"),
        ("GET /-/ready", 200, "ready"),
        ("GET /metrics/", 404, "nothing"),
        ("GET /favicon.ico", 404, "nothing"),
        ("GET http://evil/metrics", 200, "rows"),
    ];
    for (head, status, text) in table {
        let answer = ask(connect(&server), head);
        let (head_of, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head_of.starts_with(&format!("HTTP/1.1 {status} ")), "{head}: {head_of}");
        assert!(body.contains(text), "{head}: {body}");
        assert_eq!(body.is_empty(), head.starts_with("HEAD"), "{head}");
    }
    server.shutdown_blocking(soon()).expect("it ends");
    assert!(TcpStream::connect(server.address().tcp().unwrap()).is_err());
}

#[test]
fn a_page_is_one_that_an_independent_parser_reads() {
    let server = server(|builder| builder);
    let answer = ask(connect(&server), "GET /metrics");
    let page = answer.split_once("\r\n\r\n").expect("a head").1;
    let families = parse(page, Dialect::Text).expect("a page");
    let rows = families.iter().find(|family| family.name == "rows").expect("the family");
    assert_eq!(rows.samples.len(), 3);
}

#[test]
fn the_landing_page_shows_families_and_no_markup_of_theirs() {
    let server = server(|builder| builder);
    let page = ask(connect(&server), "GET /?x=%3Cscript%3E");
    assert!(page.contains("<td>rows</td><td>counter</td><td class=\"n\">3</td>"), "{page}");
    assert!(page.contains("Prometheus text 0.0.4") && page.contains("Scrapes answered: 0"));
    assert!(page.contains("<td>&lt;script&gt;</td>"), "{page}");
    assert!(!page.contains("<script>"), "{page}");
    assert!(page.contains("content-security-policy: default-src 'none'"));
    let without = self::server(|builder| builder.landing_page(false));
    assert!(ask(connect(&without), "GET /").starts_with("HTTP/1.1 404 "));
}

#[test]
fn not_ready_is_said() {
    let server = server(|builder| builder.ready_when(|| false));
    assert!(ask(connect(&server), "GET /-/ready").starts_with("HTTP/1.1 503 "));
    assert!(ask(connect(&server), "GET /-/healthy").starts_with("HTTP/1.1 200 "));
}

#[test]
fn rubbish_is_refused() {
    let server = server(|builder| builder);
    let long = format!("GET /{}", "x".repeat(100_000));
    let table = ["GARBAGE", "\u{16}\u{3}\u{1}", "GET /metrics HTTP/0.9\r\nx", &long];
    for head in table {
        let mut stream = connect(&server);
        let _ = stream.write_all(format!("{head} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes());
        let mut answer = Vec::new();
        // A reset is as good as an answer.
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    assert!(ask(connect(&server), "GET /-/healthy").starts_with("HTTP/1.1 200 "));
}

/// Gives nothing until it is told to.
#[derive(Debug)]
struct Gate(Arc<Notify>);

#[async_trait]
impl MetricProducer for Gate {
    async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
        self.0.notified().await;
        Ok(batch())
    }
}

/// Scrapes once; answers the status line's beginning.
async fn scrape(address: SocketAddr) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a server");
    let request = b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer[..12]).into_owned()
}

/// As many as systems allow by default; a thousand come with `cargo xtask crowd`.
#[test]
fn of_many_scrapers_sixteen_are_answered_and_the_others_refused_at_once() {
    const SCRAPERS: u64 = 300;
    const IN_FLIGHT: u64 = 16;
    let gate = Arc::new(Notify::new());
    let service = ScrapeService::builder().producer(Gate(Arc::clone(&gate))).build();
    let service = service.expect("settings");
    let server = PrometheusServer::builder(service.clone()).host("127.0.0.1").port(0);
    let server = server.start().expect("a port");
    let address = server.address().tcp().expect("a port");
    let statuses = hang_guard(Duration::from_secs(120), move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let mut scrapers = tokio::task::JoinSet::new();
            (0..SCRAPERS).for_each(|_| drop(scrapers.spawn(scrape(address))));
            // Nobody is answered before all others have been refused.
            while service.stats().unavailable < SCRAPERS - IN_FLIGHT {
                tokio::task::yield_now().await;
            }
            assert_eq!(service.stats().in_flight, IN_FLIGHT);
            gate.notify_one();
            let statuses = scrapers.join_all().await;
            assert_eq!(service.stats().in_flight, 0);
            statuses
        })
    });
    let of = |status: &str| statuses.iter().filter(|it| it.ends_with(status)).count() as u64;
    assert_eq!((of("200"), of("503")), (IN_FLIGHT, SCRAPERS - IN_FLIGHT));
}

#[tokio::test]
async fn it_runs_in_the_callers_runtime_too() {
    let runtime_bound = tokio::task::spawn_blocking(|| {
        PrometheusServer::builder(service()).host("127.0.0.1").port(0).bind().expect("a port")
    });
    let bound = runtime_bound.await.expect("no panic");
    let address = bound.address().tcp().expect("a port");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(bound.serve(async { drop(stopped.await) }));
    let answer = tokio::task::spawn_blocking(move || {
        ask(TcpStream::connect(address).expect("a server"), "GET /-/healthy")
    });
    assert!(answer.await.expect("no panic").ends_with("healthy\n"));
    drop(stop);
    served.await.expect("no panic").expect("served");
}

#[test]
fn outside_a_runtime_it_says_so() {
    use std::task::{Context, Poll, Waker};
    let bound = PrometheusServer::builder(service()).host("127.0.0.1").port(0).bind().unwrap();
    let mut serve = Box::pin(bound.serve(std::future::pending()));
    let polled = serve.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Err(_))));
}

#[test]
fn the_environment_is_read_and_code_counts_more() {
    let taken = server(|builder| builder);
    let port = taken.address().tcp().unwrap().port();
    let lookup = |name: &str| match name {
        "OTEL_EXPORTER_PROMETHEUS_HOST" => Some("127.0.0.1".into()),
        "OTEL_EXPORTER_PROMETHEUS_PORT" => Some(port.to_string().into()),
        _ => None,
    };
    let builder = || PrometheusServer::builder(service());
    let found = || builder().with_variables(&Variables::new(&lookup)).expect("variables");
    let error = found().start().expect_err("the port is taken").to_string();
    assert!(error.starts_with(&format!("host and port: cannot listen on 127.0.0.1:{port}: ")));
    let other = found().port(0).start().expect("another port");
    assert_ne!(other.address().tcp().unwrap().port(), port);
    let bad = |_: &str| Some("70000".into());
    let error = builder().with_variables(&Variables::new(&bad)).unwrap_err();
    assert_eq!(error.to_string(), "OTEL_EXPORTER_PROMETHEUS_PORT: `70000` is no port");
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let error = |set: fn(PrometheusServerBuilder) -> PrometheusServerBuilder| {
        let builder = PrometheusServer::builder(service()).host("127.0.0.1").port(0);
        set(builder).start().expect_err("refused").to_string()
    };
    assert_eq!(error(|it| it.path("metrics")), "path: must be a path that begins with /");
    assert_eq!(error(|it| it.path("/-/metrics")), "path: must not lie below /-/");
    assert_eq!(error(|it| it.connection_limit(0)), "connection_limit: must be at least 1");
    assert!(error(|it| it.host("host.invalid.")).starts_with("host and port: cannot listen on"));
}

#[cfg(unix)]
#[test]
fn a_socket_file_is_made_replaced_and_removed() {
    use std::os::unix::net::{UnixListener, UnixStream};
    let path = std::env::temp_dir().join(format!("meterport-server-{}.sock", std::process::id()));
    // Left over from a server that is gone.
    drop(UnixListener::bind(&path).expect("a socket file"));
    let start = || PrometheusServer::builder(service()).unix_socket(&path).start();
    let server = start().expect("a socket file");
    assert_eq!(server.address().to_string(), format!("unix:{}", path.display()));
    let answer = ask(UnixStream::connect(&path).expect("a server"), "GET /-/healthy");
    assert!(answer.ends_with("healthy\n"));
    // Not one behind which somebody listens, and no file of another kind.
    assert!(start().is_err());
    server.shutdown_blocking(soon()).expect("it ends");
    assert!(!path.exists());
    std::fs::write(&path, "precious").expect("a file");
    assert!(start().is_err());
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "precious");
    std::fs::remove_file(&path).expect("the file");
}
