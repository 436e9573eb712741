use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as Provided;
use bytes::Bytes;
use http::{Request, StatusCode, request};
use meterport_core::{Clock, Deadline, ErrorKind, RetryAdvice, Timestamp};
use meterport_net::RequestHook;

use super::*;

/// 2015-08-30T12:36:00Z, at all times.
#[derive(Debug)]
struct ThatDay;

impl Clock for ThatDay {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }
    fn wall(&self) -> Timestamp {
        Timestamp::from_secs(1_440_938_160)
    }
}

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn keys(session: Option<&str>) -> Credentials {
    Credentials::from_keys("AKIDEXAMPLE", SECRET, session.map(str::to_owned))
}

fn hook(credentials: impl ProvideCredentials + 'static) -> SigV4 {
    SigV4::new("us-east-1", "service", credentials).unwrap().clock(Arc::new(ThatDay))
}

fn head(method: &str, path: &str) -> request::Parts {
    let uri = format!("https://example.amazonaws.com{path}");
    Request::builder().method(method).uri(uri).body(()).unwrap().into_parts().0
}

async fn signature(hook: &SigV4, mut head: request::Parts, body: &'static [u8]) -> String {
    hook.prepare(&mut head, &Bytes::from_static(body), Deadline::NONE).await.unwrap();
    let value = &head.headers["authorization"];
    assert!(value.is_sensitive());
    assert_eq!(head.headers["x-amz-date"], "20150830T123600Z");
    value.to_str().unwrap().to_owned()
}

/// AWS' own test suite for signatures: `get-vanilla`, `post-vanilla`,
/// `get-vanilla-query-order-key-case`.
#[tokio::test(start_paused = true)]
async fn the_signatures_of_the_official_suite() {
    let scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=";
    for (method, path, expected) in [
        ("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
    ] {
        let signed = signature(&hook(keys(None)), head(method, path), b"").await;
        assert_eq!(signed, format!("{scope}{expected}"), "{method} {path}");
    }
}

#[tokio::test(start_paused = true)]
async fn body_and_host_are_signed() {
    let hook = hook(keys(None));
    let plain = signature(&hook, head("POST", "/api/v1/remote_write"), b"one").await;
    let other = signature(&hook, head("POST", "/api/v1/remote_write"), b"two").await;
    assert_ne!(plain, other);
    let mut named = head("POST", "/api/v1/remote_write");
    named.headers.insert("host", "other.amazonaws.com".parse().unwrap());
    assert_ne!(signature(&hook, named, b"one").await, plain);
}

#[tokio::test(start_paused = true)]
async fn a_session_token_is_signed_and_an_attempt_anew() {
    let (mut head, hook) = (head("POST", "/"), hook(keys(Some("a token"))));
    hook.prepare(&mut head, &Bytes::new(), Deadline::NONE).await.unwrap();
    assert_eq!(head.headers["x-amz-security-token"], "a token");
    assert!(head.headers["x-amz-security-token"].is_sensitive());
    let signed = head.headers["authorization"].to_str().unwrap();
    assert!(signed.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,"), "{signed}");
    // The second signature is not beside the first.
    hook.prepare(&mut head, &Bytes::new(), Deadline::NONE).await.unwrap();
    assert_eq!(head.headers.get_all("authorization").iter().count(), 1);
}

/// Credentials for an hour, numbered.
#[derive(Debug, Default)]
struct Hourly(AtomicU32);

impl ProvideCredentials for Hourly {
    fn provide_credentials<'a>(&'a self) -> Provided<'a>
    where
        Self: 'a,
    {
        let id = format!("AKID{}", self.0.fetch_add(1, Ordering::Relaxed));
        let end = SystemTime::from(ThatDay.wall()) + Duration::from_secs(3_600);
        Provided::ready(Ok(Credentials::new(id, SECRET, None, Some(end), "test")))
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_are_asked_for_in_time_and_after_a_refusal() {
    let hook = hook(Hourly::default());
    let check = async |minutes: u64, expected: &str| {
        tokio::time::advance(Duration::from_secs(60 * minutes)).await;
        let signed = signature(&hook, head("GET", "/"), b"").await;
        assert!(signed.contains(expected), "{signed}");
    };
    check(0, "Credential=AKID0/").await;
    check(54, "Credential=AKID0/").await;
    check(2, "Credential=AKID1/").await;
    assert!(hook.refused(StatusCode::UNAUTHORIZED).await);
    check(0, "Credential=AKID2/").await;
}

#[derive(Debug)]
struct Fails(fn() -> CredentialsError);

impl ProvideCredentials for Fails {
    fn provide_credentials<'a>(&'a self) -> Provided<'a>
    where
        Self: 'a,
    {
        Provided::ready(Err((self.0)()))
    }
}

#[tokio::test(start_paused = true)]
async fn without_credentials_nothing_is_sent_and_no_secret_shows() {
    let check = async |error: fn() -> CredentialsError, kind, retried| {
        let hook = hook(Fails(error));
        let mut head = head("GET", "/");
        let error = hook.prepare(&mut head, &Bytes::new(), Deadline::NONE).await.unwrap_err();
        assert_eq!((error.kind(), error.advice() != RetryAdvice::Never), (kind, retried));
        assert!(head.headers.is_empty());
        assert!(!format!("{error:?} {error}").contains("s3cr3t"), "{error:?} {error}");
    };
    let none = || CredentialsError::not_loaded("s3cr3t");
    check(none, ErrorKind::Config, false).await;
    let away = || CredentialsError::provider_error("s3cr3t");
    check(away, ErrorKind::Unavailable, true).await;
    let hook = hook(keys(Some("a token")));
    let shown = format!("{hook:?}");
    assert!(!shown.contains(SECRET) && !shown.contains("a token"), "{shown}");
}

#[test]
fn names_are_checked() {
    for (region, service) in [("", "aps"), ("eu/1", "aps"), ("eu-1", ""), ("eu-1", "a b")] {
        assert!(SigV4::new(region, service, keys(None)).is_err(), "{region:?} {service:?}");
    }
}

#[test]
fn the_environment_is_read() {
    let read = |set: &[(&str, &str)]| {
        let value = |name: &str| set.iter().find(|(key, _)| *key == name);
        credentials_from(|name| value(name).map(|(_, value)| (*value).to_owned()))
    };
    let (id, secret) = (("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret"));
    let all = read(&[id, secret, ("AWS_SESSION_TOKEN", "token")]).unwrap();
    assert_eq!(all.access_key_id(), "id");
    assert_eq!((all.secret_access_key(), all.session_token()), ("secret", Some("token")));
    assert_eq!(read(&[id, secret, ("AWS_SESSION_TOKEN", "")]).unwrap().session_token(), None);
    for (set, missing) in [([id], "AWS_SECRET_ACCESS_KEY"), ([secret], "AWS_ACCESS_KEY_ID")] {
        assert!(read(&set).unwrap_err().to_string().contains(missing));
    }
}
