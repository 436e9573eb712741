use std::time::Duration;

use meterport_core::{Deadline, ErrorKind, ExportError, MetricBatch, MetricExporter};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{Answer, LogLines, ScriptedExporter};
use tokio::time::advance;
use tracing::Level;

use crate::{ExporterExt, LogLevels};

fn fails() -> Answer {
    Answer::Fail(ExportError::new(ErrorKind::Unavailable, "not now"))
}

/// What is told of exports of five points each, ten seconds apart, that are answered so.
async fn told(
    levels: LogLevels,
    answers: impl IntoIterator<Item = Answer>,
) -> Vec<(Level, String)> {
    let inner = ScriptedExporter::new("inner");
    let stack = inner.clone().logging().with_levels(levels);
    let lines = LogLines::here();
    for answer in answers {
        inner.script([answer]);
        let _ = stack.export(&tagged("told", 5), Deadline::NONE).await;
        advance(Duration::from_secs(10)).await;
    }
    lines.take_levels()
}

#[tokio::test(start_paused = true)]
async fn an_export_is_told_with_its_books() {
    let lines = told(LogLevels::default(), [Answer::DeliverAfter(Duration::from_secs(2))]).await;
    let text = "metrics were exported exporter=inner metrics=1 points=5 took=2s delivered=5 \
                rejected=0 dropped={} queued=0 attempts=1 wire_bytes=0";
    assert_eq!(lines, [(Level::DEBUG, text.to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn the_first_failure_is_loud_repeats_are_not_and_the_recovery_is_told() {
    let answers = std::iter::repeat_n(fails(), 8).chain([Answer::Deliver, fails()]);
    let levels = LogLevels::default().with_success(None);
    let lines: Vec<_> = told(levels, answers).await;
    let short: Vec<_> = lines
        .iter()
        .map(|(level, line)| {
            let end = line.rsplit(' ').next().unwrap_or_default();
            (*level, format!("{} {end}", line.split('=').next().unwrap_or_default()))
        })
        .collect();
    let quiet = |at: usize| (Level::DEBUG, short[at].1.clone());
    let failed =
        |left_out| (Level::WARN, format!("metrics were not exported error suppressed={left_out}"));
    assert_eq!(short[0], failed(0));
    for at in (1..6).chain([7]) {
        assert_eq!(short[at], quiet(at));
    }
    assert_eq!(short[6], failed(5));
    assert_eq!(short[8].0, Level::INFO);
    assert!(lines[8].1.contains("exported again") && lines[8].1.ends_with("failures=8"));
    assert_eq!((short[9].0, short.len()), (Level::DEBUG, 10), "flapping is not louder");
    let first = "metrics were not exported error=inner: unavailable: not now metrics=1 points=5 took=0ns \
                 delivered=0 suppressed=0";
    assert_eq!(lines[0].1, first);
}

#[tokio::test(start_paused = true)]
async fn points_that_are_refused_are_told_like_a_failure() {
    let levels = LogLevels::default().with_success(None);
    let lines = told(levels, [Answer::Reject(2), Answer::Reject(2), Answer::Deliver]).await;
    let levels: Vec<_> = lines.iter().map(|line| line.0).collect();
    assert_eq!(levels, [Level::WARN, Level::DEBUG, Level::INFO]);
    assert!(lines[0].1.starts_with("metrics were exported in part exporter=inner rejected=2"));
    assert!(lines[2].1.starts_with("metrics are taken in full again"), "{}", lines[2].1);
}

#[tokio::test(start_paused = true)]
async fn levels_can_be_chosen_or_left_out() {
    let silent = LogLevels::default()
        .with_success(None)
        .with_failure(None)
        .with_repeat(None)
        .with_recovery(None);
    assert_eq!(told(silent, [Answer::Deliver, fails(), fails(), Answer::Deliver]).await, []);
    let loud = LogLevels::default().with_success(Some(Level::INFO));
    assert_eq!(told(loud, [Answer::Deliver]).await[0].0, Level::INFO);
}

#[tokio::test(start_paused = true)]
async fn a_batch_without_points_says_nothing_and_heals_nothing() {
    let inner = ScriptedExporter::new("inner");
    let stack = inner.clone().logging();
    inner.script([fails()]);
    let _ = stack.export(&tagged("told", 5), Deadline::NONE).await;
    let lines = LogLines::here();
    stack.export(&MetricBatch::default(), Deadline::NONE).await.unwrap();
    assert!(lines.take().is_empty());
    stack.export(&tagged("told", 5), Deadline::NONE).await.unwrap();
    assert!(lines.take().iter().any(|line| line.contains("exported again")));
}

#[tokio::test(start_paused = true)]
async fn calls_that_fail_are_told() {
    let inner = ScriptedExporter::new("inner");
    inner.answer_flush(fails());
    let stack = inner.logging();
    let lines = LogLines::here();
    assert!(stack.force_flush(Deadline::NONE).await.is_err());
    let lines = lines.take();
    assert!(lines[0].ends_with("call=\"flush\"") && lines.len() == 1, "{lines:?}");
}
