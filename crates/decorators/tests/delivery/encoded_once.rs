//! A batch is encoded once, however many attempts and receivers there are.

use meterport_otlp_http::Compression;

use super::*;

#[tokio::test]
async fn three_repetitions_and_three_receivers_share_one_encoding() {
    let collectors = [FakeCollector::start(), FakeCollector::start()];
    let grpc = FakeCollector::start_grpc();
    let http = |collector: &FakeCollector| {
        OtlpHttpExporter::builder().endpoint(collector.url()).build().unwrap()
    };
    collectors[0].script(std::iter::repeat_n(Response::new(503).into(), 3));
    let by_grpc = OtlpGrpcExporter::builder().endpoint(grpc.url()).build().unwrap();
    let stack = stack(http(&collectors[0]))
        .multi(stack(http(&collectors[1])))
        .unwrap()
        .multi(by_grpc)
        .unwrap();
    let batch = batch();
    let books = stack.export(&batch, Deadline::after(Instant::now(), GUARD)).await.unwrap();
    assert_eq!(books.delivered, POINTS);
    assert_eq!(books.attempts, 4 + 1 + 1);
    assert_eq!(collectors.iter().chain([&grpc]).map(FakeCollector::points).sum::<u64>(), 60);
    // What a batch remembers is made once for each key; one key is one encoding.
    assert_eq!(batch.memo().len(), 1);
}

/// So it is compressed once, too.
#[tokio::test]
async fn attempts_share_one_compressed_body() {
    let collector = FakeCollector::start();
    collector.script([status(503), status(503), status(503)]);
    let exporter = OtlpHttpExporter::builder()
        .endpoint(collector.url())
        .compression(Compression::GZIP)
        .build()
        .unwrap();
    let batch = batch();
    stack(exporter).export(&batch, soon()).await.unwrap();
    assert_eq!((collector.requests().len(), batch.memo().len()), (4, 1));
}
