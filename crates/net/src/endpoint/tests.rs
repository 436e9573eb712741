use proptest::prelude::*;

use super::*;

fn parse(text: &str, insecure: bool) -> Result<Endpoint, String> {
    Endpoint::parse("E", text, insecure).map_err(|error| error.to_string())
}

#[test]
fn addresses_are_read() {
    let table: &[(&str, bool, &str, &str, u16)] = &[
        ("http://localhost:4318", false, "http://localhost:4318/", "localhost", 4318),
        (" HTTP://localhost/ ", false, "http://localhost/", "localhost", 80),
        ("https://a.example/x/y", true, "https://a.example/x/y", "a.example", 443),
        ("https://a:1?q=%20", false, "https://a:1/?q=%20", "a", 1),
        ("http://[::1]:4318/", false, "http://[::1]:4318/", "::1", 4318),
        ("http://[::1]", false, "http://[::1]/", "::1", 80),
        ("http://127.0.0.1:65535", false, "http://127.0.0.1:65535/", "127.0.0.1", 65535),
        ("localhost:4318", false, "https://localhost:4318/", "localhost", 4318),
        ("localhost:4318", true, "http://localhost:4318/", "localhost", 4318),
        ("localhost", true, "http://localhost/", "localhost", 80),
        ("[::1]:9/p", true, "http://[::1]:9/p", "::1", 9),
        ("http://a/b?next=https://c", false, "http://a/b?next=https://c", "a", 80),
        ("a:9/b?next=http://c", true, "http://a:9/b?next=http://c", "a", 9),
        ("http://a//b//", false, "http://a//b//", "a", 80),
    ];
    for (text, insecure, uri, server, port) in table {
        let endpoint = parse(text, *insecure).unwrap();
        assert_eq!(endpoint.uri().to_string(), *uri, "{text}");
        assert_eq!((endpoint.server(), endpoint.port()), (*server, Some(*port)), "{text}");
        assert_eq!(endpoint.is_tls(), uri.starts_with("https"), "{text}");
    }
}

#[test]
fn what_cannot_be_understood_is_refused_without_being_repeated() {
    let table = [
        ("", "is empty"),
        ("grpc://secret", "scheme"),
        ("://secret", "empty scheme"),
        ("http://", "no host"),
        ("http://:80", "no host"),
        ("http://?secret", "no host"),
        ("http://user:secret@host", "credentials"),
        ("secret@host", "credentials"),
        ("http://host/#secret", "fragment"),
        ("http://host:0/secret", "port"),
        ("http://host:65536/secret", "port"),
        ("http://host:+80/secret", "port"),
        ("http://host:/secret", "port"),
        ("http://host:secret", "port"),
        ("http://::1/secret", "brackets"),
        ("http://[secret]", "brackets"),
        ("http://[::1]secret", "brackets"),
        ("http://[::1", "closing bracket"),
        ("http://höst/secret", "ASCII"),
        ("http://ho st/secret", "blank"),
        ("http://host/se cret", "blank"),
        ("http://host/\r\nsecret", "control character"),
        ("http://ho<st/secret", "no valid address"),
        ("http://host/<secret\u{7f}", "control character"),
        ("unix:secret", "absolute path"),
        ("unix://secret/socket", "host before"),
    ];
    for (text, problem) in table {
        let error = parse(text, true).unwrap_err();
        assert!(error.starts_with("E: ") && error.contains(problem), "{text}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
#[cfg(unix)]
fn unix_sockets_are_read() {
    for text in ["unix:/run/o.sock", "unix:///run/o.sock", "UNIX:/run/o.sock"] {
        let endpoint = parse(text, false).unwrap().join("v1/metrics").unwrap();
        assert_eq!((endpoint.server(), endpoint.port()), ("/run/o.sock", None));
        assert_eq!(endpoint.uri().to_string(), "http://localhost/v1/metrics");
        assert_eq!(endpoint.to_string(), "unix:/run/o.sock");
        assert!(!endpoint.is_tls());
    }
    assert_eq!(parse("unix:/a b/o.sock", false).unwrap().server(), "/a b/o.sock");
    assert!(parse(&format!("unix:/{}", "x".repeat(200)), false).unwrap_err().contains("too long"));
    assert!(parse("unix:/a\0b", false).unwrap_err().contains("zero byte"));
}

#[test]
fn paths_are_joined_with_one_slash_and_the_query_stays() {
    let table = [
        ("http://h", "v1/metrics", "http://h/v1/metrics"),
        ("http://h/", "/v1/metrics", "http://h/v1/metrics"),
        ("http://h/base/", "v1/metrics", "http://h/base/v1/metrics"),
        ("http://h/base//", "v1/metrics", "http://h/base//v1/metrics"),
        ("http://h/base?k=v", "v1/metrics", "http://h/base/v1/metrics?k=v"),
    ];
    for (base, path, expected) in table {
        let joined = parse(base, false).unwrap().join(path).unwrap();
        assert_eq!(joined.uri().to_string(), expected);
    }
    let endpoint = parse("http://h/base?k=v", false).unwrap();
    assert_eq!(endpoint.with_path("/a?b").unwrap().uri().to_string(), "http://h/a?b");
    for path in ["a", "", "/ ", "/a#b"] {
        assert!(endpoint.with_path(path).is_err(), "{path:?}");
    }
}

#[test]
fn the_text_never_holds_the_query() {
    let endpoint = parse("http://h:1/p?token=secret", false).unwrap();
    assert_eq!(endpoint.to_string(), "http://h:1/p");
    assert_eq!(format!("{endpoint:?}"), "Endpoint(http://h:1/p)");
    let component = endpoint.describe(Component::new("x"));
    assert_eq!(component.to_string(), "x (h:1)");
}

proptest! {
    #[test]
    fn nothing_panics(text in "\\PC{0,40}", path in "\\PC{0,20}", insecure: bool) {
        if let Ok(endpoint) = parse(&text, insecure) {
            let _ = endpoint.join(&path);
            let _ = endpoint.with_path(&path);
        }
    }

    #[test]
    fn nothing_panics_near_an_address(text in "(http|https|unix)?:?/{0,3}[a-z\\[\\]:@?#/.%0-9]{0,16}") {
        let _ = parse(&text, true);
    }
}
