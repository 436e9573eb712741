use std::ffi::OsString;

use meterport_core::{InstrumentKind, Temporality};

use super::*;

type Pairs = &'static [(&'static str, &'static str)];

fn read(pairs: Pairs) -> Result<OtlpEnv, ConfigError> {
    let lookup = |name: &str| {
        let name = name.strip_prefix("OTEL_EXPORTER_OTLP_").unwrap();
        pairs.iter().find(|pair| pair.0 == name).map(|pair| OsString::from(pair.1))
    };
    OtlpEnv::read(&Variables::new(&lookup))
}

fn ok(pairs: Pairs) -> OtlpEnv {
    read(pairs).unwrap_or_else(|error| panic!("{pairs:?}: {error}"))
}

#[test]
fn nothing_set_says_nothing() {
    let env = ok(&[]);
    let OtlpEnv { endpoint, protocol, headers, compression, insecure, .. } = env.clone();
    assert_eq!((endpoint, protocol, headers, compression, insecure), Default::default());
    assert!(env.temporality.is_none() && env.aggregation.is_none());
    assert_eq!((env.timeout, env.time_limit()), (None, Some(Duration::from_secs(10))));
    assert_eq!((env.certificate, env.client_key, env.client_certificate), (None, None, None));
    assert_eq!(
        (Protocol::default(), Compression::default()),
        (Protocol::HttpProtobuf, Compression::None)
    );
}

#[test]
fn an_endpoint_is_kept_as_it_is_with_its_variable() {
    let table: [(Pairs, Endpoint, &str); 4] = [
        (&[("ENDPOINT", " http://c ")], Endpoint::Base("http://c".into()), "ENDPOINT"),
        (
            &[("METRICS_ENDPOINT", "unix:///a"), ("ENDPOINT", "http://c")],
            Endpoint::Signal("unix:///a".into()),
            "METRICS_ENDPOINT",
        ),
        (
            &[("METRICS_ENDPOINT", "  "), ("ENDPOINT", "c:4318")],
            Endpoint::Base("c:4318".into()),
            "ENDPOINT",
        ),
        (&[("ENDPOINT", "no address")], Endpoint::Base("no address".into()), "ENDPOINT"),
    ];
    for (pairs, expected, variable) in table {
        let found = ok(pairs).endpoint.unwrap();
        assert_eq!(found, expected, "{pairs:?}");
        assert_eq!(found.variable(), format!("OTEL_EXPORTER_OTLP_{variable}"));
        assert!(pairs.iter().any(|pair| pair.1.trim() == found.as_str()));
    }
}

#[test]
fn the_variable_for_metrics_comes_first() {
    let env = ok(&[
        ("PROTOCOL", "grpc"),
        ("METRICS_PROTOCOL", "HTTP/JSON"),
        ("HEADERS", "a=1"),
        ("METRICS_HEADERS", "b=2"),
        ("TIMEOUT", "1"),
        ("METRICS_TIMEOUT", "2500"),
        ("COMPRESSION", "none"),
        ("METRICS_COMPRESSION", "GZIP"),
        ("CERTIFICATE", "/g/ca"),
        ("METRICS_CERTIFICATE", "/m/ca"),
        ("CLIENT_KEY", "/g/key"),
        ("METRICS_CLIENT_KEY", "/m/key"),
        ("CLIENT_CERTIFICATE", "/g/cert"),
        ("METRICS_CLIENT_CERTIFICATE", "/m/cert"),
        ("INSECURE", "false"),
        ("METRICS_INSECURE", "True"),
    ]);
    assert_eq!(env.protocol, Some(Protocol::HttpJson));
    assert_eq!(env.headers, Some(vec![("b".to_owned(), "2".to_owned())]), "not merged");
    assert_eq!(env.time_limit(), Some(Duration::from_millis(2500)));
    assert_eq!(env.compression, Some(Compression::Gzip));
    assert_eq!(env.certificate.as_deref(), Some("/m/ca"));
    assert_eq!(env.client_key.as_deref(), Some("/m/key"));
    assert_eq!(env.client_certificate.as_deref(), Some("/m/cert"));
    assert_eq!(env.insecure, Some(true));
}

#[test]
fn an_empty_variable_for_metrics_falls_to_the_one_for_all() {
    let env = ok(&[
        ("METRICS_PROTOCOL", ""),
        ("PROTOCOL", "grpc"),
        ("METRICS_HEADERS", " "),
        ("HEADERS", "a=1"),
        ("METRICS_TIMEOUT", ""),
        ("TIMEOUT", "1"),
        ("METRICS_COMPRESSION", ""),
        ("COMPRESSION", "zstd"),
        ("METRICS_CERTIFICATE", ""),
        ("CERTIFICATE", "/g/ca"),
        ("METRICS_INSECURE", ""),
        ("INSECURE", "true"),
    ]);
    assert_eq!(env.protocol, Some(Protocol::Grpc));
    assert_eq!(env.headers.unwrap().len(), 1);
    assert_eq!(env.timeout, Some(Duration::from_millis(1)));
    assert_eq!(env.compression, Some(Compression::Zstd));
    assert_eq!(env.certificate.as_deref(), Some("/g/ca"));
    assert_eq!(env.insecure, Some(true));
}

#[test]
fn zero_is_no_time_limit() {
    assert_eq!(ok(&[("TIMEOUT", "0")]).time_limit(), None);
    assert_eq!(ok(&[("METRICS_TIMEOUT", "0"), ("TIMEOUT", "5")]).time_limit(), None);
}

