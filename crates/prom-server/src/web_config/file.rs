//! The file's own rules: its keys, and what may stand behind them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderName, HeaderValue};
use yaml_rust2::{Yaml, YamlLoader};

/// What a `web-config.yml` says.
#[derive(Debug, Default)]
pub(super) struct WebFile {
    pub(super) tls: Option<TlsSettings>,
    pub(super) headers: HeaderMap,
    pub(super) users: BTreeMap<String, Hash>,
}

/// A password's hash, which is in no text.
#[derive(Clone)]
pub(super) struct Hash(pub(super) String);

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[derive(Debug, Default)]
pub(super) struct TlsSettings {
    certificate: Option<Source>,
    key: Option<Source>,
    client_ca: Option<Source>,
    pub(super) client_auth: ClientAuth,
    pub(super) min_is_1_3: bool,
    pub(super) max_is_1_2: bool,
}

/// Whether clients must show a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ClientAuth {
    #[default]
    None,
    IfGiven,
    Required,
}

/// Where PEM stands.
pub(super) enum Source {
    File(PathBuf),
    Inline(String),
}

/// The text of a key is in no text of ours.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Inline(text) => write!(f, "{} bytes", text.len()),
        }
    }
}

impl Source {
    pub(super) fn read(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::File(path) => super::read(path),
            Self::Inline(text) => Ok(text.clone().into_bytes()),
        }
    }
}

impl TlsSettings {
    /// Certificate, key, and whom to trust with clients' certificates.
    pub(super) fn sources(&self) -> [Option<&Source>; 3] {
        [self.certificate.as_ref(), self.key.as_ref(), self.client_ca.as_ref()]
    }
}

impl WebFile {
    /// Reads the text. Paths in it are relative to `folder`.
    pub(super) fn parse(yaml: &str, folder: &Path) -> Result<Self, String> {
        let documents = YamlLoader::load_from_str(yaml)
            .map_err(|error| format!("is no YAML: line {}", error.marker().line()))?;
        let mut file = Self::default();
        for (key, value) in
            documents.first().map_or(Ok(Vec::new()), |it| entries("the file", it))?
        {
            match key {
                "tls_server_config" => file.tls = tls(value, folder)?,
                "http_server_config" => file.headers = http(value)?,
                "basic_auth_users" => file.users = users(value)?,
                other => return Err(unknown(other)),
            }
        }
        Ok(file)
    }
}

/// A limit or a rule that is left out would be a hole, so what is not known is an error.
fn unknown(key: &str) -> String {
    format!("the key `{}` is unknown or not supported", key.escape_debug())
}

fn entries<'y>(key: &str, yaml: &'y Yaml) -> Result<Vec<(&'y str, &'y Yaml)>, String> {
    match yaml {
        Yaml::Null => Ok(Vec::new()),
        Yaml::Hash(map) => {
            let entry = |(key, value): (&'y Yaml, &'y Yaml)| Some((key.as_str()?, value));
            let entries: Option<_> = map.iter().map(entry).collect();
            entries.ok_or_else(|| format!("{key} has a key that is no text"))
        }
        _ => Err(format!("{key} must be a mapping")),
    }
}

fn text<'y>(key: &str, yaml: &'y Yaml) -> Result<&'y str, String> {
    yaml.as_str().ok_or_else(|| format!("{key} must be a text"))
}

fn tls(yaml: &Yaml, folder: &Path) -> Result<Option<TlsSettings>, String> {
    let mut tls = TlsSettings::default();
    let entries = entries("tls_server_config", yaml)?;
    if entries.is_empty() {
        return Ok(None);
    }
    for (key, value) in entries {
        let file = || text(key, value).map(|path| Some(Source::File(folder.join(path))));
        let inline = || text(key, value).map(|pem| Some(Source::Inline(pem.to_owned())));
        match key {
            "cert_file" => tls.certificate = file()?,
            "cert" => tls.certificate = inline()?,
            "key_file" => tls.key = file()?,
            "key" => tls.key = inline()?,
            "client_ca_file" => tls.client_ca = file()?,
            "client_ca" => tls.client_ca = inline()?,
            "client_auth_type" => tls.client_auth = client_auth(text(key, value)?)?,
            "min_version" => tls.min_is_1_3 = version(key, value)? == 13,
            "max_version" => tls.max_is_1_2 = version(key, value)? == 12,
            // rustls goes by its own order, which is a good one.
            "prefer_server_cipher_suites" => {}
            other => return Err(unknown(other)),
        }
    }
    if tls.certificate.is_none() || tls.key.is_none() {
        return Err("tls_server_config needs a certificate (cert_file) and a key (key_file)".into());
    }
    if (tls.client_auth == ClientAuth::None) != tls.client_ca.is_none() {
        return Err("client_ca_file and client_auth_type go together".into());
    }
    if tls.min_is_1_3 && tls.max_is_1_2 {
        return Err("min_version is above max_version".into());
    }
    Ok(Some(tls))
}

