use super::{Authority, Issued, Leaf, ServerTls};

/// What it takes for a server on loopback and its clients to know each other.
#[derive(Debug)]
pub struct MutualTls {
    /// Who issues the server's certificate: clients trust it.
    pub servers: Authority,
    /// Who issues the clients' certificates: the server trusts it.
    pub clients: Authority,
}

impl MutualTls {
    /// Two new authorities.
    #[allow(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        Self { servers: Authority::new("servers"), clients: Authority::new("clients") }
    }

    /// A server on loopback that asks its clients for a certificate.
    pub fn server(&self) -> ServerTls {
        let issued = self.servers.issue(Leaf::server(["localhost", "127.0.0.1"]));
        ServerTls::new(&issued).require_client_of(&self.clients)
    }

    /// A client that the server lets in.
    pub fn client(&self) -> Issued {
        self.clients.issue(Leaf::client("service"))
    }
}
