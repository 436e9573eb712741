//! `cargo bench -p meterport-benches --bench encode`: every way from a batch to bytes.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::cell::RefCell;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use meterport_benches::ways::{Inputs, Way};

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group.sample_size(20);
    for series in [1_000, 10_000, 100_000] {
        let inputs = Inputs::checked(series).expect("all ways agree");
        let inputs = RefCell::new(inputs);
        group.throughput(Throughput::Elements(series as u64));
        for way in Way::ALL {
            group.bench_with_input(BenchmarkId::new(way.name(), series), &way, |bencher, way| {
                bencher.iter_batched_ref(
                    || inputs.borrow_mut().input(*way),
                    |batch| inputs.borrow_mut().run(*way, batch),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(benches, encode);
criterion_main!(benches);
