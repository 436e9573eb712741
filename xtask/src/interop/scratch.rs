use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::failure::{Failure, Result};

/// A folder for one run, removed with the value unless it is to be kept.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    keep: bool,
}

impl Scratch {
    /// Makes a new folder below `parent`.
    pub(super) fn new(parent: &Path, name: &str) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("meterport-{name}-{}-{number}", std::process::id()));
        let failed =
            |error| Failure::while_doing(format!("making the folder {}", folder.display()), error);
        if folder.exists() {
            // Of an earlier process with this number.
            fs::remove_dir_all(&folder).map_err(failed)?;
        }
        fs::create_dir_all(&folder).map_err(failed)?;
        Ok(Self { folder, keep: false })
    }

    /// Lets the folder outlive the value.
    pub(super) fn keep(&mut self) {
        self.keep = true;
    }

    pub(super) fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_goes_with_the_value_unless_kept() {
        let parent = Scratch::new(&std::env::temp_dir(), "scratch").unwrap();
        let gone = Scratch::new(parent.path(), "a").unwrap().path().to_owned();
        assert!(!gone.exists());
        let mut kept = Scratch::new(parent.path(), "a").unwrap();
        kept.keep();
        let path = kept.path().to_owned();
        drop(kept);
        assert!(path.exists());
    }
}
