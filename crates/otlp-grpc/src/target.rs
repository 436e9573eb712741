use meterport_core::ConfigError;
use meterport_net::Endpoint;
use meterport_otlp::OtlpSettings;

/// Where calls go if nobody says otherwise.
const DEFAULT: &str = "http://localhost:4317";
/// The one method, below the root: gRPC knows no base path.
const METHOD: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// The address of the method, by what is said in code, else in the environment, else by default.
pub(crate) fn resolve(
    said: Option<&str>,
    settings: &OtlpSettings,
) -> Result<Endpoint, ConfigError> {
    let (setting, text) = match (said, &settings.env().endpoint) {
        (Some(said), _) => ("endpoint", said),
        (None, Some(found)) => (found.variable(), found.as_str()),
        (None, None) => ("endpoint", DEFAULT),
    };
    let endpoint = Endpoint::parse(setting, text, settings.is_insecure())?;
    if endpoint.uri().path() != "/" || endpoint.uri().query().is_some() {
        let problem = "has a path or a query, which gRPC has no use for";
        return Err(ConfigError::new(setting, problem));
    }
    endpoint.with_path(METHOD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use meterport_core::Variables;

    const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const SIGNAL: &str = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    const INSECURE: &str = "OTEL_EXPORTER_OTLP_INSECURE";

    /// `said` in code, `variables` in the environment.
    fn check(said: Option<&str>, variables: &[(&str, &str)], expected: &str) {
        let lookup = |name: &str| variables.iter().find(|v| v.0 == name).map(|v| v.1.into());
        let mut settings = OtlpSettings::default();
        settings.read(&Variables::new(&lookup)).unwrap();
        let found = match resolve(said, &settings) {
            Ok(endpoint) => {
                assert_eq!(endpoint.uri().path(), METHOD);
                endpoint.uri().to_string().replace(METHOD, "")
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{said:?} {variables:?}");
    }

    #[test]
    fn code_then_signal_then_base_then_default() {
        check(None, &[], "http://localhost:4317");
        check(None, &[(BASE, "http://b:1")], "http://b:1");
        check(None, &[(BASE, "http://b:1"), (SIGNAL, "http://s:1")], "http://s:1");
        check(Some("http://c"), &[(SIGNAL, "http://s:1")], "http://c");
    }

    #[test]
    fn every_form_of_an_address() {
        check(Some("http://c:4317"), &[], "http://c:4317");
        check(Some("http://c:4317/"), &[], "http://c:4317");
        check(Some("https://c"), &[], "https://c");
        check(Some("HTTP://[::1]:4317"), &[], "http://[::1]:4317");
        check(Some("c:4317"), &[], "https://c:4317");
        check(Some("c:4317"), &[(INSECURE, "true")], "http://c:4317");
        check(Some("https://c"), &[(INSECURE, "true")], "https://c");
        if cfg!(unix) {
            check(Some("unix:/run/otel.sock"), &[], "http://localhost");
            check(Some("unix:///run/otel.sock"), &[], "http://localhost");
        }
    }

    #[test]
    fn an_error_names_its_setting() {
        let path = "has a path or a query, which gRPC has no use for";
        check(Some("http://c/v1/metrics"), &[], &format!("endpoint: {path}"));
        check(None, &[(SIGNAL, "http://c?key=1")], &format!("{SIGNAL}: {path}"));
        let scheme = "has a scheme other than http, https and unix";
        check(None, &[(BASE, "ftp://c")], &format!("{BASE}: {scheme}"));
    }
}
