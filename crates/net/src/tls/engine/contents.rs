//! What the files hold at one moment.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::{Place, Problem, Roots, Settings, Source};

/// The largest file that is read, in bytes. A bundle of all public roots has 220 KiB.
const LIMIT: u64 = 8 * 1024 * 1024;

/// The bytes of one source.
type Pem = Arc<[u8]>;

/// The bytes behind the settings, by which a change is noticed: a time of modification can be
/// too coarse, and a link can be turned to a file that is older.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// Of each [`Roots::Pem`], in their order.
    pub(super) roots: Vec<Pem>,
    /// Certificate and key.
    pub(super) identity: Option<(Pem, Pem)>,
}

impl Contents {
    /// Reads everything. Blocks.
    pub(super) fn read(settings: &Settings) -> Result<Self, Problem> {
        let mut contents = Self::default();
        for roots in &settings.roots {
            if let Roots::Pem(source) = roots {
                contents.roots.push(read(source)?);
            }
        }
        if let Some(identity) = &settings.identity {
            let certificate = read(&identity.certificate)?;
            // Both in one file are read at one moment, so that they match.
            let key = match identity.key.place == identity.certificate.place {
                true => Arc::clone(&certificate),
                false => read(&identity.key)?,
            };
            contents.identity = Some((certificate, key));
        }
        Ok(contents)
    }
}

/// Whether anything of it is a file.
pub(super) fn has_files(settings: &Settings) -> bool {
    let is_file = |source: &Source| matches!(source.place, Place::File(_));
    let roots = settings.roots.iter().any(|roots| match roots {
        Roots::Pem(source) => is_file(source),
        Roots::System | Roots::Webpki => false,
    });
    let identity = settings.identity.as_ref();
    roots || identity.is_some_and(|it| is_file(&it.certificate) || is_file(&it.key))
}

fn read(source: &Source) -> Result<Pem, Problem> {
    match &source.place {
        Place::Memory(bytes) => Ok(Arc::clone(bytes)),
        Place::File(path) => match read_file(path) {
            Ok(bytes) => Ok(bytes.into()),
            Err(why) => Err(Problem::of(source, format!("{source} cannot be read: {why}"))),
        },
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let text = |error: std::io::Error| error.to_string();
    // To open a pipe could block for ever.
    if !fs::metadata(path).map_err(text)?.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(text)?.take(LIMIT + 1).read_to_end(&mut bytes).map_err(text)?;
    match bytes.len() as u64 > LIMIT {
        true => Err(format!("it is larger than {LIMIT} bytes")),
        false => Ok(bytes),
    }
}
