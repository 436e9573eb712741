//! Every `OTEL_EXPORTER_OTLP_*` variable through the facade: what an exporter does that was made
//! of them.

mod certificates;
mod variable;

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use meterport_config::{OtlpBuilder, OtlpExporter, Protocol};
use meterport_core::{
    ConfigError, Deadline, ExportError, InstrumentKind, Metric, MetricBatch, MetricExporter,
    Number, NumberPoint, Outcome, ResourceMetrics, ScopeMetrics, Sum, Variables,
};
use meterport_testkit::{FakeCollector, Received, Reply};
use tokio::time::Instant;

use self::variable::{Set, Variable};

const PREFIX: &str = "OTEL_EXPORTER_OTLP_";

/// Both transports.
const BOTH: [Protocol; 2] = [Protocol::HttpProtobuf, Protocol::Grpc];

/// The transport alone, which does not try again.
type Transport = Box<dyn MetricExporter>;

fn exporter(variables: &[(&str, &str)]) -> Result<Transport, String> {
    speaking(None, variables)
}

/// By this protocol, or by that of the variables.
fn speaking(protocol: Option<Protocol>, variables: &[(&str, &str)]) -> Result<Transport, String> {
    let built = builder(protocol, variables).and_then(OtlpBuilder::build_transport);
    built.map_err(|error| error.to_string())
}

/// Without the stack of decorators: what fails is not sent again.
fn transport(
    protocol: Protocol,
    variables: &[(&str, &str)],
) -> Result<Box<dyn MetricExporter>, String> {
    let built = builder(Some(protocol), variables).and_then(OtlpBuilder::build_transport);
    built.map_err(|error| error.to_string())
}

fn builder(
    protocol: Option<Protocol>,
    variables: &[(&str, &str)],
) -> Result<OtlpBuilder, ConfigError> {
    let lookup = |name: &str| {
        let name = name.strip_prefix(PREFIX)?;
        variables.iter().find(|set| set.0 == name).map(|set| OsString::from(set.1))
    };
    let builder = OtlpExporter::builder().connect_timeout(None);
    // Time is moved by hand, and pings are answered in real time.
    let builder = builder.grpc(|grpc| grpc.keepalive_interval(None));
    let builder = match protocol {
        Some(protocol) => builder.protocol(protocol),
        None => builder,
    };
    builder.with_variables(&Variables::new(&lookup))
}

fn batch() -> MetricBatch {
    let point = NumberPoint::new(Default::default(), Number::I64(1));
    let scope = ScopeMetrics::default().with_metric(Metric::new("m", Sum::counter([point])));
    ResourceMetrics::default().with_scope(scope).into()
}

fn collector(protocol: Protocol) -> FakeCollector {
    match protocol {
        Protocol::Grpc => FakeCollector::start_grpc(),
        _ => FakeCollector::start(),
    }
}

/// What a collector receives from an exporter made of the variables and its own address.
fn received(protocol: Protocol, variables: &[(&str, &str)]) -> Result<Arc<Received>, String> {
    let collector = collector(protocol);
    let url = collector.url();
    let mut variables = variables.to_vec();
    variables.push(("ENDPOINT", &url));
    let exporter = speaking(Some(protocol), &variables)?;
    export(&exporter).map_err(|error| error.to_string())?;
    Ok(collector.requests().remove(0))
}

/// Exports once, in a runtime of its own.
fn export(exporter: &dyn MetricExporter) -> Result<Outcome, ExportError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(exporter.export(&batch(), Deadline::NONE))
}

#[test]
fn protocol() {
    let variable = Variable {
        generic: Some("PROTOCOL"),
        metrics: "METRICS_PROTOCOL",
        default: "otlp_http_metric_exporter (localhost:4318)",
        good: &[
            ("http/json", "otlp_http_json_metric_exporter (localhost:4318)"),
            ("http/protobuf", "otlp_http_metric_exporter (localhost:4318)"),
            ("HTTP/JSON", "otlp_http_json_metric_exporter (localhost:4318)"),
            ("grpc", "otlp_grpc_metric_exporter (localhost:4317)"),
        ],
        bad: &[("http", "`http` is none of grpc, http/protobuf, http/json")],
    };
    variable.check(|variables| Ok(exporter(variables)?.component().to_string()));
}

