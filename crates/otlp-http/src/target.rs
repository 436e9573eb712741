use meterport_core::ConfigError;
use meterport_net::Endpoint;
use meterport_otlp::{Endpoint as Found, OtlpSettings};

/// Where requests go if nobody says otherwise.
const DEFAULT: &str = "http://localhost:4318";
const PATH: &str = "v1/metrics";

/// What has been said in code of where requests go.
#[derive(Clone, Default)]
pub(crate) struct Target {
    address: Option<Address>,
    pub(crate) path: Option<String>,
}

#[derive(Clone)]
enum Address {
    /// Gets the path of metrics.
    Base(String),
    /// Used as it is.
    Url(String),
}

/// Address and path may hold a key in their query.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("has_address", &self.address.is_some())
            .field("has_path", &self.path.is_some())
            .finish()
    }
}

impl Target {
    pub(crate) fn base(&mut self, base: String) {
        self.address = Some(Address::Base(base));
    }

    pub(crate) fn url(&mut self, url: String) {
        self.address = Some(Address::Url(url));
    }

    /// The address, by what is said in code, else in the environment, else by default.
    pub(crate) fn resolve(&self, settings: &OtlpSettings) -> Result<Endpoint, ConfigError> {
        let insecure = settings.is_insecure();
        let below = |setting: &str, base: &str| match Endpoint::parse(setting, base, insecure)? {
            // A path given for itself takes the place of the one that metrics have.
            endpoint if self.path.is_some() => Ok(endpoint),
            endpoint => endpoint.join(PATH),
        };
        let endpoint = match (&self.address, &settings.env().endpoint) {
            (Some(Address::Base(base)), _) => below("endpoint", base),
            (Some(Address::Url(url)), _) => Endpoint::parse("url", url, insecure),
            (None, Some(found @ Found::Base(base))) => below(found.variable(), base),
            (None, Some(found @ Found::Signal(url))) => {
                Endpoint::parse(found.variable(), url, insecure)
            }
            (None, None) => below("endpoint", DEFAULT),
        }?;
        match &self.path {
            Some(path) => endpoint.with_path(path),
            None => Ok(endpoint),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meterport_core::Variables;

    /// `said` in code, `variables` in the environment.
    fn check(said: impl Fn(&mut Target), variables: &[(&str, &str)], expected: &str) {
        check_with(said, None, variables, expected);
    }

    fn check_with(
        said: impl Fn(&mut Target),
        insecure: Option<bool>,
        variables: &[(&str, &str)],
        expected: &str,
    ) {
        let lookup = |name: &str| variables.iter().find(|v| v.0 == name).map(|v| v.1.into());
        let mut settings = OtlpSettings::default();
        settings.read(&Variables::new(&lookup)).unwrap();
        if let Some(insecure) = insecure {
            settings.insecure(insecure);
        }
        let mut target = Target::default();
        said(&mut target);
        let found = match target.resolve(&settings) {
            Ok(endpoint) => endpoint.uri().to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{target:?} {variables:?}");
    }

    const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const SIGNAL: &str = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    const INSECURE: &str = "OTEL_EXPORTER_OTLP_INSECURE";

    #[test]
    fn urls_are_made_by_the_specifications_rule() {
        let base = [
            // The examples of the specification.
            ("http://collector:4318", "http://collector:4318/v1/metrics"),
            ("http://collector:4318/mycollector/", "http://collector:4318/mycollector/v1/metrics"),
            // Exactly one slash, path and query kept, nothing normalised.
            ("http://c/", "http://c/v1/metrics"),
            ("http://c/a", "http://c/a/v1/metrics"),
            ("http://c/a/b/", "http://c/a/b/v1/metrics"),
            ("http://c/a//", "http://c/a//v1/metrics"),
            ("http://c/../a%2Fb", "http://c/../a%2Fb/v1/metrics"),
            ("http://c?key=a/b", "http://c/v1/metrics?key=a/b"),
            ("http://c/a/?key=1", "http://c/a/v1/metrics?key=1"),
            ("HTTP://[::1]:80", "http://[::1]:80/v1/metrics"),
            ("localhost:4318", "https://localhost:4318/v1/metrics"),
            (" http://c ", "http://c/v1/metrics"),
        ];
        for (value, expected) in base {
            check(|_| {}, &[(BASE, value)], expected);
        }
        let signal = [
            (
                "https://collector.example.com/v1/metrics",
                "https://collector.example.com/v1/metrics",
            ),
            // As it is, an empty path becomes the root.
            ("http://c", "http://c/"),
            ("http://c/", "http://c/"),
            ("http://c/a/", "http://c/a/"),
            ("http://c?key=1", "http://c/?key=1"),
            ("http://c:4318/v1/metrics/v1", "http://c:4318/v1/metrics/v1"),
        ];
        for (value, expected) in signal {
            check(|_| {}, &[(SIGNAL, value), (BASE, "http://other")], expected);
        }
    }

    #[test]
    fn a_base_gets_the_path_and_a_url_does_not() {
        let base = |text: &'static str| move |target: &mut Target| target.base(text.into());
        let url = |text: &'static str| move |target: &mut Target| target.url(text.into());
        check(|_| {}, &[], "http://localhost:4318/v1/metrics");
        check(base("http://c"), &[], "http://c/v1/metrics");
        check(base("http://c:1/"), &[], "http://c:1/v1/metrics");
        check(base("http://c/otlp?k=v"), &[], "http://c/otlp/v1/metrics?k=v");
        check(url("http://c"), &[], "http://c/");
        check(url("http://c/x/"), &[], "http://c/x/");
        check(|_| {}, &[(SIGNAL, ""), (BASE, "http://e")], "http://e/v1/metrics");
        check(base("http://code"), &[(SIGNAL, "http://s/x")], "http://code/v1/metrics");
    }

    #[test]
    fn a_path_of_ones_own_takes_the_place_of_any() {
        let with = |target: &mut Target| {
            target.base("http://c/base".into());
            target.path = Some("/otlp/metrics".into());
        };
        check(with, &[], "http://c/otlp/metrics");
    }

    #[test]
    fn a_scheme_wins_over_insecure() {
        let bare = |target: &mut Target| target.base("c:4318".into());
        check_with(bare, None, &[], "https://c:4318/v1/metrics");
        check_with(bare, Some(true), &[], "http://c:4318/v1/metrics");
        check_with(bare, None, &[(INSECURE, "true")], "http://c:4318/v1/metrics");
        check_with(bare, Some(false), &[(INSECURE, "true")], "https://c:4318/v1/metrics");
        let secure = |target: &mut Target| target.base("https://c".into());
        check(secure, &[(INSECURE, "true")], "https://c/v1/metrics");
    }

    #[test]
    fn an_error_names_its_setting() {
        check(
            |_| {},
            &[(BASE, "ftp://c")],
            "OTEL_EXPORTER_OTLP_ENDPOINT: has a scheme other than http, https and unix",
        );
        check(
            |target| target.url("http://u:p@c".into()),
            &[],
            "url: names a user or a password: send credentials in a header",
        );
    }
}
