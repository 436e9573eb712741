//! What servers show, what they ask for, and what they are.

use meterport_net::TlsVersion;
use meterport_testkit::{Folder, LogLines};

use super::*;

#[tokio::test]
async fn a_server_is_trusted_by_its_authority_name_and_time() {
    let (authority, stranger) = (Authority::new("authority"), Authority::new("authority"));
    let below = authority.intermediate("below");
    let chained = || {
        let mut issued = good(&below);
        issued.certificate_pem += &below.certificate_pem();
        issued
    };
    let leaf = |names: &[&str]| Leaf::server(names.iter().copied());
    let here = || leaf(&["localhost", "127.0.0.1"]);
    let table = [
        (good(&authority), None),
        (chained(), None),
        (good(&below), Some("issued by nobody who is trusted (trusted: the PEM text in memory)")),
        (good(&stranger), Some("issued by nobody who is trusted")),
        (authority.issue(here().expired()), Some("has expired on Mon, 01 Jan 2001 00:00:00 GMT")),
        (
            authority.issue(here().not_yet_valid()),
            Some(
                "is not valid before Sat, 01 Jan 4000 00:00:00 GMT, and this machine's clock says",
            ),
        ),
        (authority.issue(leaf(&["a.example", "b.example"])), Some("only valid for DnsName(\"a.ex")),
        (authority.issue(leaf(&[])), Some("valid for no name at all")),
        (authority.issue(Leaf::client("127.0.0.1")), Some("no TLS with 127.0.0.1: ")),
    ];
    for (issued, fault) in table {
        for server in [ServerTls::new(&issued), ServerTls::new(&issued).only_tls12()] {
            let result = meet(&server, trusting(&authority)).await;
            match fault {
                None => assert_eq!(result.unwrap(), ANSWERED),
                Some(fault) => {
                    let text = refused(result);
                    assert!(text.contains(fault), "{fault}: {text}");
                    assert!(text.contains("no TLS with 127.0.0.1: the server's"), "{text}");
                }
            }
        }
    }
}

#[tokio::test]
async fn trust_adds_up_and_the_systems_is_not_asked_for() {
    let (one, two) = (Authority::new("one"), Authority::new("two"));
    let folder = Folder::new();
    let both = one.certificate_pem() + &two.certificate_pem();
    let one_by_one = trusting(&one).ca_pem(two.certificate_pem());
    for authority in [&one, &two] {
        let server = ServerTls::new(&good(authority));
        for tls in [one_by_one.clone(), Tls::new().ca_file(folder.write("both.pem", &both))] {
            assert_eq!(meet(&server, tls).await.unwrap(), ANSWERED);
        }
        let text = refused(meet(&server, Tls::new().webpki_roots()).await);
        assert!(text.contains("(trusted: the roots of Mozilla)"), "{text}");
    }
}

#[tokio::test]
async fn another_name_can_be_asked_for_and_must_be_had() {
    let authority = Authority::new("authority");
    let server = ServerTls::new(&authority.issue(Leaf::server(["collector.example"])));
    let tls = trusting(&authority);
    assert_eq!(
        meet(&server, tls.clone().server_name("collector.example")).await.unwrap(),
        ANSWERED
    );
    let text = refused(meet(&server, tls.clone()).await);
    assert!(text.contains("only valid for"), "{text}");
    let text = refused(meet(&server, tls.server_name("other.example")).await);
    assert!(text.contains("no TLS with other.example"), "{text}");
}

#[tokio::test]
async fn a_certificate_may_vouch_for_itself_if_it_is_no_authoritys() {
    let leaf = Leaf::server(["localhost", "127.0.0.1"]);
    let trusting = |issued: &Issued| Tls::new().ca_pem(&issued.certificate_pem);
    let alone = leaf.clone().self_signed();
    assert_eq!(meet(&ServerTls::new(&alone), trusting(&alone)).await.unwrap(), ANSWERED);
    let other = leaf.clone().self_signed();
    let text = refused(meet(&ServerTls::new(&alone), trusting(&other)).await);
    assert!(text.contains("issued by nobody who is trusted"), "{text}");
    let both = leaf.as_authority().self_signed();
    let text = refused(meet(&ServerTls::new(&both), trusting(&both)).await);
    assert!(text.contains("one for an authority (CA:TRUE), which no server may show"), "{text}");
}

