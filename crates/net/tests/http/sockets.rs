//! Unix sockets and HTTP/2.

use meterport_core::Deadline;
use meterport_net::{Endpoint, HttpClient};

use crate::peer::{Guard, Peer};

#[tokio::test]
async fn a_request_to_https_is_not_sent_in_the_clear() {
    let _guard = Guard::new();
    let mut peer = Peer::serving();
    let request = crate::peer::post(&peer.url().replace("http", "https"));
    let error = peer.client().send(request, Deadline::NONE).await.unwrap_err();
    assert_eq!(error.kind(), meterport_net::SendErrorKind::InvalidRequest);
    assert!(peer.all().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_is_http_like_any_other() {
    use crate::peer::{Conn, run};

    let _guard = Guard::new();
    let folder = std::env::temp_dir().join(format!("meterport-net-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("collector.sock");
    let endpoint = format!("unix:{}", path.display());
    let endpoint = Endpoint::parse("endpoint", &endpoint, false).unwrap().join("v1/m").unwrap();
    let client = HttpClient::builder(&endpoint).build().unwrap();
    let request = || http::Request::post(endpoint.uri()).body("the body".into()).unwrap();

    let error = client.send(request(), Deadline::NONE).await.unwrap_err();
    assert_eq!(error.kind(), meterport_net::SendErrorKind::Connect);

    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let (seen, mut events) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            run(0, stream.unwrap(), &seen, Conn::serve);
        }
    });
    let answer = client.send(request(), Deadline::NONE).await.unwrap();
    assert_eq!(answer.body, "the body");
    let Some(crate::peer::Event::Request(received)) = events.recv().await else { panic!() };
    assert!(received.head.starts_with("POST /v1/m HTTP/1.1\r\n"), "{}", received.head);
    assert!(received.head.contains("host: localhost\r\n"), "{}", received.head);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn http2_speaks_to_a_server_that_knows_it() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const SETTINGS_ACK: [u8; 9] = [0, 0, 0, 4, 1, 0, 0, 0, 0];
    /// Headers of stream 1 that end it: `:status: 200`, the eighth of HPACK's static table.
    const OK: [u8; 10] = [0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88];
    const END_STREAM: u8 = 1;

    let _guard = Guard::new();
    let peer = Peer::start(|conn| {
        let mut take = |count: usize| (0..count).map_while(|_| conn.byte()).collect::<Vec<_>>();
        assert_eq!(take(PREFACE.len()), PREFACE);
        loop {
            let head = take(9);
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let payload = take(length as usize);
            // The data frame that ends the request.
            if head[3] == 0 && head[4] & END_STREAM != 0 {
                assert_eq!(payload, b"the body");
                break;
            }
        }
        conn.write(&[&SETTINGS[..], &SETTINGS_ACK, &OK].concat());
        conn.until_closed();
    });
    let client = match peer.builder().http2(true).build() {
        Ok(client) => client,
        Err(error) => {
            assert!(error.to_string().contains("enable the Cargo feature `http2`"));
            return;
        }
    };
    let answer = client.send(peer.post(), Deadline::NONE).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.attempts), (200, 1));
}
