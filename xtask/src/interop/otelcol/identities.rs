use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use meterport_otlp_http::Tls;
use meterport_testkit::{Authority, Issued, Leaf};

use super::door::Security;

/// The server's certificate, of [`Identities`]' folder.
pub(super) const SERVER: &str = "server.pem";
pub(super) const SERVER_KEY: &str = "server.key";
/// Whose clients the Collector takes.
pub(super) const CLIENTS: &str = "clients.pem";

const SERVERS: &str = "servers.pem";
const CLIENT: &str = "client.pem";
const CLIENT_KEY: &str = "client.key";
const STRANGER: &str = "stranger.pem";
const STRANGER_KEY: &str = "stranger.key";

/// Certificates made for one run, as files.
#[derive(Debug)]
pub(super) struct Identities(PathBuf);

impl Identities {
    /// Writes a server's, a client's, and those of a client that the Collector does not know.
    pub(super) fn write(folder: &Path) -> io::Result<Self> {
        let [servers, clients, strangers] = ["servers", "clients", "strangers"].map(Authority::new);
        let write = |name: &str, pem: String| fs::write(folder.join(name), pem);
        let write_both = |names: [&str; 2], Issued { certificate_pem, key_pem, .. }| {
            write(names[0], certificate_pem)?;
            write(names[1], key_pem)
        };
        write(SERVERS, servers.certificate_pem())?;
        write(CLIENTS, clients.certificate_pem())?;
        write_both([SERVER, SERVER_KEY], servers.issue(Leaf::server(["localhost", "127.0.0.1"])))?;
        write_both([CLIENT, CLIENT_KEY], clients.issue(Leaf::client("specimen")))?;
        write_both([STRANGER, STRANGER_KEY], strangers.issue(Leaf::client("stranger")))?;
        Ok(Self(folder.to_owned()))
    }

    /// What is right for a receiver of this security; without TLS it means nothing.
    pub(super) fn tls(&self, security: Security) -> Tls {
        let tls = Tls::new().ca_file(self.0.join(SERVERS));
        match security {
            Security::Plain | Security::Tls => tls,
            Security::Mutual => {
                tls.client_certificate_file(self.0.join(CLIENT), self.0.join(CLIENT_KEY))
            }
        }
    }

    /// A client's that the Collector does not know.
    pub(super) fn stranger(&self) -> Tls {
        let (certificate, key) = (self.0.join(STRANGER), self.0.join(STRANGER_KEY));
        Tls::new().ca_file(self.0.join(SERVERS)).client_certificate_file(certificate, key)
    }

    /// Trusts another authority than the server's.
    pub(super) fn distrustful(&self) -> Tls {
        Tls::new().ca_file(self.0.join(CLIENTS))
    }
}
