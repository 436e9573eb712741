use std::ffi::OsString;

use super::*;

type Pairs = &'static [(&'static str, &'static str)];

fn settings(pairs: Pairs) -> OtlpSettings {
    let lookup = |name: &str| {
        let name = name.strip_prefix("OTEL_EXPORTER_OTLP_").unwrap();
        pairs.iter().find(|pair| pair.0 == name).map(|pair| OsString::from(pair.1))
    };
    let mut settings = OtlpSettings::default();
    settings.read(&Variables::new(&lookup)).unwrap();
    settings
}

/// A compression of a transport's.
#[derive(Clone, Debug, Default, PartialEq)]
struct Codec(String);

impl FromStr for Codec {
    type Err = ConfigError;

    fn from_str(name: &str) -> Result<Self, ConfigError> {
        Ok(Self(name.to_owned()))
    }
}

#[test]
fn code_comes_before_the_environment() {
    let mut both = settings(&[
        ("HEADERS", "a=1"),
        ("INSECURE", "true"),
        ("TIMEOUT", "5000"),
        ("COMPRESSION", "gzip"),
        ("METRICS_TEMPORALITY_PREFERENCE", "delta"),
    ]);
    let headers = |settings: &OtlpSettings| settings.headers(|pairs| Ok(pairs.to_vec())).unwrap();
    let codec = |settings: &OtlpSettings, said| settings.compression(said, |_| Ok(())).unwrap();
    assert_eq!(headers(&both), [("a".to_owned(), "1".to_owned())]);
    assert!(both.is_insecure());
    assert_eq!(both.time_limit(), Some(Duration::from_secs(5)));
    assert_eq!(codec(&both, None), Codec("gzip".into()));
    let kind = InstrumentKind::Counter;
    assert_eq!(both.preferences().temporality(kind), Temporality::Delta);

    both.header("b", "2");
    both.insecure(false);
    both.timeout(Duration::ZERO);
    both.temporality(TemporalitySelector::Cumulative);
    assert_eq!(headers(&both), [("b".to_owned(), "2".to_owned())], "not merged");
    assert!(!both.is_insecure());
    assert_eq!(both.time_limit(), None, "zero is no limit");
    assert_eq!(codec(&both, Some(Codec("zstd".into()))), Codec("zstd".into()));
    assert_eq!(both.preferences().temporality(kind), Temporality::Cumulative);

    let neither = OtlpSettings::default();
    assert_eq!(codec(&neither, None), Codec::default());
    assert_eq!(
        (neither.size_limit(), neither.time_limit()),
        (64 << 20, Some(Duration::from_secs(10)))
    );
    assert!(headers(&neither).is_empty());
}

#[test]
fn an_error_names_the_variable_that_led_to_it() {
    let refuse = |_: &_| Err(ConfigError::new("here", "is wrong"));
    let of = |result: Result<_, ConfigError>| result.map(|_: ()| ()).unwrap_err().to_string();
    let by_env =
        settings(&[("METRICS_HEADERS", "a=1"), ("COMPRESSION", "zstd"), ("PROTOCOL", "grpc")]);
    let codec =
        |settings: &OtlpSettings, said| settings.compression::<Codec>(said, refuse).map(drop);
    assert_eq!(
        of(by_env.headers(|_| Err(ConfigError::new("here", "is wrong")))),
        "OTEL_EXPORTER_OTLP_METRICS_HEADERS: here: is wrong"
    );
    assert_eq!(of(codec(&by_env, None)), "OTEL_EXPORTER_OTLP_COMPRESSION: here: is wrong");
    assert_eq!(of(codec(&by_env, Some(Codec::default()))), "here: is wrong");
    let protocol = by_env.protocol(|protocol| {
        assert_eq!(protocol, Some(Protocol::Grpc));
        Err(ConfigError::new("here", "is wrong"))
    });
    assert_eq!(of(protocol), "OTEL_EXPORTER_OTLP_PROTOCOL: here: is wrong");
    assert_eq!(of(codec(&OtlpSettings::default(), None)), "here: is wrong");
}

#[test]
fn certificates_come_from_code_else_from_the_environment_where_there_is_tls() {
    let tls = |pairs: Pairs, said: Option<&str>, endpoint_is_tls| {
        let found = settings(pairs).tls(said.map(str::to_owned), endpoint_is_tls, |ca, client| {
            let files: Vec<_> = ca.into_iter().chain(client.into_iter().flatten()).collect();
            let name = |name: &str| name.trim_start_matches("OTEL_EXPORTER_OTLP_").to_owned();
            let files = files.iter().map(|(variable, path)| format!("{}={path}", name(variable)));
            Some(files.collect::<Vec<_>>().join(" ")).filter(|files| !files.is_empty())
        });
        found.map_or_else(|error| error.to_string(), Option::unwrap_or_default)
    };
    let all: Pairs =
        &[("CERTIFICATE", "ca"), ("CLIENT_CERTIFICATE", "cert"), ("METRICS_CLIENT_KEY", "key")];
    assert_eq!(
        tls(all, None, true),
        "CERTIFICATE=ca CLIENT_CERTIFICATE=cert METRICS_CLIENT_KEY=key"
    );
    assert_eq!(tls(all, Some("said"), true), "said");
    assert_eq!(tls(all, None, false), "");
    assert_eq!(tls(&[], None, true), "");
    assert_eq!(tls(&[("METRICS_CERTIFICATE", "ca")], None, true), "METRICS_CERTIFICATE=ca");
    let lone: Pairs = &[("METRICS_CLIENT_KEY", "key")];
    let text = "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: is of use only with \
                OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE, which is not set";
    assert_eq!(tls(lone, None, true), text);
    assert_eq!(tls(lone, None, false), "");
    let lone: Pairs = &[("CLIENT_CERTIFICATE", "cert")];
    assert!(tls(lone, None, true).starts_with("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: is of use"));
}

#[test]
fn the_user_agent_has_the_specifications_form() {
    let mut settings = OtlpSettings::default();
    let own = concat!("OTel-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"), " (meterport)");
    assert_eq!(settings.user_agent().unwrap(), own);
    settings.user_agent_prefix(" my-app/1.2 ");
    assert_eq!(settings.user_agent().unwrap(), format!("my-app/1.2 {own}"));
    settings.user_agent_prefix("");
    assert_eq!(settings.user_agent().unwrap(), own);
    for bad in ["a\r\nb: c", "é", "\0"] {
        settings.user_agent_prefix(bad);
        assert!(settings.user_agent().is_err(), "{bad:?}");
    }
}

#[test]
fn debug_has_no_value_of_a_header() {
    let mut settings = settings(&[("HEADERS", "a=hunter2")]);
    settings.header("b", "hunter2");
    let text = format!("{settings:?}");
    assert!(text.contains("\"b\"") && !text.contains("hunter2"), "{text}");
}