#[test]
fn to_go_without_verification_is_told_to_the_log() {
    let lines = LogLines::here();
    let tls = Tls::new().webpki_roots();
    builder("https://c").tls(tls.clone()).build().unwrap();
    assert_eq!(lines.take_levels(), []);
    for _ in 0..2 {
        builder("https://c").tls(tls.clone().danger_accept_invalid_certs(true)).build().unwrap();
        let [(level, line)] = &lines.take_levels()[..] else { panic!("not one line") };
        assert_eq!(level.as_str(), "WARN");
        assert!(line.contains("TLS without verification: danger_accept_invalid_certs"), "{line}");
    }
}

#[tokio::test]
async fn without_verification_everything_is_taken() {
    let (authority, stranger) = (Authority::new("authority"), Authority::new("stranger"));
    let expired = stranger.issue(Leaf::server(["elsewhere.example"]).expired());
    let tls = trusting(&authority).danger_accept_invalid_certs(true);
    assert!(format!("{tls:?}").contains("danger_accept_invalid_certs: true"));
    for server in [ServerTls::new(&expired), ServerTls::new(&expired).only_tls12()] {
        assert_eq!(meet(&server, tls.clone()).await.unwrap(), ANSWERED);
        refused(meet(&server, tls.clone().danger_accept_invalid_certs(false)).await);
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_required() {
    let (authority, stranger) = (Authority::new("authority"), Authority::new("stranger"));
    let show = |issued: &Issued| {
        trusting(&authority).client_certificate_pem(&issued.certificate_pem, &issued.key_pem)
    };
    let mine = authority.issue(Leaf::client("me"));
    let foreign = stranger.issue(Leaf::client("me"));
    let required = ServerTls::new(&good(&authority)).require_client_of(&authority);
    for server in [required.clone(), required.clone().only_tls12()] {
        assert_eq!(meet(&server, show(&mine)).await.unwrap(), ANSWERED);
        let text = refused(meet(&server, show(&foreign)).await);
        let refusal = "the server refuses the client certificate in the PEM text in memory (";
        assert!(text.contains(refusal), "{text}");
        assert!(!text.contains("PRIVATE"), "{text}");
    }
    let text = refused(meet(&required, trusting(&authority)).await);
    let refusal = "the server requires a client certificate, and none is set";
    assert!(text.contains(refusal), "{text}");
    let text = refused(meet(&required.only_tls12(), trusting(&authority)).await);
    assert!(text.contains("client certificate"), "{text}");
    // One that nobody asks for does no harm.
    assert_eq!(meet(&ServerTls::new(&good(&authority)), show(&foreign)).await.unwrap(), ANSWERED);
}

#[tokio::test]
async fn a_refusal_of_a_large_request_is_still_a_refusal() {
    let authority = Authority::new("authority");
    let server = ServerTls::new(&good(&authority)).require_client_of(&authority);
    let collector = FakeCollector::start_tls(&server);
    let client = client(&collector, trusting(&authority));
    for _ in 0..10 {
        let body = Bytes::from(vec![0; 8 * 1024 * 1024]);
        let request = Request::post(collector.url()).body(body).unwrap();
        let answer = within(PATIENCE, client.send(request, Deadline::NONE)).await;
        let text = refused(answer.map(|answer| answer.status.as_u16()));
        assert!(text.contains("requires a client certificate"), "{text}");
    }
}

#[tokio::test]
async fn both_sides_must_speak_tls_and_the_same_version_and_http() {
    let authority = Authority::new("authority");
    let issued = good(&authority);
    let plain = FakeCollector::start();
    let url = plain.url().replace("http://", "https://");
    let client = builder(&url).tls(trusting(&authority)).build().unwrap();
    let text = refused(send(&client, &url).await);
    assert!(text.contains("does not speak TLS; is it plain HTTP (http://)?"), "{text}");

    let secure = FakeCollector::start_tls(&ServerTls::new(&issued));
    let url = secure.url().replace("https://", "http://");
    let text = refused(send(&builder(&url).build().unwrap(), &url).await);
    assert!(text.contains("what answers speaks TLS: the address should be https://"), "{text}");

    let old = ServerTls::new(&issued).only_tls12();
    let tls = trusting(&authority).min_version(TlsVersion::V1_3);
    let text = refused(meet(&old, tls.clone()).await);
    assert!(text.contains("no version of TLS in common (ProtocolVersion)"), "{text}");
    assert_eq!(meet(&ServerTls::new(&issued), tls).await.unwrap(), ANSWERED);

    let Ok(client) = builder(&secure.url()).http2(true).tls(trusting(&authority)).build() else {
        return;
    };
    let text = refused(send(&client, &secure.url()).await);
    assert!(text.contains("no version of HTTP in common (NoApplicationProtocol)"), "{text}");
}
