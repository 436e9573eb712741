use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use meterport_core::{ConfigError, Deadline};

use super::{ApiKey, Basic, Bearer};
use crate::{HookError, RequestHook};

/// The header that an attempt sends.
async fn sent(hook: &impl RequestHook) -> Result<(String, String), HookError> {
    let (mut parts, ()) = Request::new(()).into_parts();
    hook.prepare(&mut parts, &Bytes::new(), Deadline::NONE).await?;
    assert_eq!(parts.headers.len(), 1);
    let (name, value) = parts.headers.iter().next().unwrap();
    assert!(value.is_sensitive());
    Ok((name.to_string(), String::from_utf8(value.as_bytes().to_vec()).unwrap()))
}

fn text<T: std::fmt::Debug>(result: Result<T, ConfigError>) -> String {
    let text = result.unwrap_err().to_string();
    assert!(!text.contains("s3cr3t"), "{text}");
    text
}

#[tokio::test]
async fn a_fixed_secret_is_one_header() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let key = ApiKey::new("X-Api-Key", "s3cr3t=,").unwrap();
    assert_eq!(sent(&key).await.unwrap(), pair("x-api-key", "s3cr3t=,"));
    let bearer = Bearer::new("abc.def~/+-_==").unwrap();
    assert_eq!(sent(&bearer).await.unwrap(), pair("authorization", "Bearer abc.def~/+-_=="));
    // The examples of RFC 7617, sections 2 and 2.1.
    for (user, password, value) in [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="),
        ("", "", "Basic Og=="),
        ("u", "a:b", "Basic dTphOmI="),
    ] {
        let basic = Basic::new(user, password).unwrap();
        assert_eq!(sent(&basic).await.unwrap(), pair("authorization", value));
        assert!(!basic.refused(StatusCode::UNAUTHORIZED).await);
    }
    let shown = format!("{key:?}{bearer:?}");
    assert!(!shown.contains("s3cr3t") && !shown.contains("abc"), "{shown}");
}

#[test]
fn what_no_header_can_have_is_refused_without_being_shown() {
    let control = "the secret for header `authorization`: has a control character";
    let empty = "the secret for header `authorization`: is empty";
    assert_eq!(text(Bearer::new("s3cr3t\n")), control);
    assert_eq!(text(Bearer::new("")), empty);
    assert_eq!(text(Basic::new("u", "s3cr3t\0")), control);
    assert_eq!(text(Basic::new("a:b", "s3cr3t")), "user: has a colon or a control character");
    assert_eq!(text(Basic::new("a\u{7f}", "")), "user: has a colon or a control character");
    assert_eq!(text(ApiKey::new("a b", "s3cr3t")), "header `a b`: is no header name");
    assert!(text(ApiKey::new("content-length", "1")).contains("is set by the exporter itself"));
    assert_eq!(text(ApiKey::new("k", "")), "the secret for header `k`: is empty");
}

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("meterport-net-auth-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.0.join("secret");
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_file_is_read_without_what_stands_around_the_secret() {
    let folder = Folder::new();
    for content in ["t", "t\n", "t\r\n", "\n t\t\n\n"] {
        let path = folder.file(content);
        assert_eq!(sent(&Bearer::from_file(&path).unwrap()).await.unwrap().1, "Bearer t");
        assert_eq!(sent(&ApiKey::from_file("k", &path).unwrap()).await.unwrap().1, "t");
        let basic = Basic::with_password_file("u", &path).unwrap();
        assert_eq!(sent(&basic).await.unwrap().1, "Basic dTp0");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named_when_the_hook_is_made() {
    let folder = Folder::new();
    let path = folder.file("");
    let shown = path.display();
    let problem = |content: &str| {
        fs::write(&path, content).unwrap();
        text(Bearer::from_file(&path))
    };
    assert_eq!(problem(" \n"), format!("file {shown}: is empty"));
    assert_eq!(problem("a\nb"), format!("file {shown}: has a control character"));
    assert_eq!(problem(&"a".repeat(70_000)), format!("file {shown}: is larger than 65536 bytes"));
    assert!(text(Bearer::from_file(&folder.0)).ends_with("is no regular file"));
    fs::remove_file(&path).unwrap();
    let missing = text(Bearer::from_file(&path));
    assert!(missing.starts_with(&format!("file {shown}: cannot be read: ")), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn a_file_is_followed() {
    let folder = Folder::new();
    let path = folder.file("1\n");
    let bearer = Bearer::from_file(&path).unwrap();
    let sent = async || sent(&bearer).await.map(|header| header.1);
    assert_eq!(sent().await.unwrap(), "Bearer 1");
    folder.file("2\n");
    assert_eq!(sent().await.unwrap(), "Bearer 2");
    // Emptied, or gone, for a moment: the last one stays.
    folder.file("");
    assert_eq!(sent().await.unwrap(), "Bearer 2");
    fs::remove_file(&path).unwrap();
    assert_eq!(sent().await.unwrap(), "Bearer 2");
    tokio::time::advance(Duration::from_secs(5)).await;
    // Refused: it is not sent again, and the reason shows.
    assert!(!bearer.refused(StatusCode::UNAUTHORIZED).await);
    let error = sent().await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("file {}", path.display())), "{error}");
    folder.file("3\n");
    assert_eq!(sent().await.unwrap(), "Bearer 3");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_answered_if_the_file_has_changed() {
    let folder = Folder::new();
    let bearer = Bearer::from_file(folder.file("1")).unwrap();
    assert!(!bearer.refused(StatusCode::UNAUTHORIZED).await);
    // What the file still says is sent: the server may have been wrong.
    assert_eq!(sent(&bearer).await.unwrap().1, "Bearer 1");
    folder.file("2");
    // Two requests were under way with the first.
    assert!(bearer.refused(StatusCode::UNAUTHORIZED).await);
    assert!(bearer.refused(StatusCode::UNAUTHORIZED).await);
    assert_eq!(sent(&bearer).await.unwrap().1, "Bearer 2");
    tokio::time::advance(Duration::from_secs(5)).await;
    assert!(!bearer.refused(StatusCode::UNAUTHORIZED).await);
}