#[test]
fn headers() {
    let variable = Variable {
        generic: Some("HEADERS"),
        metrics: "METRICS_HEADERS",
        default: "none",
        good: &[
            ("api-key=s3cr3t", "s3cr3t"),
            ("api-key=other,x=y", "other"),
            ("API-Key = a%20b%2C=, ,x=", "a b,="),
        ],
        bad: &[
            ("api-key", "header 1: is not of the form name=value"),
            ("x=1,api-key=s3cr3t%0d%0ax: y", "header 2: has a control character in its value"),
            ("content-length=1", "header `content-length`: is set by the exporter itself"),
        ],
    };
    for protocol in BOTH {
        variable.check(|variables| {
            let shown = format!("{:?}", speaking(Some(protocol), variables)?);
            assert!(!shown.contains("s3cr3t"), "{shown}");
            let received = received(protocol, variables)?;
            Ok(received.header("api-key").unwrap_or("none").to_owned())
        });
    }
}

#[test]
fn compression() {
    let variable = Variable {
        generic: Some("COMPRESSION"),
        metrics: "METRICS_COMPRESSION",
        default: "none",
        good: &[("gzip", "gzip"), ("none", "none"), ("zstd", "zstd"), ("GZIP", "gzip")],
        bad: &[("snappy", "`snappy` is none of gzip, none, zstd")],
    };
    for (protocol, header) in BOTH.into_iter().zip(["content-encoding", "grpc-encoding"]) {
        variable.check(|variables| {
            Ok(received(protocol, variables)?.header(header).unwrap_or("none").to_owned())
        });
    }
}

#[test]
fn timeout() {
    let variable = Variable {
        generic: Some("TIMEOUT"),
        metrics: "METRICS_TIMEOUT",
        default: "10s",
        // Zero is no limit: the call's own deadline ends it.
        good: &[("2500", "2.5s"), ("60000", "60s"), ("0", "3600s")],
        bad: &[
            ("10s", "`10s` is no number of milliseconds"),
            ("-1", "`-1` is no number of milliseconds"),
        ],
    };
    for protocol in BOTH {
        variable.check(|variables| {
            // A request of its own has all the time there is.
            let built = builder(Some(protocol), variables).map_err(|error| error.to_string())?;
            let (elapsed, attempts) =
                hanging(protocol, |url| built.endpoint(url).build_transport());
            assert_eq!(attempts, 1);
            Ok(format!("{elapsed:?}"))
        });
    }
}

/// How long an export takes whose collector never answers, and in how many requests.
fn hanging<E: MetricExporter>(
    protocol: Protocol,
    build: impl FnOnce(String) -> Result<E, ConfigError>,
) -> (Duration, u64) {
    let collector = collector(protocol);
    collector.default_reply(Reply::Hang);
    let exporter = build(collector.url()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let began = Instant::now();
        let deadline = Deadline::after(began.into_std(), Duration::from_secs(3_600));
        let error = exporter.export(&batch(), deadline).await.unwrap_err();
        (began.elapsed(), error.into_outcome(1).attempts.into())
    })
}

#[test]
fn the_timeout_bounds_an_export_with_its_retries() {
    let none: fn(OtlpBuilder) -> OtlpBuilder = |builder| builder;
    let code: fn(OtlpBuilder) -> OtlpBuilder = |builder| builder.timeout(Duration::from_secs(6));
    let settings: fn(OtlpBuilder) -> OtlpBuilder =
        |builder| builder.reliability(|parts| parts.with_timeout(Duration::from_secs(20)));
    let table: [(&[(&str, &str)], _, u64); 6] = [
        (&[], none, 10),
        (&[("TIMEOUT", "60000")], none, 60),
        (&[("TIMEOUT", "60000")], code, 6),
        (&[("TIMEOUT", "60000"), ("METRICS_TIMEOUT", "3000")], none, 3),
        (&[("TIMEOUT", "60000")], settings, 20),
        (&[], settings, 20),
    ];
    for (protocol, row) in BOTH.into_iter().flat_map(|p| table.map(|row| (p, row))) {
        let (variables, set, seconds) = row;
        let built = set(builder(Some(protocol), variables).unwrap());
        let (elapsed, attempts) = hanging(protocol, |url| built.endpoint(url).build());
        let limit = Duration::from_secs(seconds);
        assert!(elapsed <= limit && elapsed > limit / 2, "{variables:?}: {elapsed:?} of {limit:?}");
        assert_eq!(attempts, 3, "{variables:?}");
    }
}

