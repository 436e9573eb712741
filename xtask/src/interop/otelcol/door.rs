use std::net::SocketAddr;

use super::identities::{CLIENTS, SERVER, SERVER_KEY};

/// How connections to a Collector are secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// Not at all.
    Plain,
    /// The server shows a certificate.
    Tls,
    /// Both sides do.
    Mutual,
}

impl Security {
    pub(super) const ALL: [Self; 3] = [Self::Plain, Self::Tls, Self::Mutual];

    /// Behind the protocol in a report's line.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Tls => " over TLS",
            Self::Mutual => " over mTLS",
        }
    }
}

/// A receiver of the Collector: two addresses with the same security.
#[derive(Clone, Copy, Debug)]
pub(super) struct Door {
    pub(super) security: Security,
    /// Where OTLP over HTTP is taken.
    pub(super) http: SocketAddr,
    /// Where OTLP over gRPC is taken.
    pub(super) grpc: SocketAddr,
}

impl Door {
    pub(super) fn http_url(&self) -> String {
        format!("{}://{}", self.scheme(), self.http)
    }

    pub(super) fn grpc_url(&self) -> String {
        format!("{}://{}", self.scheme(), self.grpc)
    }

    fn scheme(&self) -> &'static str {
        match self.security {
            Security::Plain => "http",
            Security::Tls | Security::Mutual => "https",
        }
    }

    /// Its name in the Collector's configuration.
    pub(super) fn receiver_name(&self) -> &'static str {
        match self.security {
            Security::Plain => "otlp",
            Security::Tls => "otlp/tls",
            Security::Mutual => "otlp/mutual",
        }
    }

    /// Its entry in the Collector's configuration; the Collector runs among the files.
    pub(super) fn receiver(&self) -> String {
        let clients = match self.security {
            Security::Mutual => format!("          client_ca_file: {CLIENTS}\n"),
            Security::Plain | Security::Tls => String::new(),
        };
        let tls = match self.security {
            Security::Plain => String::new(),
            Security::Tls | Security::Mutual => format!(
                "        tls:\n          cert_file: {SERVER}\n          key_file: {SERVER_KEY}\n{clients}"
            ),
        };
        let name = self.receiver_name();
        let Self { http, grpc, .. } = self;
        format!(
            "  {name}:\n    protocols:\n      grpc:\n        endpoint: {grpc}\n{tls}      http:\n        \
             endpoint: {http}\n{tls}"
        )
    }
}
