//! Fault 14: requests that the receiver does not take because they are too large.

use meterport_core::{
    AttributeSet, DropReason, ErrorKind, Gauge, Metric, Number, NumberPoint, ResourceMetrics,
    ScopeMetrics, Value,
};
use meterport_testkit::GrpcStatus;

use super::*;

/// 1,000 points of which one has a huge attribute.
fn one_huge_among_small_ones() -> MetricBatch {
    let point = |id: i64| {
        let value = if id == 500 { "x".repeat(8_192) } else { id.to_string() };
        NumberPoint::new(AttributeSet::from([("id", Value::from(value))]), Number::I64(id))
    };
    let metric = Metric::new("sizes", Gauge { points: (0..1_000).map(point).collect() });
    ResourceMetrics::default().with_scope(ScopeMetrics::default().with_metric(metric)).into()
}

#[tokio::test]
async fn row_14_only_the_point_that_is_too_large_is_lost() {
    for over in Over::BOTH {
        let collector = over.collector();
        collector.answer_with(move |received| match (received.body.len() > 4_096, over) {
            (false, _) => Reply::Ok,
            (true, Over::Http | Over::Json) => Response::new(413).into(),
            (true, Over::Grpc) => {
                let words = "grpc: received message larger than max (9999 vs. 4096)";
                GrpcStatus::new(8).message(words).into()
            }
        });
        let stack = stack(over.exporter(&collector));
        let batch = one_huge_among_small_ones();
        let result = within(GUARD, stack.export(&batch, soon())).await;
        let books = accounted("14", 1_000, &result, collector.accepted_points());
        assert_eq!(books.delivered, 999, "{over:?}: {result:?}");
        assert_eq!(books.dropped.of(DropReason::TooLarge), 1, "{over:?}");
        match result {
            Ok(books) => assert!(books.message.is_some_and(|words| words.contains("sizes"))),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::TooLarge { .. }), "{error}"),
        }
    }
}
