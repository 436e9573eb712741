use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use hyper_util::client::legacy::connect::Connection as HyperConnection;
use hyper_util::rt::TokioIo;
use meterport_core::ConfigError;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::sign::SingleCertAndKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use super::contents::{self, Contents};
use super::identity::LoadedIdentity;
use super::refusal::Peer;
use super::roots::Trusted;
use super::stream::SecureStream;
use super::unverified::Unverified;
use super::{Problem, Settings, TlsVersion, provider, roots};
use crate::{ConnectError, Connection};

/// How long a new connection waits for files to be read. They are small; what takes longer is a
/// file system that hangs.
const FILES_PATIENCE: Duration = Duration::from_secs(1);

/// How often files are read at once that do not fit together.
const READINGS: usize = 3;

/// Loaded certificates, and the connections that are made with them. Clones share them.
#[derive(Clone)]
pub(crate) struct TlsClient(Arc<Inner>);

struct Inner {
    settings: Settings,
    provider: Arc<CryptoProvider>,
    /// The trusted certificates that never change.
    lasting: RootCertStore,
    /// Held by who reads the files; there is none if there are no files.
    reading: Option<Arc<tokio::sync::Mutex<()>>>,
    state: Mutex<State>,
}

struct State {
    /// The last good one.
    current: Arc<Current>,
    /// What was read last, good or not, and what was wrong with it.
    seen: Contents,
    verdict: Option<Problem>,
    /// Why `current` is not what the files say now.
    problem: Option<Problem>,
}

struct Current {
    config: Arc<ClientConfig>,
    identity: Option<LoadedIdentity>,
}

impl TlsClient {
    /// Loads everything. Needs no runtime.
    pub(in crate::tls) fn open(settings: &Settings) -> Result<Self, ConfigError> {
        let provider = Arc::new(provider::provider(settings.crypto)?);
        if let Some(name) = &settings.server_name {
            server_name(name).map_err(|text| ConfigError::new("server_name", text))?;
        }
        let lasting = match settings.unverified {
            true => RootCertStore::empty(),
            false => roots::lasting(settings)?,
        };
        let seen = Contents::read(settings)?;
        let current = Arc::new(load(settings, &provider, &lasting, &seen)?);
        Ok(Self(Arc::new(Inner {
            settings: settings.clone(),
            provider,
            lasting,
            reading: contents::has_files(settings).then(Arc::default),
            state: Mutex::new(State { current, seen, verdict: None, problem: None }),
        })))
    }

    /// The name that the server must have: `host`, unless another was set.
    pub(crate) fn name<'n>(&'n self, host: &'n str) -> &'n str {
        self.0.settings.server_name.as_deref().unwrap_or(host)
    }

    /// Whether a certificate can be verified for this host.
    pub(crate) fn check_name(&self, host: &str) -> Result<(), ConfigError> {
        match server_name(self.name(host)) {
            Ok(_) => Ok(()),
            Err(text) => Err(ConfigError::new("endpoint", text)),
        }
    }

    /// Secures `stream` towards the server of this name. The caller bounds the time.
    pub(crate) async fn handshake<S>(
        &self,
        stream: S,
        name: &str,
        http2: bool,
    ) -> Result<Connection, ConnectError>
    where
        S: AsyncRead + AsyncWrite + HyperConnection + Send + Unpin + 'static,
    {
        let (current, problem) = self.current().await;
        let peer = Peer::new(name, &self.0.settings, problem);
        let expired = |identity: &LoadedIdentity| identity.fault(SystemTime::now());
        if let Some(fault) = current.identity.as_ref().and_then(expired) {
            return Err(peer.error(&fault.text));
        }
        let name = server_name(name).map_err(|text| peer.error(text))?;
        let protocol: &[u8] = if http2 { b"h2" } else { b"http/1.1" };
        let connector = TlsConnector::from(Arc::clone(&current.config));
        let connect = connector.with_alpn(vec![protocol.to_vec()]).connect(name, stream);
        let trusted = Trusted(&self.0.settings);
        let stream = connect.await.map_err(|error| peer.failure(error, &trusted))?;
        // RFC 9113, 3.2: over TLS, HTTP/2 is what both sides have agreed on.
        if http2 && stream.get_ref().1.alpn_protocol() != Some(protocol) {
            return Err(peer.error("the server does not agree to speak HTTP/2 (ALPN)"));
        }
        Ok(Connection::new(TokioIo::new(SecureStream::new(stream, peer))))
    }

