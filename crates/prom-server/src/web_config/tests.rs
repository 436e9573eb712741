use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use meterport_testkit::Folder;
use tokio::time::advance;

use super::*;

/// One user with the password `pw`.
fn users(name: &str) -> String {
    // As cheap as bcrypt has it.
    let hash = bcrypt::hash("pw", 4).unwrap();
    format!("basic_auth_users:\n  {name}: {hash}\n")
}

async fn is_known(config: &Arc<WebConfig>, name: &str) -> bool {
    let credentials = BASE64_STANDARD.encode(format!("{name}:pw"));
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(&format!("Basic {credentials}")).unwrap();
    headers.insert(AUTHORIZATION, value);
    config.refusal(&headers).await.is_none()
}

#[tokio::test(start_paused = true)]
async fn a_changed_file_is_used_and_a_broken_one_is_not() {
    let folder = Folder::new();
    let path = folder.write("web-config.yml", users("alice"));
    let config = Arc::new(WebConfig::open(&path).unwrap());
    assert!(is_known(&config, "alice").await && !is_known(&config, "bob").await);

    folder.write("web-config.yml", users("bob"));
    // It is not looked at for every request.
    advance(FRESH - Duration::from_millis(1)).await;
    assert!(is_known(&config, "alice").await);
    advance(Duration::from_millis(1)).await;
    assert!(is_known(&config, "bob").await && !is_known(&config, "alice").await);

    for broken in ["nonsense: [", "basic_auth_users: {bob: password}"] {
        folder.write("web-config.yml", broken);
        advance(FRESH).await;
        assert!(is_known(&config, "bob").await, "what was good stays in use");
    }
    fs::remove_file(&path).unwrap();
    advance(FRESH).await;
    assert!(is_known(&config, "bob").await, "a file that is gone says nothing");
    folder.write("web-config.yml", users("carol"));
    advance(FRESH).await;
    assert!(is_known(&config, "carol").await && !is_known(&config, "bob").await);
}
