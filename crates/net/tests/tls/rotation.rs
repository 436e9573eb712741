//! Certificates are replaced again and again while requests go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use meterport_testkit::Folder;
use tokio::sync::watch;

use super::*;

const ROTATIONS: usize = 100;
const SENDERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_rotations_under_load_fail_nobody() {
    let authority = Authority::new("authority");
    let folder = Folder::new();
    let write = |issued: &Issued| {
        // Certificate and key in one file are replaced in one step.
        let both = format!("{}{}", issued.certificate_pem, issued.key_pem);
        folder.write("client.pem", both)
    };
    let mine = write(&authority.issue(Leaf::client("client 0")));
    let trusted = folder.write("ca.pem", authority.certificate_pem());
    let require = |server: &Issued| ServerTls::new(server).require_client_of(&authority);
    let collector = FakeCollector::start_tls(&require(&good(&authority)));
    let url = collector.url();
    let tls = Tls::new().ca_file(&trusted).client_certificate_file(&mine, &mine);
    let client = builder(&url).pool_idle_timeout(Duration::ZERO).tls(tls).build().unwrap();

    let done = Arc::new(AtomicBool::new(false));
    let (senders, mut counts): (Vec<_>, Vec<_>) = (0..SENDERS)
        .map(|_| {
            let (client, url, done) = (client.clone(), url.clone(), Arc::clone(&done));
            let (sent, count) = watch::channel(0_u64);
            let sender = tokio::spawn(async move {
                while !done.load(Ordering::Acquire) {
                    assert_eq!(send(&client, &url).await.expect("no failure"), ANSWERED);
                    sent.send_modify(|count| *count += 1);
                }
            });
            (sender, count)
        })
        .unzip();
    // Connections that are under way began before the change, and others may have waited for them.
    let mut settle = async || {
        let before: Vec<u64> = counts.iter().map(|count| *count.borrow()).collect();
        for (count, before) in counts.iter_mut().zip(before) {
            count.wait_for(|now| *now >= before + 3).await.expect("no failure");
        }
    };
    let mut current = authority.certificate_pem();
    for number in 1..=ROTATIONS {
        // Another authority: first it is trusted, then the server changes over to it.
        let next = Authority::new("next");
        folder.write("ca.pem", next.certificate_pem() + &current);
        current = next.certificate_pem();
        write(&authority.issue(Leaf::client(&format!("client {number}"))));
        settle().await;
        collector.set_tls(&require(&good(&next)));
        // Nobody is met with the old certificate any more when the old authority goes.
        settle().await;
        collector.take_requests();
    }
    done.store(true, Ordering::Release);
    for sender in senders {
        sender.await.expect("no failure");
    }
    assert!(collector.connections() >= 2 * (ROTATIONS * SENDERS) as u64);
}
