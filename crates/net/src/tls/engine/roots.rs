use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use tokio_rustls::rustls::RootCertStore;

use super::validity::{Fault, Validity};
use super::{CA, Problem, Roots, Settings, Source, pem};

/// What is trusted and never changes: the system's roots and those that are compiled in.
pub(super) fn lasting(settings: &Settings) -> Result<RootCertStore, Problem> {
    let mut store = RootCertStore::empty();
    if settings.roots.contains(&Roots::Webpki) {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    if settings.roots.is_empty() || settings.roots.contains(&Roots::System) {
        let found = rustls_native_certs::load_native_certs();
        // Stores hold certificates that are too old to be understood; others do not suffer.
        if store.add_parsable_certificates(found.certs).0 == 0 {
            let why = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
            return Err(Problem::new(
                CA,
                format!(
                    "the system has no trusted certificates{why}: install them, name a file of \
                     them, or trust those that are compiled in (webpki_roots)"
                ),
            ));
        }
    }
    Ok(store)
}

/// Adds the certificates of each source.
pub(super) fn add(
    store: &mut RootCertStore,
    settings: &Settings,
    contents: &[Arc<[u8]>],
    now: SystemTime,
) -> Result<(), Problem> {
    let sources = settings.roots.iter().filter_map(|roots| match roots {
        Roots::Pem(source) => Some(source),
        Roots::System | Roots::Webpki => None,
    });
    for (source, bytes) in sources.zip(contents) {
        add_source(store, source, bytes, now)?;
    }
    Ok(())
}

fn add_source(
    store: &mut RootCertStore,
    source: &Source,
    bytes: &[u8],
    now: SystemTime,
) -> Result<(), Problem> {
    let mut faults = Vec::<Fault>::new();
    let mut valid = 0;
    for (number, certificate) in pem::certificates(source, bytes)?.into_iter().enumerate() {
        match Validity::read(&certificate).and_then(|validity| validity.fault(now)) {
            Some(fault) => faults.push(fault),
            None => valid += 1,
        }
        store.add(certificate).map_err(|error| {
            let number = number + 1;
            Problem::of(source, format!("certificate {number} in {source} is damaged: {error}"))
        })?;
    }
    // A bundle may hold old certificates beside good ones. With none that is good it is no use.
    match (valid, &faults[..]) {
        (0, [fault]) => Err(Problem::of(source, format!("the certificate in {source} {fault}"))),
        (0, [.., fault]) => {
            let text = format!("no certificate in {source} is valid now; the last {fault}");
            Err(Problem::of(source, text))
        }
        _ => Ok(()),
    }
}

/// What is trusted, for errors.
pub(super) struct Trusted<'s>(pub(super) &'s Settings);

impl fmt::Display for Trusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SYSTEM: &str = "the system's roots";
        if self.0.roots.is_empty() {
            return f.write_str(SYSTEM);
        }
        for (number, roots) in self.0.roots.iter().enumerate() {
            if number > 0 {
                f.write_str(", ")?;
            }
            match roots {
                Roots::System => f.write_str(SYSTEM)?,
                Roots::Webpki => f.write_str("the roots of Mozilla")?,
                Roots::Pem(source) => write!(f, "{source}")?,
            }
        }
        Ok(())
    }
}