    /// What the files say now, or said when they were last good, and then what is wrong.
    async fn current(&self) -> (Arc<Current>, Option<Problem>) {
        if let Some(reading) = &self.0.reading {
            let (reading, inner) = (Arc::clone(reading), Arc::clone(&self.0));
            let read = async {
                let reading = reading.lock_owned().await;
                let read = tokio::task::spawn_blocking(move || {
                    inner.read_again();
                    drop(reading);
                });
                // It fails where the runtime ends, and then nothing else matters.
                let _ = read.await;
            };
            if tokio::time::timeout(FILES_PATIENCE, read).await.is_err() {
                let text = format!("the files could not be read within {FILES_PATIENCE:?}");
                self.0.note(&mut self.0.state(), Some(Problem::new(super::CA, text)));
            }
        }
        let state = self.0.state();
        (Arc::clone(&state.current), state.problem.clone())
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the files, and loads what they hold if it is not what was seen last. Blocks.
    ///
    /// What does not fit together is read once more: one file may have been replaced while
    /// another was read.
    fn read_again(&self) {
        for _ in 0..READINGS {
            let contents = match Contents::read(&self.settings) {
                Ok(contents) => contents,
                Err(problem) => return self.note(&mut self.state(), Some(problem)),
            };
            if self.state().seen == contents {
                break;
            }
            let loaded = load(&self.settings, &self.provider, &self.lasting, &contents);
            let mut state = self.state();
            state.seen = contents;
            match loaded {
                Ok(current) => {
                    (state.current, state.verdict) = (Arc::new(current), None);
                    tracing::debug!("TLS: changed certificates are in use for new connections");
                    break;
                }
                Err(problem) => state.verdict = Some(problem),
            }
        }
        let mut state = self.state();
        let verdict = state.verdict.clone();
        self.note(&mut state, verdict);
    }

    /// Keeps the problem, and warns of one that is new.
    fn note(&self, state: &mut State, problem: Option<Problem>) {
        if let Some(Problem { setting, text }) = &problem
            && state.problem != problem
        {
            tracing::warn!("TLS: {setting}: {text}; what was loaded before stays in use");
        }
        state.problem = problem;
    }
}

fn load(
    settings: &Settings,
    provider: &Arc<CryptoProvider>,
    lasting: &RootCertStore,
    contents: &Contents,
) -> Result<Current, Problem> {
    let now = SystemTime::now();
    let mut trusted = lasting.clone();
    roots::add(&mut trusted, settings, &contents.roots, now)?;
    let identity = match (&settings.identity, &contents.identity) {
        (Some(identity), Some(bytes)) => Some(LoadedIdentity::load(provider, identity, bytes)?),
        _ => None,
    };
    if let Some(fault) = identity.as_ref().and_then(|identity| identity.fault(now)) {
        return Err(fault);
    }
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(versions(settings.min_version))
        .map_err(|error| Problem::new("min_version", error.to_string()))?;
    let builder = match settings.unverified {
        true => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Unverified(Arc::clone(provider)))),
        false => builder.with_root_certificates(trusted),
    };
    let config = match &identity {
        Some(identity) => {
            let resolver = SingleCertAndKey::from(Arc::clone(&identity.key));
            builder.with_client_cert_resolver(Arc::new(resolver))
        }
        None => builder.with_no_client_auth(),
    };
    Ok(Current { config: Arc::new(config), identity })
}

fn versions(lowest: TlsVersion) -> &'static [&'static SupportedProtocolVersion] {
    static FROM_1_2: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
    static FROM_1_3: [&SupportedProtocolVersion; 1] = [&TLS13];
    match lowest {
        TlsVersion::V1_2 => &FROM_1_2,
        TlsVersion::V1_3 => &FROM_1_3,
    }
}

fn server_name(name: &str) -> Result<ServerName<'static>, &'static str> {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(name.to_owned()).map_err(|_| "is no name that a certificate can have")
}
