//! Words for what goes wrong between the two sides.

use std::io;
use std::sync::Arc;

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

use super::roots::Trusted;
use super::validity::{self, Fault};
use super::{Problem, Settings};
use crate::ConnectError;

/// The other side of a connection, and what an error about it should say.
pub(super) struct Peer {
    name: Arc<str>,
    /// Where the client certificate comes from.
    identity: Option<String>,
    /// Why changed files are not in use.
    problem: Option<Problem>,
}

impl Peer {
    pub(super) fn new(name: &str, settings: &Settings, problem: Option<Problem>) -> Self {
        let identity = settings.identity.as_ref().map(|it| it.certificate.to_string());
        Self { name: name.into(), identity, problem }
    }

    pub(super) fn error(&self, text: &str) -> ConnectError {
        self.because(text, None)
    }

    /// The error of a handshake.
    pub(super) fn failure(&self, error: io::Error, trusted: &Trusted<'_>) -> ConnectError {
        let text = match tls_error(&error) {
            Some(Error::InvalidCertificate(why)) => certificate(why, trusted),
            Some(Error::AlertReceived(alert)) => self.alert(*alert),
            Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
                "what answers does not speak TLS; is it plain HTTP (http://)?".to_owned()
            }
            Some(error) => error.to_string(),
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                "the server closed the connection in the handshake".to_owned()
            }
            None => format!("the connection broke in the handshake: {error}"),
        };
        self.because(&text, Some(error))
    }

    /// The error of an open connection: in TLS 1.3 a server looks at the client's certificate
    /// when the client already takes the connection for open.
    ///
    /// It is `PermissionDenied`, which no open socket says: the library for HTTP/2 keeps no more of
    /// an error than its kind and its words.
    pub(super) fn broken(&self, error: io::Error) -> io::Error {
        match tls_error(&error) {
            Some(Error::AlertReceived(alert)) if is_about_certificates(*alert) => {
                let text = self.alert(*alert);
                io::Error::new(io::ErrorKind::PermissionDenied, self.because(&text, Some(error)))
            }
            _ => error,
        }
    }

    fn because(&self, text: &str, source: Option<io::Error>) -> ConnectError {
        let mut whole = format!("no TLS with {}: {text}", self.name);
        if let Some(Problem { setting, text }) = &self.problem {
            whole += &format!(" (changed files are not in use: {setting}: {text})");
        }
        ConnectError::tls(whole, source)
    }

    fn alert(&self, alert: AlertDescription) -> String {
        use AlertDescription as A;
        match (alert, &self.identity) {
            (alert, Some(identity)) if is_about_certificates(alert) => {
                format!("the server refuses the client certificate in {identity} ({alert:?})")
            }
            // Without a certificate of the client's, no signature of one can be at fault.
            (alert, None) if is_about_certificates(alert) && alert != A::DecryptError => {
                format!("the server requires a client certificate, and none is set ({alert:?})")
            }
            (A::HandshakeFailure, None) => {
                format!(
                    "no cipher suite in common, or a client certificate is required ({alert:?})"
                )
            }
            (A::ProtocolVersion, _) => {
                format!("no version of TLS in common ({alert:?})")
            }
            (A::UnrecognisedName, _) => {
                format!("the server does not know this name ({alert:?})")
            }
            (A::NoApplicationProtocol, _) => {
                format!("no version of HTTP in common ({alert:?})")
            }
            (alert, _) => format!("the server ended the handshake ({alert:?})"),
        }
    }
}

fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// Whether the other side has ended the connection with words of its own.
pub(super) fn is_alert(error: &io::Error) -> bool {
    matches!(tls_error(error), Some(Error::AlertReceived(_)))
}

fn is_about_certificates(alert: AlertDescription) -> bool {
    use AlertDescription as A;
    matches!(
        alert,
        A::AccessDenied
            | A::BadCertificate
            | A::CertificateExpired
            | A::CertificateRequired
            | A::CertificateRevoked
            | A::CertificateUnknown
            // A signature that does not fit: an authority of the same name, but another key.
            | A::DecryptError
            | A::NoCertificate
            | A::UnknownCA
            | A::UnsupportedCertificate
    )
}

/// What is wrong with the server's certificate.
fn certificate(why: &CertificateError, trusted: &Trusted<'_>) -> String {
    use CertificateError as E;
    let seconds = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
    match why {
        E::ExpiredContext { not_after, .. } => {
            format!("the server's certificate {}", Fault::Expired(seconds(not_after.as_secs())))
        }
        E::NotValidYetContext { not_before, time } => {
            let fault = Fault::NotYetValid(seconds(not_before.as_secs()));
            let now = validity::date(seconds(time.as_secs()));
            format!("the server's certificate {fault}, and this machine's clock says {now}")
        }
        // The signature does not fit where an authority of the same name is trusted.
        E::BadSignature | E::UnknownIssuer => format!(
            "the server's certificate is issued by nobody who is trusted (trusted: {trusted})"
        ),
        E::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "the server's certificate is valid for no name at all".to_owned()
        }
        E::NotValidForNameContext { presented, .. } => {
            format!("the server's certificate is only valid for {}", presented.join(", "))
        }
        // rustls has no name for it of its own. It is what `openssl req -x509` makes if nothing
        // else is said.
        E::Other(error) if error.to_string() == "CaUsedAsEndEntity" => {
            "the server's certificate is one for an authority (CA:TRUE), which no server may \
             show: it needs one of its own, or one with basicConstraints=CA:FALSE"
                .to_owned()
        }
        E::Other(error) => format!("the server's certificate is refused: {error}"),
        other => format!("the server's certificate is refused: {other}"),
    }
}
