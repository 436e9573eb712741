use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::failure::Result;
use crate::interop::cache::Cache;
use crate::interop::daemon::{self, Daemon};
use crate::interop::scratch::Scratch;
use crate::interop::{go, http, ports};

const PROGRAM: go::Program = go::Program {
    name: "pushgateway",
    module: "github.com/prometheus/pushgateway",
    version: "v1.11.1",
    package: "",
    tags: "",
};

/// How long one answer may take.
const LIMIT: Duration = Duration::from_secs(10);

/// A running Pushgateway. It ends with this value.
#[derive(Debug)]
pub(super) struct Gateway {
    daemon: Daemon,
    address: SocketAddr,
}

/// The path of the program, which is built if the cache has none.
pub(super) fn install(cache: &Cache) -> Result<PathBuf> {
    PROGRAM.install(cache)
}

impl Gateway {
    /// Starts the program on a free loopback port, with its log in a new folder below `parent`,
    /// and waits until it is ready. It takes names with any character.
    pub(super) fn start(program: &Path, parent: &Path) -> Result<Self> {
        daemon::start(|| {
            let files = Scratch::new(parent, "pushgateway")?;
            let [address] = ports::free()?;
            let mut command = Command::new(program);
            command.arg(format!("--web.listen-address={address}"));
            command.arg("--push.enable-utf8-names");
            let mut daemon = Daemon::spawn("the Pushgateway", files, &mut command)?;
            daemon.wait_until(|| {
                http::get(address, "/-/ready", LIMIT).is_ok_and(|answer| answer.status == 200)
            })?;
            Ok(Self { daemon, address })
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leaves its files when it ends; answers the folder.
    pub(super) fn keep_files(&mut self) -> PathBuf {
        self.daemon.keep_files()
    }
}
