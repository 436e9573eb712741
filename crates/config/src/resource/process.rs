use std::env;
use std::path::PathBuf;

use meterport_core::Value;

/// What is known of this process. Its arguments are left out: secrets stand there.
pub(super) fn attributes() -> Vec<(&'static str, Value)> {
    let mut known = vec![("process.pid", Value::from(std::process::id()))];
    if let Some(path) = executable() {
        if let Some(name) = path.file_name() {
            known.push(("process.executable.name", name.to_string_lossy().into_owned().into()));
        }
        known.push(("process.executable.path", path.to_string_lossy().into_owned().into()));
    }
    known
}

/// The name of a service that nobody gave one (semantic conventions, `service.name`).
pub(super) fn default_service_name() -> String {
    match executable().as_deref().and_then(|path| path.file_name()) {
        Some(name) => format!("unknown_service:{}", name.to_string_lossy()),
        None => "unknown_service".to_owned(),
    }
}

fn executable() -> Option<PathBuf> {
    let path = env::current_exe().ok()?;
    // What Linux appends when the file was replaced, as by an update.
    let replaced = path.to_str().and_then(|path| path.strip_suffix(" (deleted)"));
    Some(replaced.map(PathBuf::from).unwrap_or(path))
}