#[test]
fn temporality() {
    let variable = Variable {
        generic: None,
        metrics: "METRICS_TEMPORALITY_PREFERENCE",
        default: "Cumulative Cumulative Cumulative",
        good: &[
            ("delta", "Delta Delta Cumulative"),
            ("LowMemory", "Delta Cumulative Cumulative"),
            ("cumulative", "Cumulative Cumulative Cumulative"),
        ],
        bad: &[("deltas", "`deltas` is none of cumulative, delta, lowmemory")],
    };
    for protocol in BOTH {
        variable.check(|variables| {
            use InstrumentKind::{Counter, ObservableCounter, UpDownCounter};
            let exporter = speaking(Some(protocol), variables)?;
            let of = |kind| format!("{:?}", exporter.temporality(kind));
            Ok([Counter, ObservableCounter, UpDownCounter].map(of).join(" "))
        });
    }
}

#[test]
fn histogram_aggregation() {
    let variable = Variable {
        generic: None,
        metrics: "METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
        default: "Default",
        good: &[
            (
                "base2_exponential_bucket_histogram",
                "Base2ExponentialHistogram { max_size: 160, max_scale: 20, record_min_max: true }",
            ),
            ("explicit_bucket_histogram", "Default"),
        ],
        bad: &[("exponential", "`exponential` is none of explicit_bucket_histogram, base2")],
    };
    for protocol in BOTH {
        variable.check(|variables| {
            let exporter = speaking(Some(protocol), variables)?;
            Ok(format!("{:?}", exporter.aggregation(InstrumentKind::Histogram)))
        });
    }
}

#[test]
fn insecure() {
    let variable = Variable {
        generic: Some("INSECURE"),
        metrics: "METRICS_INSECURE",
        default: "by TLS",
        good: &[("true", "in the clear"), ("false", "by TLS"), ("True", "in the clear")],
        bad: &[("1", "`1` is none of true, false")],
    };
    for protocol in BOTH {
        // To a receiver without TLS, by an address without a scheme.
        variable.check(|variables| {
            let collector = collector(protocol);
            let address = collector.addr().to_string();
            let mut variables = variables.to_vec();
            variables.push(("ENDPOINT", &address));
            let exporter = transport(protocol, &variables)?;
            Ok(match export(&*exporter) {
                Ok(_) => "in the clear".to_owned(),
                Err(error) if error.to_string().contains("no TLS with 127.0.0.1") => {
                    "by TLS".to_owned()
                }
                Err(error) => error.to_string(),
            })
        });
        // A scheme wins.
        let insecure = [("INSECURE", "false"), ("METRICS_INSECURE", "false")];
        received(protocol, &insecure).unwrap();
    }
}

#[test]
fn endpoint() {
    // Behind the collector's address: in the variable for all signals, in the one for metrics.
    let table =
        [("", "/v1/metrics", "/"), ("/", "/v1/metrics", "/"), ("/a", "/a/v1/metrics", "/a")];
    for (path, below, exact) in table {
        let collector = FakeCollector::start();
        let url = format!("{}{path}", collector.url().trim_end_matches('/'));
        let send = |variables: Set<'_>| {
            export(&exporter(&variables).unwrap()).unwrap();
            collector.requests().pop().unwrap().path.clone()
        };
        assert_eq!(send(vec![("ENDPOINT", &url)]), below);
        assert_eq!(send(vec![("METRICS_ENDPOINT", &url)]), exact);
        assert_eq!(send(vec![("ENDPOINT", "http://no"), ("METRICS_ENDPOINT", &url)]), exact);
        assert_eq!(send(vec![("ENDPOINT", &url), ("METRICS_ENDPOINT", "")]), below);
    }
    let bad = [
        ("ftp://c", "has a scheme other than http, https and unix"),
        ("http://", "has no host"),
        ("http://a b", "holds a blank or a control character"),
        ("http://u:s3cr3t@c", "names a user or a password: send credentials in a header"),
    ];
    for name in ["ENDPOINT", "METRICS_ENDPOINT"] {
        for (value, problem) in bad {
            let error = exporter(&[(name, value)]).unwrap_err();
            assert_eq!(error, format!("{PREFIX}{name}: {problem}"));
        }
    }
}
