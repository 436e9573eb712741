use std::time::Duration;

use super::super::screen::{Column, grid};
use super::lane::Figures;

const COLUMNS: &[Column<Figures>] = &[
    ("produced", 10, |f| f.queue.produced.to_string()),
    ("delivered", 10, |f| f.queue.delivered.to_string()),
    ("rejected", 9, |f| f.queue.rejected.to_string()),
    ("dropped", 9, |f| f.queue.dropped.total().to_string()),
    ("queued", 8, |f| f.queue.queued.to_string()),
    ("exports", 8, |f| exports(f).to_string()),
    ("failed", 7, |f| f.exports.failures.to_string()),
    ("attempts", 9, |f| f.exports.books.attempts.to_string()),
    ("retries", 8, |f| retries(f).to_string()),
    ("taken", 10, |f| f.seen.taken.to_string()),
];

pub(super) fn table(turn: &str, all: &[Figures]) -> Vec<String> {
    let mut lines = grid(COLUMNS, all.iter().map(|f| (f.name, f)));
    for f in all {
        let dropped = f.queue.dropped.iter().map(|(reason, points)| format!("{reason} {points}"));
        let requests = f.seen.requests.iter().map(|(fate, requests)| format!("{fate} {requests}"));
        let list = |entries: Vec<String>| match entries.is_empty() {
            true => "none".to_owned(),
            false => entries.join(", "),
        };
        let (dropped, requests) = (list(dropped.collect()), list(requests.collect()));
        lines.push(format!("{}: points dropped: {dropped}; requests: {requests}", f.name));
    }
    lines.push(format!("The collector {turn}."));
    lines
}

pub(super) fn line(elapsed: Duration, turn: &str, all: &[Figures]) -> String {
    let lane = |f: &Figures| {
        let stats = &f.queue;
        let dropped = stats.dropped.total();
        format!(
            "{} {} = {} + {} + {dropped} + {}",
            f.name, stats.produced, stats.delivered, stats.rejected, stats.queued
        )
    };
    let lanes: Vec<String> = all.iter().map(lane).collect();
    format!("{:>5.1} s  {turn:19}  {}", elapsed.as_secs_f64(), lanes.join("; "))
}

/// Exports that the queue has begun and that have ended.
fn exports(f: &Figures) -> u64 {
    f.exports.exports + f.exports.failures
}

/// Requests beyond one for each export.
fn retries(f: &Figures) -> u64 {
    u64::from(f.exports.books.attempts).saturating_sub(exports(f))
}
