//! The `web-config.yml` of Prometheus' own exporters (`exporter-toolkit`,
//! `docs/web-configuration.md`): TLS, basic authentication, headers. Read again when it changes.

mod file;
#[cfg(test)]
mod tests;
#[cfg_attr(not(any(feature = "tls-ring", feature = "tls-aws-lc")), path = "tls_absent.rs")]
mod tls;
mod users;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Response};
use meterport_core::ConfigError;
use meterport_prom_pull::PageBody;
use tokio::time::Instant;

use self::file::WebFile;
use self::tls::Acceptor;
use self::users::Users;
use crate::listen::Stream;

/// How often the files are looked at, at most.
const FRESH: Duration = Duration::from_secs(1);
/// The largest file that is read.
const LIMIT: u64 = 1 << 20;

/// A configuration that is in use, and its files.
#[derive(Debug)]
pub(crate) struct WebConfig {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The last good one.
    current: Arc<Loaded>,
    /// What the files held when they were read last, good or not.
    seen: Contents,
    looked: Instant,
    problem: Option<String>,
}

/// What the files say.
#[derive(Debug)]
struct Loaded {
    acceptor: Option<Acceptor>,
    users: Users,
    headers: HeaderMap,
}

/// The bytes of the configuration and of the files it names.
#[derive(Debug, PartialEq, Eq)]
struct Contents {
    yaml: String,
    pem: Vec<Option<Vec<u8>>>,
}

impl WebConfig {
    pub(crate) fn open(path: &Path) -> Result<Self, ConfigError> {
        let read = || -> Result<_, String> {
            let (seen, file) = Contents::read(path)?;
            let current = Arc::new(Loaded::of(&file, &seen)?);
            Ok(State { current, seen, looked: Instant::now(), problem: None })
        };
        let state = read().map_err(|problem| {
            ConfigError::new("web_config", format!("{}: {problem}", path.display()))
        })?;
        Ok(Self { path: path.to_owned(), state: Mutex::new(state) })
    }

    /// Secures a connection, if the configuration has TLS.
    pub(crate) async fn secure(
        self: &Arc<Self>,
        stream: Box<dyn Stream>,
    ) -> io::Result<Box<dyn Stream>> {
        match &self.current().await.acceptor {
            Some(acceptor) => acceptor.accept(stream).await,
            None => Ok(stream),
        }
    }

    /// The refusal of a request that does not say who it comes from, if it must.
    pub(crate) async fn refusal(
        self: &Arc<Self>,
        headers: &HeaderMap,
    ) -> Option<Response<PageBody>> {
        self.current().await.users.refusal(headers).await
    }

    /// Adds the headers that every answer is to have.
    pub(crate) async fn adorn(self: &Arc<Self>, response: &mut Response<PageBody>) {
        for (name, value) in &self.current().await.headers {
            response.headers_mut().insert(name, value.clone());
        }
    }

    /// What the files say now, or said when they were last good.
    async fn current(self: &Arc<Self>) -> Arc<Loaded> {
        let is_old = {
            let mut state = self.state();
            let is_old = state.looked.elapsed() >= FRESH;
            if is_old {
                state.looked = Instant::now();
            }
            is_old
        };
        if is_old {
            let config = Arc::clone(self);
            // It fails where the runtime ends, and then nothing else matters.
            let _ = tokio::task::spawn_blocking(move || config.look_again()).await;
        }
        Arc::clone(&self.state().current)
    }

    /// Blocks.
    fn look_again(&self) {
        let problem = match Contents::read(&self.path) {
            Ok((contents, _)) if contents == self.state().seen => return,
            Ok((contents, file)) => {
                let loaded = Loaded::of(&file, &contents);
                let mut state = self.state();
                state.seen = contents;
                match loaded {
                    Ok(loaded) => {
                        (state.current, state.problem) = (Arc::new(loaded), None);
                        tracing::info!(path = %self.path.display(), "a changed web configuration is in use");
                        return;
                    }
                    Err(problem) => problem,
                }
            }
            Err(problem) => problem,
        };
        let mut state = self.state();
        if state.problem.as_ref() != Some(&problem) {
            let path = self.path.display();
            tracing::warn!("{path}: {problem}; what was loaded before stays in use");
        }
        state.problem = Some(problem);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn read(path: &Path) -> Result<(Self, WebFile), String> {
        let yaml = read(path)?;
        let yaml = String::from_utf8(yaml).map_err(|_| "is not UTF-8".to_owned())?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let file = WebFile::parse(&yaml, folder)?;
        let sources = file.tls.iter().flat_map(|tls| tls.sources());
        let pem: Result<_, String> =
            sources.map(|source| source.map(|it| it.read()).transpose()).collect();
        Ok((Self { yaml, pem: pem? }, file))
    }
}

impl Loaded {
    fn of(file: &WebFile, contents: &Contents) -> Result<Self, String> {
        let acceptor = match &file.tls {
            Some(tls) => Some(Acceptor::load(tls, &contents.pem)?),
            None => None,
        };
        Ok(Self { acceptor, users: Users::new(&file.users)?, headers: file.headers.clone() })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: io::Error| format!("{} cannot be read: {error}", path.display());
    let about = fs::metadata(path).map_err(failed)?;
    // To open a pipe could block for ever.
    if !about.is_file() || about.len() > LIMIT {
        return Err(format!("{} is no file of at most {LIMIT} bytes", path.display()));
    }
    fs::read(path).map_err(failed)
}
