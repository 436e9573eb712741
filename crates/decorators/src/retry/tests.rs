use std::sync::Arc;
use std::time::Duration;

use meterport_core::{
    Chance, Deadline, ErrorKind, ExportError, MetricExporter, Outcome, RetryAdvice,
};
use meterport_testkit::conformance::tagged;
use meterport_testkit::{Answer, ScriptedExporter};
use tokio::time::Instant;

use crate::{ExporterExt, Retry, RetryBudget, RetryPolicy};

/// Draws always the same.
#[derive(Debug)]
struct Always(f64);

impl Chance for Always {
    fn ratio(&self) -> f64 {
        self.0
    }
}

/// As long as can be drawn.
const LONGEST: f64 = 1.0 - f64::EPSILON / 2.0;

fn failure(advice: RetryAdvice) -> Answer {
    Answer::Fail(ExportError::new(ErrorKind::Unavailable, "try later").with_advice(advice))
}

fn after(seconds: f64) -> Answer {
    failure(RetryAdvice::After(Duration::from_secs_f64(seconds)))
}

const BACKOFF: RetryAdvice = RetryAdvice::Backoff;

fn policy() -> RetryPolicy {
    RetryPolicy::default().with_budget(None)
}

fn retry(inner: &ScriptedExporter, policy: RetryPolicy, chance: f64) -> Retry<ScriptedExporter> {
    inner.clone().retry(policy).with_chance(Arc::new(Always(chance)))
}

/// When the attempts of an export began, in seconds, if each is answered by the next of these and
/// any more by success; and how it ended.
async fn attempts(
    policy: RetryPolicy,
    deadline: Option<f64>,
    chance: f64,
    answers: impl IntoIterator<Item = Answer>,
) -> (Vec<f64>, Result<Outcome, ExportError>) {
    let begin = Instant::now();
    let inner = ScriptedExporter::new("inner");
    inner.script(answers);
    let deadline = Deadline::within(begin.into_std(), deadline.map(Duration::from_secs_f64));
    let result = retry(&inner, policy, chance).export(&tagged("again", 5), deadline).await;
    let since = |at: Instant| (at - begin).as_secs_f64();
    (inner.calls().iter().map(|call| since(call.at)).collect(), result)
}

#[track_caller]
fn expect_about(times: &[f64], expected: &[f64]) {
    let near = times.iter().zip(expected).all(|(time, near)| (time - near).abs() < 0.01);
    assert!(times.len() == expected.len() && near, "{times:?} instead of {expected:?}");
}

