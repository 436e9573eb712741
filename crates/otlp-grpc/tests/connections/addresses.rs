//! Several addresses behind one name.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use meterport_core::{ErrorKind, RetryAdvice};
use meterport_otlp_grpc::{OtlpGrpcBuilder, OtlpGrpcExporter, Resolve};
use meterport_testkit::FakeCollector;

use crate::{export, pass};

/// What the name stands for, and how often somebody has asked.
#[derive(Clone, Debug, Default)]
struct Name(Arc<Mutex<(Vec<SocketAddr>, u32)>>);

impl Name {
    fn of(collectors: &[&FakeCollector]) -> Self {
        let name = Self::default();
        name.set(collectors);
        name
    }

    fn set(&self, collectors: &[&FakeCollector]) {
        self.0.lock().unwrap().0 = collectors.iter().map(|collector| collector.addr()).collect();
    }

    fn asked(&self) -> u32 {
        self.0.lock().unwrap().1
    }
}

#[async_trait]
impl Resolve for Name {
    async fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        let mut name = self.0.lock().unwrap();
        name.1 += 1;
        if name.0.is_empty() { Err(io::Error::other("no such name")) } else { Ok(name.0.clone()) }
    }
}

fn builder(name: &Name) -> OtlpGrpcBuilder {
    OtlpGrpcExporter::builder().endpoint("http://receivers.example:4317").resolver(name.clone())
}

fn collectors<const N: usize>() -> [FakeCollector; N] {
    std::array::from_fn(|_| FakeCollector::start_grpc())
}

#[tokio::test]
async fn exports_go_to_all_in_turn_over_one_connection_each() {
    let all: [FakeCollector; 3] = collectors();
    // One of them twice: it counts once.
    let name = Name::of(&[&all[0], &all[1], &all[2], &all[0]]);
    let exporter = builder(&name).build().unwrap();
    for _ in 0..9 {
        export(&exporter).await.unwrap();
    }
    for collector in &all {
        assert_eq!((collector.requests().len(), collector.connections()), (3, 1));
        let received = &collector.requests()[0];
        assert_eq!(received.grpc_status, Some(0));
    }
    assert_eq!(name.asked(), 1);
}

#[tokio::test]
async fn one_that_is_dead_is_passed_over_left_alone_and_found_again() {
    let all: [FakeCollector; 2] = collectors();
    let exporter = builder(&Name::of(&[&all[0], &all[1]])).build().unwrap();
    all[0].refuse();
    for _ in 0..6 {
        let outcome = export(&exporter).await.unwrap();
        assert_eq!((outcome.delivered, outcome.attempts), (1, 1));
    }
    assert_eq!(all[1].requests().len(), 6, "none was lost");
    all[0].resume();
    // It is left alone for a second after its first failure, as it was not tried again since.
    export(&exporter).await.unwrap();
    assert_eq!(all[0].requests().len(), 0);
    pass(Duration::from_millis(1001)).await;
    for _ in 0..2 {
        export(&exporter).await.unwrap();
    }
    assert_eq!(all[0].requests().len(), 1);

    // With all of them dead each is tried all the same.
    all.iter().for_each(FakeCollector::refuse);
    let error = export(&exporter).await.unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Connect, RetryAdvice::Backoff));
    all[1].resume();
    export(&exporter).await.unwrap();
}

#[tokio::test]
async fn a_name_that_stands_for_others_is_noticed_when_its_time_has_come() {
    let all: [FakeCollector; 2] = collectors();
    let name = Name::of(&[&all[0]]);
    let exporter = builder(&name).build().unwrap();
    export(&exporter).await.unwrap();
    name.set(&[&all[1]]);
    export(&exporter).await.unwrap();
    assert_eq!((name.asked(), all[1].requests().len()), (1, 0), "not yet");
    pass(Duration::from_secs(60)).await;
    // No export waits for it.
    export(&exporter).await.unwrap();
    while name.asked() < 2 {
        tokio::task::yield_now().await;
    }
    export(&exporter).await.unwrap();
    export(&exporter).await.unwrap();
    let requests = all.iter().map(|collector| collector.requests().len());
    assert_eq!(requests.sum::<usize>(), 5);
    assert!(!all[1].requests().is_empty());
    // The connection to an address that is gone is closed.
    all[0].wait_for_open_connections(0).await;
}

#[tokio::test]
async fn a_name_that_stands_for_others_is_noticed_when_all_before_are_dead() {
    let all: [FakeCollector; 3] = collectors();
    let name = Name::of(&[&all[0], &all[1]]);
    let exporter = builder(&name).resolve_interval(None).build().unwrap();
    export(&exporter).await.unwrap();
    name.set(&[&all[2]]);
    all[0].refuse();
    all[1].refuse();
    let outcome = export(&exporter).await.unwrap();
    assert_eq!((outcome.delivered, outcome.attempts), (1, 1));
    assert_eq!(all[2].requests().len(), 1, "by the same export");
}

#[tokio::test]
async fn a_name_without_addresses_is_no_connection_and_no_loss_of_those_before() {
    let name = Name::default();
    let exporter = builder(&name).build().unwrap();
    let error = export(&exporter).await.unwrap_err();
    assert_eq!((error.kind(), error.advice()), (ErrorKind::Connect, RetryAdvice::Backoff));
    assert!(error.message().contains("no such name"), "{error}");
    assert!(!error.is_unconfirmed());
    let collector = FakeCollector::start_grpc();
    name.set(&[&collector]);
    export(&exporter).await.unwrap();
    name.set(&[]);
    for _ in 0..3 {
        pass(Duration::from_secs(60)).await;
        export(&exporter).await.unwrap();
    }
    assert_eq!(collector.requests().len(), 4);
    assert!(name.asked() > 2);
}

#[tokio::test]
async fn a_resolver_that_hangs_is_cut() {
    #[derive(Debug)]
    struct Hanging;
    #[async_trait]
    impl Resolve for Hanging {
        async fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
            std::future::pending().await
        }
    }
    tokio::time::pause();
    let builder = OtlpGrpcExporter::builder().endpoint("http://receivers.example:4317");
    let builder = builder.connect_timeout(Some(Duration::from_secs(3)));
    let exporter = builder.resolver(Hanging).build().unwrap();
    let error = export(&exporter).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.message().contains("within 3s"), "{error}");
}
