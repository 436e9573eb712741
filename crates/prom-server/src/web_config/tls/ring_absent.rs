use tokio_rustls::rustls::crypto::CryptoProvider;

pub(super) fn provider() -> Option<CryptoProvider> {
    None
}
