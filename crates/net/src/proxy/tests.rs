use std::ffi::OsString;

use http::HeaderValue;

use super::*;

type Pairs<'p> = &'p [(&'p str, &'p str)];

fn from(pairs: Pairs<'_>) -> Proxy {
    let lookup = |name: &str| {
        let mut found = pairs.iter().filter(|pair| pair.0 == name);
        found.next().map(|pair| OsString::from(pair.1))
    };
    Proxy::from_variables(&Variables::new(&lookup)).unwrap()
}

/// The proxy to this address, in words; `-` for none.
fn way(proxy: &Proxy, url: &str) -> String {
    let endpoint = Endpoint::parse("endpoint", url, false).unwrap();
    match proxy.for_endpoint(&endpoint) {
        Ok(Some(server)) => server.to_string(),
        Ok(None) => "-".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_environment_says_which_proxy_is_for_whom() {
    let (plain, secure) = ("http://c.example", "https://c.example");
    let table: &[(Pairs<'_>, &str, &str)] = &[
        (&[], "-", "-"),
        (&[("http_proxy", "http://one:1")], "http://one:1", "-"),
        (&[("https_proxy", "http://two:2")], "-", "http://two:2"),
        (&[("HTTPS_PROXY", "http://two:2")], "-", "http://two:2"),
        (&[("HTTP_PROXY", "http://one:1")], "http://one:1", "-"),
        (&[("http_proxy", "http://one:1"), ("HTTP_PROXY", "http://up:9")], "http://one:1", "-"),
        (&[("all_proxy", "http://all:3")], "http://all:3", "http://all:3"),
        (&[("ALL_PROXY", "http://all:3")], "http://all:3", "http://all:3"),
        (
            &[("all_proxy", "http://all:3"), ("https_proxy", "http://two:2")],
            "http://all:3",
            "http://two:2",
        ),
        // Empty is unset.
        (&[("http_proxy", ""), ("all_proxy", "http://all:3")], "http://all:3", "http://all:3"),
        // A web server gives its requests' headers to a CGI program as HTTP_*.
        (&[("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://evil:1")], "-", "-"),
        (
            &[
                ("REQUEST_METHOD", "GET"),
                ("http_proxy", "http://one:1"),
                ("HTTPS_PROXY", "http://two:2"),
            ],
            "http://one:1",
            "http://two:2",
        ),
        (&[("all_proxy", "http://all:3"), ("no_proxy", "example")], "-", "-"),
        (&[("all_proxy", "http://all:3"), ("NO_PROXY", "c.example:443")], "http://all:3", "-"),
        (
            &[("all_proxy", "http://all:3"), ("no_proxy", "other"), ("NO_PROXY", "*")],
            "http://all:3",
            "http://all:3",
        ),
        // What is wrong with one matters to those who would use it.
        (
            &[("https_proxy", "socks5://two:2"), ("http_proxy", "http://one:1")],
            "http://one:1",
            "https_proxy: is a proxy with a scheme other than http and https",
        ),
    ];
    for (pairs, http, https) in table {
        let proxy = from(pairs);
        assert_eq!((&*way(&proxy, plain), &*way(&proxy, secure)), (*http, *https), "{pairs:?}");
    }
}

#[test]
fn the_environments_proxy_is_not_for_the_machine_itself() {
    let proxy = from(&[("all_proxy", "http://all:3")]);
    let near = ["localhost", "LocalHost:80", "127.0.0.1:80", "127.1.2.3", "[::1]:80"];
    let near = near.into_iter().chain(["[::ffff:127.0.0.1]:80", "localhost."]);
    for host in near {
        let url = format!("http://{host}");
        assert_eq!(way(&proxy, &url), "-", "{host}");
        // Who names a proxy in code means it.
        assert_eq!(way(&Proxy::to("all:3").unwrap(), &url), "http://all:3", "{host}");
    }
    for host in ["localhost.example", "10.0.0.1", "[::2]", "128.0.0.1"] {
        assert_eq!(way(&proxy, &format!("http://{host}")), "http://all:3", "{host}");
    }
    if let Ok(socket) = Endpoint::parse("endpoint", "unix:/run/x.sock", false) {
        assert!(Proxy::to("all:3").unwrap().for_endpoint(&socket).unwrap().is_none());
    }
}

#[test]
fn some_hosts_are_reached_directly() {
    let table: &[(&str, &[&str], &[&str])] = &[
        ("", &[], &["a.example"]),
        ("*", &["a.example", "10.1.1.1", "[fd00::1]"], &[]),
        (
            "example.com",
            &["example.com", "EXAMPLE.com", "example.com.", "a.example.com", "example.com:99"],
            &["anexample.com", "example.org", "com"],
        ),
        (".example.com", &["a.example.com", "a.b.example.com"], &["example.com", "anexample.com"]),
        ("*.example.com", &["a.example.com"], &["example.com"]),
        ("example.com:99", &["example.com:99", "a.example.com:99"], &["example.com"]),
        ("Example.COM.", &["example.com"], &[]),
        ("10.0.0.0/8", &["10.255.1.2"], &["11.0.0.1", "ten.example", "[fd00::1]"]),
        ("10.1.0.0/15", &["10.0.0.9", "10.1.0.9"], &["10.2.0.9"]),
        ("0.0.0.0/0", &["9.9.9.9"], &["[fd00::1]", "a.example"]),
        ("10.1.1.1", &["10.1.1.1", "10.1.1.1:99", "[::ffff:10.1.1.1]"], &["10.1.1.2"]),
        ("10.1.1.1:99", &["10.1.1.1:99"], &["10.1.1.1"]),
        ("fd00::/8", &["[fd12::1]:99"], &["[fe00::1]", "10.1.1.1"]),
        ("fd00::1", &["[fd00::1]:99"], &["[fd00::2]"]),
        ("[fd00::1]", &["[fd00::1]:99"], &["[fd00::2]"]),
        ("[fd00::1]:99", &["[fd00::1]:99"], &["[fd00::1]"]),
        (
            " a.example , b.example\tc.example,,",
            &["a.example", "b.example", "c.example"],
            &["d.example"],
        ),
        // What means nothing covers nothing.
        ("10.0.0.0/33,10.0.0.0/x,a:port,/8,:80,.", &[], &["10.0.0.1", "a", "a.example:80"]),
    ];
    for (list, direct, through) in table {
        let proxy = Proxy::to("all:3").unwrap().except(list);
        let check = |hosts: &[&str], expected| {
            for host in hosts {
                assert_eq!(way(&proxy, &format!("http://{host}")), expected, "{list:?}: {host}");
            }
        };
        check(direct, "-");
        check(through, "http://all:3");
    }
    let both = Proxy::to("all:3").unwrap().except("a.example").except("b.example");
    assert_eq!(way(&both, "http://a.example"), way(&both, "http://b.example"));
}

#[test]
fn a_proxy_is_named_without_its_credentials() {
    let table = [
        ("proxy", "http://proxy:80", None),
        ("proxy:3128", "http://proxy:3128", None),
        ("http://proxy/path?query", "http://proxy:80", None),
        ("HTTPS://proxy", "https://proxy:443", None),
        (" http://proxy ", "http://proxy:80", None),
        ("[fd00::1]:1", "http://[fd00::1]:1", None),
        ("http://user@proxy", "http://proxy:80", Some("Basic dXNlcjo=")),
        ("user:hunter2@proxy:1", "http://proxy:1", Some("Basic dXNlcjpodW50ZXIy")),
        ("http://u%40:%3a%2f@proxy:1", "http://proxy:1", Some("Basic dUA6Oi8=")),
        ("http://a:b@c@proxy:1", "http://proxy:1", Some("Basic YTpiQGM=")),
    ];
    for (url, name, credentials) in table {
        let proxy = Proxy::to(url).unwrap();
        assert_eq!(way(&proxy, "http://c.example"), name, "{url}");
        let server = proxy.0.http.clone().unwrap().unwrap();
        let found = server.authorization();
        assert_eq!(found.map(|value| value.to_str().unwrap()), credentials, "{url}");
        assert!(found.is_none_or(HeaderValue::is_sensitive));
        let text = format!("{proxy:?} {server:?} {server}");
        assert!(!text.contains("hunter2") && !text.contains("dXNl"), "{text}");
        assert_eq!(format!("{server:?}").contains("credentials"), credentials.is_some());
    }
}

#[test]
fn what_is_no_address_of_a_proxy_is_not_repeated() {
    let table = [
        "",
        "http://",
        "socks5://hunter2:x@proxy",
        "http://u:hunter2@",
        "http://u:hunter2@proxy:0",
        "u:hunter2@proxy:65536",
        "u:hunter2@proxy:x",
        "u:hunter2@[fd00::1",
        "u:hunter2@pro xy",
    ];
    for url in table {
        let error = Proxy::to(url).expect_err(url).to_string();
        assert!(error.starts_with("proxy: "), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