#[test]
fn preferences_are_read() {
    let temporality = |value| {
        let env = match value {
            "DELTA" => ok(&[("METRICS_TEMPORALITY_PREFERENCE", "DELTA")]),
            "cumulative" => ok(&[("METRICS_TEMPORALITY_PREFERENCE", "cumulative")]),
            _ => ok(&[("METRICS_TEMPORALITY_PREFERENCE", "LowMemory")]),
        };
        let selector = env.temporality.unwrap();
        [InstrumentKind::Counter, InstrumentKind::ObservableCounter].map(|kind| selector.of(kind))
    };
    let (cumulative, delta) = (Temporality::Cumulative, Temporality::Delta);
    assert_eq!(temporality("cumulative"), [cumulative, cumulative]);
    assert_eq!(temporality("DELTA"), [delta, delta]);
    assert_eq!(temporality("lowmemory"), [delta, cumulative]);

    let aggregation = |pairs| ok(pairs).aggregation.unwrap().of(InstrumentKind::Histogram);
    assert_eq!(
        aggregation(&[(
            "METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "BASE2_exponential_bucket_histogram"
        )]),
        Aggregation::BASE2
    );
    assert_eq!(
        aggregation(&[("METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "explicit_bucket_histogram")]),
        Aggregation::Default
    );
    // There is no variable for all signals.
    assert!(ok(&[("TEMPORALITY_PREFERENCE", "delta")]).temporality.is_none());
}

#[test]
fn a_value_that_cannot_be_understood_names_its_variable() {
    let table: [Pairs; 13] = [
        &[("PROTOCOL", "http")],
        &[("METRICS_PROTOCOL", "http/xml"), ("PROTOCOL", "grpc")],
        &[("TIMEOUT", "10s")],
        &[("METRICS_TIMEOUT", "-1")],
        &[("COMPRESSION", "brotli")],
        &[("METRICS_COMPRESSION", "deflate")],
        &[("INSECURE", "1")],
        &[("METRICS_TEMPORALITY_PREFERENCE", "low memory")],
        &[("METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "exponential")],
        &[("HEADERS", "secret")],
        &[("METRICS_HEADERS", "a=1,secret key=2")],
        &[("HEADERS", "a=secret%0d%0aX-Evil: 1")],
        &[("HEADERS", "a=secret%zz")],
    ];
    for pairs in table {
        let error = read(pairs).unwrap_err();
        let name = format!("OTEL_EXPORTER_OTLP_{}", pairs[0].0);
        assert_eq!(error.setting(), name);
        let text = format!("{error} {error:?}");
        assert!(text.starts_with(&name) && !text.contains("secret"), "{text}");
    }
}

#[test]
fn headers_are_read_as_a_baggage_list() {
    type Expected = Result<&'static [(&'static str, &'static str)], &'static str>;
    let table: [(&str, Expected); 27] = [
        ("a=1", Ok(&[("a", "1")])),
        ("a=1,b=2", Ok(&[("a", "1"), ("b", "2")])),
        (" a = 1 , b = 2 ", Ok(&[("a", "1"), ("b", "2")])),
        ("a=1,", Ok(&[("a", "1")])),
        (",, a=1,,", Ok(&[("a", "1")])),
        ("a=", Ok(&[("a", "")])),
        ("Authorization=Basic%20dTpw", Ok(&[("authorization", "Basic dTpw")])),
        ("authorization=Basic dTpwdw==", Ok(&[("authorization", "Basic dTpwdw==")])),
        ("a=b=c", Ok(&[("a", "b=c")])),
        ("a=1;2", Ok(&[("a", "1;2")])),
        ("a=%2C%3D%25", Ok(&[("a", ",=%")])),
        ("a=%e2%82%ac", Ok(&[("a", "€")])),
        ("a=€", Ok(&[("a", "€")])),
        ("a=+", Ok(&[("a", "+")])),
        ("a=%20x%20", Ok(&[("a", " x ")])),
        ("a=1,A=2", Ok(&[("a", "2")])),
        ("x-scope_org.id~=t", Ok(&[("x-scope_org.id~", "t")])),
        ("a=%09", Ok(&[("a", "\t")])),
        ("a", Err("header 1: is not of the form name=value")),
        ("a=1,b", Err("header 2: is not of the form name=value")),
        ("=1", Err("header 1: has a name that no header can have")),
        ("a b=1", Err("header 1: has a name that no header can have")),
        ("é=1", Err("header 1: has a name that no header can have")),
        ("a=1,b=%0a", Err("header 2: has a control character in its value")),
        ("a=%00", Err("header 1: has a control character in its value")),
        ("a=50%,b=1", Err("header 1: has a % that is not followed by two hexadecimal digits")),
        ("a=%ff", Err("header 1: has a value that is no text")),
    ];
    for (list, expected) in table {
        let own = |headers: &[(&str, &str)]| {
            headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
        };
        assert_eq!(parse_headers(list), expected.map(own).map_err(str::to_owned), "{list}");
    }
    assert!(parse_headers("a=%2").is_err() && parse_headers("a=%").is_err());
}

#[test]
fn debug_prints_no_secret() {
    let env = ok(&[
        ("METRICS_ENDPOINT", "https://user:secret@c:1/v1?key=secret#secret"),
        ("HEADERS", "api-key=secret"),
    ]);
    let text = format!("{env:?}");
    assert!(!text.contains("secret"), "{text}");
    assert!(text.contains("Signal(..)") && text.contains("api-key"), "{text}");
    let base = Endpoint::Base("http://secret@c:4318".into());
    assert_eq!(format!("{base:?}"), "Base(..)");
}
