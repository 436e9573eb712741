//! What is said where TLS is not compiled in.

use meterport_net::{Endpoint, HttpClient};

#[test]
fn https_is_refused_when_the_client_is_built_and_says_what_to_enable() {
    let endpoint = Endpoint::parse("endpoint", "localhost:4318", false).unwrap();
    let error = HttpClient::builder(&endpoint).build().unwrap_err().to_string();
    assert!(error.contains("not compiled in"), "{error}");
    assert!(error.contains("`tls-ring` or `tls-aws-lc`"), "{error}");
}