#[tokio::test(start_paused = true)]
async fn intervals_grow_to_the_cap_and_are_drawn_from_zero() {
    let endless = policy().with_max_elapsed(None);
    let failures = || vec![failure(BACKOFF); 8];
    let ends = [5.0, 7.5, 11.25, 16.875, 25.3125, 30.0, 30.0, 30.0];
    for chance in [0.0, 0.5, LONGEST] {
        let (times, result) = attempts(endless.clone(), None, chance, failures()).await;
        let sum = |mut all: Vec<f64>, end: f64| {
            all.push(all.last().unwrap() + end * chance);
            all
        };
        expect_about(&times, &ends.into_iter().fold(vec![0.0], sum));
        let books = result.unwrap();
        assert_eq!((books.delivered, books.attempts), (5, 9));
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_delay_so_much_is_drawn_as_the_policy_says() {
    let shares = [(1.0, 0.5), (0.5, 0.75), (0.1, 0.95), (0.0, 1.0), (-1.0, 1.0), (9.0, 0.5)];
    for (jitter, share) in shares.into_iter().chain([(f64::NAN, 1.0)]) {
        let policy = policy().with_max_elapsed(None).with_jitter(jitter);
        let (times, _) = attempts(policy, None, 0.5, vec![failure(BACKOFF); 2]).await;
        expect_about(&times, &[0.0, 5.0 * share, 12.5 * share]);
    }
}

#[tokio::test(start_paused = true)]
async fn three_attempts_fit_before_any_deadline() {
    for deadline in [0.1, 1.0, 10.0, 12.5, 60.0] {
        for chance in [0.0, 0.5, LONGEST] {
            for took in [0.0, 0.1, 0.3, 0.4] {
                let took = Duration::from_secs_f64(deadline * took);
                let error = ExportError::new(ErrorKind::Unavailable, "").with_advice(BACKOFF);
                let answers = vec![Answer::FailAfter(took, error); 2];
                let (times, result) = attempts(policy(), Some(deadline), chance, answers).await;
                let what = format!("{deadline} s, {chance}, {took:?}: {times:?}");
                if took.as_secs_f64() * 3.0 <= deadline {
                    assert!(result.is_ok(), "{what}");
                }
                assert_eq!(times.len(), 3, "{what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_never_sleeps_past_the_deadline() {
    let begin = Instant::now();
    let (times, result) = attempts(policy(), Some(10.0), LONGEST, vec![failure(BACKOFF); 9]).await;
    expect_about(&times, &[0.0, 2.0, 6.0]);
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Unavailable, "try later"));
    assert_eq!((error.settled().attempts, error.rest()), (3, None));
    expect_about(&[begin.elapsed().as_secs_f64()], &[6.0]);
}

/// The last attempt says no more than that time was up; the one before says why.
#[tokio::test(start_paused = true)]
async fn a_timeout_at_last_names_the_cause() {
    let answers = [failure(BACKOFF), Answer::HangUntilDeadline];
    let (_, result) = attempts(policy(), Some(10.0), 0.5, answers).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.settled().attempts), (ErrorKind::Timeout, 2));
    assert!(error.is_unconfirmed());
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(cause.contains("try later"), "{cause}");
}

#[tokio::test(start_paused = true)]
async fn limits_end_it() {
    let failures = || vec![failure(BACKOFF); 100];
    let check = async |policy: RetryPolicy, attempts_made: usize| {
        let (times, result) = attempts(policy.clone(), None, LONGEST, failures()).await;
        assert_eq!(times.len(), attempts_made, "{policy:?}");
        assert_eq!(result.unwrap_err().settled().attempts as usize, attempts_made);
    };
    check(policy().with_max_attempts(Some(2)), 2).await;
    check(policy().with_max_attempts(Some(0)), 1).await;
    // 5 + 7.5 + 11.25 + 16.9 s, and the next would end beyond a minute.
    check(policy(), 5).await;
    check(policy().with_max_elapsed(Some(Duration::from_secs(13))), 3).await;
    check(RetryPolicy::disabled(), 1).await;
    check(policy().with_budget(Some(RetryBudget::new(0.0, 2))), 3).await;
}

#[tokio::test(start_paused = true)]
async fn advice_is_obeyed() {
    let never = failure(RetryAdvice::Never);
    for (answers, expected) in [
        (vec![never.clone()], &[0.0][..]),
        (vec![failure(BACKOFF), never], &[0.0, 2.5]),
        (vec![after(7.0)], &[0.0, 7.35]),
        // Said again, it grows from there.
        (vec![after(7.0), after(7.0)], &[0.0, 7.35, 7.35 + 9.275]),
        (vec![after(7.0), failure(BACKOFF), after(7.0)], &[0.0, 7.35, 11.1, 18.45]),
        // Nothing named.
        (vec![after(0.0)], &[0.0, 2.5]),
        // Beyond the cap it is not believed.
        (vec![after(1e9)], &[0.0, 63.0]),
    ] {
        let what = format!("{answers:?}");
        let endless = policy().with_max_elapsed(None);
        let (times, _) = attempts(endless, None, 0.5, answers).await;
        assert_eq!(times.len(), expected.len(), "{what}");
        expect_about(&times, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_beyond_the_deadline_fails_at_once_and_is_told() {
    let begin = Instant::now();
    let (times, result) = attempts(policy(), Some(10.0), 0.5, [after(12.0)]).await;
    assert_eq!((times.len(), begin.elapsed()), (1, Duration::ZERO));
    assert_eq!(result.unwrap_err().advice(), RetryAdvice::After(Duration::from_secs(12)));
}

#[tokio::test(start_paused = true)]
async fn a_named_delay_holds_back_the_next_export() {
    let begin = Instant::now();
    let inner = ScriptedExporter::new("inner");
    inner.script([after(7.0)]);
    let stack = retry(&inner, policy().with_max_attempts(Some(1)), 0.5);
    let batch = tagged("held", 5);
    let within = |seconds| Deadline::after(Instant::now().into_std(), Duration::from_secs(seconds));
    assert!(stack.export(&batch, within(100)).await.is_err());
    let held = stack.export(&batch, within(3)).await.unwrap_err();
    assert_eq!((held.kind(), begin.elapsed()), (ErrorKind::Throttled, Duration::ZERO));
    assert_eq!(held.advice(), RetryAdvice::After(Duration::from_secs(7)));
    assert!(held.to_string().contains("try later"), "{held}");
    assert_eq!(held.into_outcome(5).points(), 5);
    assert!(stack.export(&batch, within(100)).await.is_ok());
    expect_about(&[begin.elapsed().as_secs_f64()], &[7.35]);
    assert_eq!(inner.calls().len(), 2);
    // Over.
    assert!(stack.export(&batch, within(3)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn only_the_rest_is_sent_again_and_the_books_add_up() {
    let inner = ScriptedExporter::new("inner");
    let broken = || ExportError::new(ErrorKind::Unavailable, "").with_advice(BACKOFF);
    inner.script([Answer::Partly(3, broken()), Answer::Partly(2, broken()), Answer::Reject(1)]);
    let batch = tagged("parts", 10);
    let stack = retry(&inner, policy(), 0.0);
    let books = stack.export(&batch, Deadline::NONE).await.unwrap();
    assert_eq!((books.delivered, books.rejected, books.points()), (9, 1, 10));
    assert_eq!((books.attempts, books.maybe_duplicated), (3, 0));
    let sent: Vec<_> = inner.calls().into_iter().map(|call| call.batch).collect();
    assert_eq!(sent, [batch.clone(), batch.slice(3..10), batch.slice(5..10)]);

    inner.script([Answer::Partly(3, broken().with_advice(RetryAdvice::Never))]);
    let error = stack.export(&batch, Deadline::NONE).await.unwrap_err();
    assert_eq!((error.settled().points(), error.rest()), (3, Some(&batch.slice(3..10))));
    // The rest of the first attempt is still owed where the second leaves all of it.
    inner.script([Answer::Partly(3, broken()), failure(RetryAdvice::Never)]);
    let error = stack.export(&batch, Deadline::NONE).await.unwrap_err();
    assert_eq!((error.settled().points(), error.rest()), (3, Some(&batch.slice(3..10))));
}

/// Row 3: the repetition may be a duplicate, and is counted as such.
#[tokio::test(start_paused = true)]
async fn what_may_have_arrived_twice_is_counted() {
    let unanswered =
        ExportError::new(ErrorKind::Unavailable, "").with_advice(BACKOFF).unconfirmed();
    let answers = [Answer::Fail(unanswered.clone()), failure(BACKOFF)];
    let (_, result) = attempts(policy(), None, 0.0, answers).await;
    let books = result.unwrap();
    assert_eq!((books.delivered, books.maybe_duplicated), (5, 5));
    // It stays open whether they have arrived, whatever the last attempt says.
    let answers = [Answer::Fail(unanswered), failure(RetryAdvice::Never)];
    let (_, result) = attempts(policy(), None, 0.0, answers).await;
    assert!(result.unwrap_err().is_unconfirmed());
}

#[tokio::test(start_paused = true)]
async fn a_sleep_ends_at_shutdown() {
    let begin = Instant::now();
    let inner = ScriptedExporter::new("inner");
    inner.default_answer(failure(BACKOFF));
    let stack = retry(&inner, policy(), 0.9);
    let batch = tagged("waits", 5);
    let shutdown = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stack.shutdown(Deadline::NONE).await
    };
    let (exported, shut_down) = tokio::join!(stack.export(&batch, Deadline::NONE), shutdown);
    assert!(shut_down.is_ok());
    assert_eq!(begin.elapsed(), Duration::from_secs(1));
    assert_eq!(exported.unwrap_err().message(), "try later");
    let late = stack.export(&batch, Deadline::NONE).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Shutdown);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_hardly_amplified_once_the_reserve_is_spent() {
    let inner = ScriptedExporter::new("inner");
    inner.default_answer(failure(BACKOFF));
    let stack = inner.clone().retry(RetryPolicy::default());
    let batch = tagged("outage", 1);
    let exports = async |number: usize| {
        let before = inner.calls().len();
        for _ in 0..number {
            let _ = stack.export(&batch, Deadline::NONE).await;
        }
        inner.calls().len() - before
    };
    assert!(exports(10).await > 10 + 15, "the reserve is there to be used");
    let requests = exports(1_000).await;
    assert!((1_100..=1_101).contains(&requests), "{requests} requests for 1000 exports");
}

#[test]
fn senseless_policies_do_not_panic() {
    let chance = Always(LONGEST);
    for multiplier in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, 1e300] {
        for interval in [Duration::ZERO, Duration::MAX] {
            let policy = RetryPolicy::default()
                .with_multiplier(multiplier)
                .with_initial_interval(interval)
                .with_max_interval(interval)
                .with_max_server_delay(interval);
            for advice in [BACKOFF, RetryAdvice::After(Duration::MAX)] {
                for room in [None, Some(Duration::ZERO), Some(Duration::MAX)] {
                    let mut backoff = super::Backoff::default();
                    for took in [Duration::ZERO, Duration::MAX] {
                        let delay = backoff.next(&policy, &chance, advice, took, room);
                        assert!(delay.is_none_or(|delay| room.is_none_or(|room| delay < room)));
                    }
                }
            }
        }
    }
}

#[test]
fn debug_reads_as_the_composition() {
    let text = format!("{:?}", ScriptedExporter::new("inner").retry(RetryPolicy::default()));
    let begin = "Retry(ScriptedExporter { name: \"inner\", .. }, RetryPolicy { enabled: true, \
                 initial_interval: 5s,";
    assert!(text.starts_with(begin), "{text}");
}
