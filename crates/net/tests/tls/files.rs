//! Files that change while a client is in use.

use std::fs;
use std::time::Duration;

use meterport_testkit::Folder;

use super::*;

/// A client that opens a connection for each request.
fn forgetful(url: &str, tls: Tls) -> HttpClient {
    builder(url).pool_idle_timeout(Duration::ZERO).tls(tls).build().unwrap()
}

#[tokio::test]
async fn a_changed_authority_is_trusted_from_the_next_connection_on() {
    let (old, new) = (Authority::new("authority"), Authority::new("authority"));
    let folder = Folder::new();
    let path = folder.write("ca.pem", old.certificate_pem());
    let collector = FakeCollector::start_tls(&ServerTls::new(&good(&old)));
    let url = collector.url();
    let client = forgetful(&url, Tls::new().ca_file(&path));
    assert_eq!(send(&client, &url).await.unwrap(), ANSWERED);

    collector.set_tls(&ServerTls::new(&good(&new)));
    let text = refused(send(&client, &url).await);
    assert!(text.contains(&format!("(trusted: {})", path.display())), "{text}");
    folder.write("ca.pem", new.certificate_pem());
    assert_eq!(send(&client, &url).await.unwrap(), ANSWERED);

    // What is no good is not taken: the last good one is, and it is said when that is not enough.
    for (content, why) in [
        (Some(String::new()), "is empty"),
        (Some(new.certificate_pem()[..99].to_owned()), "is damaged"),
        (Some(Authority::expired("authority").certificate_pem()), "has expired"),
        (None, "cannot be read"),
    ] {
        match content {
            Some(content) => drop(folder.write("ca.pem", content)),
            None => fs::remove_file(&path).unwrap(),
        }
        assert_eq!(send(&client, &url).await.unwrap(), ANSWERED, "{why}");
        collector.set_tls(&ServerTls::new(&good(&old)));
        let text = refused(send(&client, &url).await);
        assert!(text.contains("issued by nobody who is trusted"), "{text}");
        assert!(text.contains("changed files are not in use: ca: "), "{text}");
        assert!(text.contains(why), "{text}");
        collector.set_tls(&ServerTls::new(&good(&new)));
    }
    folder.write("ca.pem", new.certificate_pem());
    collector.set_tls(&ServerTls::new(&good(&old)));
    let text = refused(send(&client, &url).await);
    assert!(!text.contains("changed files"), "it is mended: {text}");
}

#[tokio::test]
async fn a_changed_client_certificate_is_shown_from_the_next_connection_on() {
    let (old, new) = (Authority::new("authority"), Authority::new("authority"));
    let server = good(&old);
    let (first, second) = (old.issue(Leaf::client("me")), new.issue(Leaf::client("me")));
    let folder = Folder::new();
    let certificate = folder.write("client.pem", &first.certificate_pem);
    let key = folder.write("client.key", &first.key_pem);
    let collector = FakeCollector::start_tls(&ServerTls::new(&server).require_client_of(&old));
    let url = collector.url();
    let client = forgetful(&url, trusting(&old).client_certificate_file(&certificate, &key));
    assert_eq!(send(&client, &url).await.unwrap(), ANSWERED);

    collector.set_tls(&ServerTls::new(&server).require_client_of(&new));
    let text = refused(send(&client, &url).await);
    let refusal = format!("refuses the client certificate in {}", certificate.display());
    assert!(text.contains(&refusal), "{text}");
    // Half of the change is none: the two do not match.
    folder.write("client.pem", &second.certificate_pem);
    let text = refused(send(&client, &url).await);
    assert!(text.contains("do not match"), "{text}");
    folder.write("client.key", &second.key_pem);
    assert_eq!(send(&client, &url).await.unwrap(), ANSWERED);
}

#[tokio::test]
async fn clients_of_one_value_share_what_is_loaded() {
    let (old, new) = (Authority::new("authority"), Authority::new("authority"));
    let folder = Folder::new();
    let tls = Tls::new().ca_file(folder.write("ca.pem", old.certificate_pem()));
    let collector = FakeCollector::start_tls(&ServerTls::new(&good(&new)));
    let url = collector.url();
    let clients = [forgetful(&url, tls.clone()), forgetful(&url, tls.clone())];
    let apart = forgetful(&url, tls.server_name("localhost"));
    folder.write("ca.pem", new.certificate_pem());
    assert_eq!(send(&clients[0], &url).await.unwrap(), ANSWERED);
    // The file is gone, and so another's reading of it is what counts.
    fs::remove_file(folder.path().join("ca.pem")).unwrap();
    assert_eq!(send(&clients[1], &url).await.unwrap(), ANSWERED);
    refused(send(&apart, &url).await);
}
