//! One exporter, several runtimes.

use std::sync::Arc;

use meterport_otlp_grpc::OtlpGrpcExporter;
use meterport_testkit::{FakeCollector, hang_guard};
use tokio::runtime::Builder;

use crate::{GUARD, export};

#[test]
fn each_runtime_has_a_connection_of_its_own_and_keeps_it() {
    hang_guard(GUARD, || {
        let collector = FakeCollector::start_grpc();
        let builder = OtlpGrpcExporter::builder().endpoint(collector.url());
        // Built where there is no runtime.
        let exporter = Arc::new(builder.build().unwrap());
        let runtimes =
            [(); 2].map(|()| Builder::new_current_thread().enable_all().build().unwrap());
        for _ in 0..3 {
            for runtime in &runtimes {
                assert!(runtime.block_on(export(&exporter)).is_ok());
            }
        }
        assert_eq!((collector.requests().len(), collector.connections()), (6, 2));
        let [first, second] = runtimes;
        drop(first);
        assert!(second.block_on(export(&exporter)).is_ok());
        let third = Builder::new_multi_thread().enable_all().build().unwrap();
        assert!(third.block_on(export(&exporter)).is_ok());
        assert_eq!((collector.requests().len(), collector.connections()), (8, 3));
    });
}

#[test]
fn a_connection_that_ended_while_no_runtime_ran_is_replaced_without_a_word() {
    hang_guard(GUARD, || {
        let collector = FakeCollector::start_grpc();
        let builder = OtlpGrpcExporter::builder().endpoint(collector.url());
        let exporter = builder.build().unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        for _ in 0..10 {
            assert!(runtime.block_on(export(&exporter)).is_ok());
            // Nobody polls the client's side of it.
            collector.refuse();
            collector.resume();
        }
        assert_eq!((collector.requests().len(), collector.connections()), (10, 10));
    });
}
