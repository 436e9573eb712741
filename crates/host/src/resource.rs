//! Who is measured: this host and this process.

use std::env::consts;
use std::fs;
use std::path::Path;

use meterport_core::{AttributeSet, Resource, Value};
use sysinfo::System;

/// What is known of this host and its operating system: `host.arch`, `host.id` (on Linux and the
/// BSDs), `host.name`, `os.description`, `os.name`, `os.type`, `os.version`, as far as the system tells.
pub fn host_attributes() -> AttributeSet {
    let os = match consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let known = [
        ("host.arch", Some(architecture(&System::cpu_arch()).to_owned())),
        ("host.id", read_id(id_files(os))),
        ("host.name", System::host_name()),
        ("os.description", System::long_os_version()),
        ("os.name", System::name()),
        ("os.type", Some(os.to_owned())),
        ("os.version", System::os_version()),
    ];
    known.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// Where the system keeps an id that is its own for good (semantic conventions, "Collecting
/// `host.id`"): the first file that has one counts.
fn id_files(os: &str) -> &'static [&'static str] {
    match os {
        "linux" => &["/etc/machine-id", "/var/lib/dbus/machine-id"],
        "dragonfly" | "freebsd" | "netbsd" | "openbsd" => &["/etc/hostid"],
        _ => &[],
    }
}

fn read_id(files: &[impl AsRef<Path>]) -> Option<String> {
    files.iter().find_map(|file| id(&fs::read_to_string(file).ok()?))
}

/// systemd writes `uninitialized` into an image, which becomes an id when that is first booted.
fn id(text: &str) -> Option<String> {
    Some(text.trim()).filter(|id| !matches!(*id, "" | "uninitialized")).map(str::to_owned)
}

/// What is known from the start, with the user's own attributes on top.
pub(crate) fn with_own(own: Vec<(String, Value)>) -> AttributeSet {
    let host = host_attributes().with("service.name", "unknown_service");
    let known = host.iter().map(|(key, value)| (key.to_owned(), value.to_value()));
    known.chain(own).collect()
}

/// The resource of the process with this id. A fork has another one than its parent.
pub(crate) fn of_process(host: &AttributeSet, pid: u32) -> Resource {
    let set = if host.get("process.pid").is_some() {
        host.clone()
    } else {
        host.with("process.pid", pid)
    };
    Resource::new(set)
}

/// The convention's word for what the system calls its processor.
fn architecture(machine: &str) -> &str {
    match machine {
        "aarch64" | "arm64" => "arm64",
        "i386" | "i486" | "i586" | "i686" | "ia32" => "x86",
        "powerpc" | "ppc" => "ppc32",
        "powerpc64" | "powerpc64le" | "ppc64" | "ppc64le" => "ppc64",
        "x86_64" => "amd64",
        arm if arm.starts_with("arm") => "arm32",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_have_the_conventions_names() {
        let table = [
            ("aarch64", "arm64"),
            ("armv7l", "arm32"),
            ("i686", "x86"),
            ("ppc64le", "ppc64"),
            ("riscv64", "riscv64"),
            ("s390x", "s390x"),
            ("x86_64", "amd64"),
        ];
        for (machine, expected) in table {
            assert_eq!(architecture(machine), expected);
        }
    }

    #[test]
    fn the_first_file_with_an_id_counts() {
        let folder = std::env::temp_dir().join(format!("host-id-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (none, empty) = (folder.join("none"), file("empty", "\n"));
        let image = file("image", "uninitialized\n");
        let (first, second) = (file("first", " 8f4a\n"), file("second", "77aa"));
        let table: [(&[_], _); 4] = [
            (&[none, empty, image], None),
            (&[folder.join("image"), first], Some("8f4a")),
            (&[second, folder.join("first")], Some("77aa")),
            (&[], None),
        ];
        for (files, expected) in table {
            assert_eq!(read_id(files).as_deref(), expected, "{files:?}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn own_attributes_win() {
        let text = |key: &str, value: &str| (key.to_owned(), Value::from(value));
        let host = with_own(vec![text("host.name", "mine"), text("x", "y")]);
        let resource = of_process(&host, 7).attributes;
        let get = |key| resource.get(key).map(|value| value.to_value());
        assert_eq!(get("host.name"), Some("mine".into()));
        assert_eq!(get("x"), Some("y".into()));
        assert_eq!(get("process.pid"), Some(7.into()));
        assert_eq!(get("service.name"), Some("unknown_service".into()));
        let fixed = of_process(&host.with("process.pid", 1), 7).attributes;
        assert_eq!(fixed.get("process.pid").map(|pid| pid.to_value()), Some(1.into()));
    }
}