fn client_auth(text: &str) -> Result<ClientAuth, String> {
    match text {
        "" | "NoClientCert" => Ok(ClientAuth::None),
        "VerifyClientCertIfGiven" => Ok(ClientAuth::IfGiven),
        "RequireAndVerifyClientCert" => Ok(ClientAuth::Required),
        "RequestClientCert" | "RequireAnyClientCert" | "RequireClientCert" => Err(format!(
            "client_auth_type {text} takes certificates that nobody verified: not supported"
        )),
        _ => Err("client_auth_type is unknown".into()),
    }
}

fn version(key: &str, yaml: &Yaml) -> Result<u8, String> {
    match text(key, yaml)? {
        "TLS12" => Ok(12),
        "TLS13" => Ok(13),
        "TLS10" | "TLS11" => Err(format!("{key}: versions below TLS12 are not spoken")),
        _ => Err(format!("{key} is neither TLS12 nor TLS13")),
    }
}

fn http(yaml: &Yaml) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (key, value) in entries("http_server_config", yaml)? {
        match key {
            // HTTP/1.1 is spoken, with whomever.
            "http2" => {}
            "headers" => {
                for (name, value) in entries("headers", value)? {
                    let wrong = || format!("headers: {} cannot be a header", name.escape_debug());
                    let value = HeaderValue::try_from(text(name, value)?).map_err(|_| wrong())?;
                    let name = HeaderName::try_from(name).map_err(|_| wrong())?;
                    headers.insert(name, value);
                }
            }
            other => return Err(unknown(other)),
        }
    }
    Ok(headers)
}

fn users(yaml: &Yaml) -> Result<BTreeMap<String, Hash>, String> {
    let mut users = BTreeMap::new();
    for (name, hash) in entries("basic_auth_users", yaml)? {
        users.insert(name.to_owned(), Hash(text("the hash of a password", hash)?.to_owned()));
    }
    Ok(users)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_means_what_it_says() {
        let yaml = "tls_server_config:\n  cert_file: a.pem\n  key_file: /k.pem\n  \
            client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n  \
            min_version: TLS13\nhttp_server_config:\n  http2: true\n  headers:\n    \
            X-Frame-Options: deny\nbasic_auth_users:\n  alice: $2y$05$secret\n";
        let file = WebFile::parse(yaml, Path::new("/etc")).unwrap();
        let shown = format!("{file:?}");
        assert!(shown.contains("/etc/a.pem") && shown.contains("/k.pem"), "{shown}");
        assert!(shown.contains("Required") && shown.contains("min_is_1_3: true"), "{shown}");
        assert!(shown.contains("alice") && !shown.contains("secret"), "{shown}");
        assert_eq!(file.headers["x-frame-options"], "deny");
        for empty in ["", "# nothing\n", "tls_server_config:\nbasic_auth_users:\n"] {
            let file = WebFile::parse(empty, Path::new("")).unwrap();
            assert!(file.tls.is_none() && file.users.is_empty(), "{empty}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let table = [
            ("a: [", "is no YAML"),
            ("[]", "must be a mapping"),
            ("tls_config: {}", "`tls_config` is unknown"),
            ("rate_limit: {burst: 1}", "`rate_limit` is unknown or not supported"),
            ("tls_server_config: {cert_file: a}", "needs a certificate"),
            ("tls_server_config: {cipher_suites: []}", "`cipher_suites`"),
            ("tls_server_config: {client_auth_type: RequireAnyClientCert}", "nobody verified"),
            ("tls_server_config: {min_version: TLS10}", "below TLS12"),
            ("tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}", "go together"),
            (
                "tls_server_config: {cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12}",
                "above max_version",
            ),
            ("http_server_config: {headers: {\"a b\": c}}", "cannot be a header"),
            ("basic_auth_users: {alice: 7}", "must be a text"),
            ("basic_auth_users: alice", "must be a mapping"),
        ];
        for (yaml, expected) in table {
            let error = WebFile::parse(yaml, Path::new("")).unwrap_err();
            assert!(error.contains(expected), "{yaml}: {error}");
        }
    }
}
