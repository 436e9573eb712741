use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

/// How long one run waits for another that installs the same.
const WAIT: Duration = Duration::from_secs(20 * 60);

/// The folder where backends are kept between runs.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// `METERPORT_CACHE`, or `interop` in cargo's target directory; made if it is missing.
    pub(super) fn open(workspace: &Workspace) -> Result<Self> {
        let named = std::env::var_os("METERPORT_CACHE").filter(|value| !value.is_empty());
        let folder = named.map_or_else(|| workspace.target.join("interop"), PathBuf::from);
        // Backends run in folders of their own.
        let folder = std::path::absolute(&folder)
            .map_err(|error| Failure::while_doing("METERPORT_CACHE", error))?;
        fs::create_dir_all(&folder).map_err(|error| {
            Failure::while_doing(format!("making the cache folder {}", folder.display()), error)
        })?;
        Ok(Self { folder })
    }

    /// The path of an entry.
    pub(super) fn path(&self, entry: &str) -> PathBuf {
        self.folder.join(entry)
    }

    /// Answers the entry, which `build` makes in an empty folder if it is missing. What is half
    /// built never looks complete: the folder gets its name at the end. One at a time, also
    /// among several runs.
    pub(super) fn entry(
        &self,
        name: &str,
        build: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let entry = self.path(name);
        let failed = |error| Failure::while_doing(format!("the cache entry {name}"), error);
        let _lock = self.lock(name)?;
        if entry.is_dir() {
            return Ok(entry);
        }
        let unfinished = self.path(&format!("{name}.unfinished"));
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(failed)?;
        }
        fs::create_dir_all(&unfinished).map_err(failed)?;
        build(&unfinished)?;
        fs::rename(&unfinished, &entry).map_err(failed)?;
        Ok(entry)
    }

    /// Held until it is dropped; the operating system frees it when a run is killed.
    fn lock(&self, name: &str) -> Result<File> {
        let path = self.path(&format!("{name}.lock"));
        let failed = |error| Failure::while_doing(format!("locking {}", path.display()), error);
        let file = File::create(&path).map_err(failed)?;
        let began = Instant::now();
        let mut said = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if began.elapsed() > WAIT => {
                    return Err(failed(std::io::ErrorKind::TimedOut.into()));
                }
                Err(TryLockError::WouldBlock) => {}
            }
            if !said {
                println!("  another run is installing {name}; waiting for it");
                said = true;
            }
            thread::sleep(Duration::from_millis(200));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::interop::scratch::Scratch;

    #[test]
    fn an_entry_is_built_once_and_a_failed_build_leaves_none() {
        let scratch = Scratch::new(&std::env::temp_dir(), "cache").unwrap();
        let cache = Cache { folder: scratch.path().to_owned() };
        let failing = cache.entry("a", |folder| {
            fs::write(folder.join("half"), "").unwrap();
            Err(Failure::Failed("no".into()))
        });
        assert!(failing.is_err());
        let built = cache.entry("a", |folder| {
            assert!(!folder.join("half").exists());
            fs::write(folder.join("whole"), "").unwrap();
            Ok(())
        });
        assert!(built.unwrap().join("whole").exists());
        let kept = cache.entry("a", |_| Err(Failure::Failed("built twice".into())));
        assert!(kept.unwrap().join("whole").exists());
    }

    #[test]
    fn two_at_a_time_build_once() {
        let scratch = Scratch::new(&std::env::temp_dir(), "lock").unwrap();
        let builds = AtomicU32::new(0);
        let build = || {
            let cache = Cache { folder: scratch.path().to_owned() };
            let entry = cache.entry("a", |_| {
                builds.fetch_add(1, Ordering::Relaxed);
                Ok(())
            });
            entry.unwrap();
        };
        thread::scope(|scope| {
            scope.spawn(build);
            scope.spawn(build);
        });
        assert_eq!(builds.into_inner(), 1);
    }
}
