use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, StatusCode};
use meterport_core::{Clock, Deadline, ErrorKind, RetryAdvice, Timestamp};
use tokio::time::{Instant, advance, sleep};

use super::{Token, TokenAuth, TokenSource};
use crate::{HookError, RequestHook};

const HOUR: Duration = Duration::from_secs(3_600);

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Gives tokens `1`, `2` and so on, or does what is next in the script.
#[derive(Clone, Debug, Default)]
struct Source {
    script: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<AtomicU32>,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Denies,
    Fails,
    Hangs,
    Lives(Duration),
    TakesTime(Duration),
}

impl Source {
    fn script(answers: impl IntoIterator<Item = Answer>) -> Self {
        let source = Self::default();
        source.add(answers);
        source
    }

    fn add(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.lock().unwrap().extend(answers);
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenSource for Source {
    async fn token(&self, _: Deadline) -> Result<Token, HookError> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let answer = self.script.lock().unwrap().pop_front();
        let token = Token::new(number.to_string());
        match answer.unwrap_or(Answer::Lives(HOUR)) {
            Answer::Denies => Err(HookError::permanent("unknown client")),
            Answer::Fails => Err(HookError::temporary("down")),
            Answer::Hangs => std::future::pending().await,
            Answer::Lives(life) => Ok(token.expires_in(life)),
            Answer::TakesTime(time) => {
                sleep(time).await; // tidy: sleeps in paused time
                Ok(token.expires_in(HOUR))
            }
        }
    }
}

/// What an attempt within so long sends, or why it sends nothing.
async fn attempt(hook: &TokenAuth, limit: Duration) -> Result<String, HookError> {
    let (mut parts, ()) = Request::new(()).into_parts();
    let deadline = Deadline::after(Instant::now().into_std(), limit);
    hook.prepare(&mut parts, &Bytes::new(), deadline).await?;
    let value = parts.headers.values().next().unwrap();
    assert!(value.is_sensitive());
    Ok(value.to_str().unwrap().to_owned())
}

async fn sent(hook: &TokenAuth) -> String {
    attempt(hook, secs(10)).await.unwrap()
}

async fn error(hook: &TokenAuth) -> (ErrorKind, RetryAdvice, String) {
    let error = attempt(hook, secs(10)).await.unwrap_err();
    (error.kind(), error.advice(), error.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_token_is_kept_and_replaced_in_time() {
    // Life of the first token, skew; until when it is sent, in seconds.
    let table = [(secs(3_600), 60, 3_540), (secs(3_600), 0, 3_600), (secs(100), 60, 50)];
    for (life, skew, last) in table {
        let source = Source::script([Answer::Lives(life)]);
        let hook = TokenAuth::new(source.clone()).skew(secs(skew));
        assert_eq!(sent(&hook).await, "Bearer 1");
        advance(secs(last) - Duration::from_nanos(1)).await;
        assert_eq!((sent(&hook).await.as_str(), source.asked()), ("Bearer 1", 1), "{life:?}");
        advance(Duration::from_nanos(1)).await;
        assert_eq!((sent(&hook).await.as_str(), source.asked()), ("Bearer 2", 2), "{life:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_without_an_end_stays() {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let hook = TokenAuth::from_fn(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { Ok(Token::new("t")) }
    });
    for _ in 0..3 {
        assert_eq!(sent(&hook).await, "Bearer t");
        advance(1_000 * HOUR).await;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let endless = TokenAuth::from_fn(|| async { Ok(Token::new("t").expires_in(Duration::MAX)) });
    assert_eq!(sent(&endless).await, "Bearer t");
}

#[tokio::test(start_paused = true)]
async fn many_at_once_ask_once() {
    let source = Source::script([Answer::TakesTime(secs(2))]);
    let hook = Arc::new(TokenAuth::new(source.clone()));
    let ask = || {
        let hook = Arc::clone(&hook);
        tokio::spawn(async move { sent(&hook).await })
    };
    let attempts: Vec<_> = (0..50).map(|_| ask()).collect();
    for attempt in attempts {
        assert_eq!(attempt.await.unwrap(), "Bearer 1");
    }
    assert_eq!(source.asked(), 1);
    // Renewal: one asks, the others go on with what there is, without waiting.
    advance(HOUR - secs(30)).await;
    source.add([Answer::TakesTime(secs(2))]);
    let asking = ask();
    tokio::task::yield_now().await;
    let began = Instant::now();
    assert_eq!((sent(&hook).await.as_str(), began.elapsed()), ("Bearer 1", Duration::ZERO));
    assert_eq!((asking.await.unwrap().as_str(), source.asked()), ("Bearer 2", 2));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_attempt_leaves_its_turn_to_the_next() {
    let source = Source::script([Answer::Hangs]);
    let hook = Arc::new(TokenAuth::new(source.clone()));
    let (first, second) = (Arc::clone(&hook), Arc::clone(&hook));
    let first = tokio::spawn(async move { sent(&first).await });
    tokio::task::yield_now().await;
    let second = tokio::spawn(async move { sent(&second).await });
    tokio::task::yield_now().await;
    first.abort();
    assert_eq!((second.await.unwrap().as_str(), source.asked()), ("Bearer 2", 2));
}

#[tokio::test(start_paused = true)]
async fn the_last_token_is_used_until_its_end_while_the_source_fails() {
    let source = Source::script([Answer::Lives(secs(100))]);
    let hook = TokenAuth::new(source.clone());
    assert_eq!(sent(&hook).await, "Bearer 1");
    source.add([Answer::Fails; 100]);
    advance(secs(50)).await;
    // 50, 51, 53, 57, 65, 81 s: six questions in half a minute and more, whoever wants a token.
    for _ in 50..100 {
        assert_eq!(sent(&hook).await, "Bearer 1");
        advance(secs(1)).await;
    }
    assert_eq!(source.asked(), 1 + 6);
    let (kind, advice, text) = error(&hook).await;
    assert_eq!((kind, text.as_str()), (ErrorKind::Unavailable, "down"));
    assert_eq!((advice, source.asked()), (RetryAdvice::After(secs(13)), 7));
    advance(secs(13)).await;
    assert_eq!(error(&hook).await.1, RetryAdvice::After(secs(60)));
    source.script.lock().unwrap().clear();
    advance(secs(60)).await;
    assert_eq!((sent(&hook).await.as_str(), source.asked()), ("Bearer 9", 9));
}

#[tokio::test(start_paused = true)]
async fn what_the_source_gets_wrong_is_the_error_of_the_attempt() {
    use ErrorKind as K;
    let later = RetryAdvice::After(secs(1));
    let table = [
        (Answer::Fails, K::Unavailable, later, "down", 0),
        (Answer::Denies, K::Config, RetryAdvice::Never, "unknown client", 0),
        (Answer::Hangs, K::Unavailable, later, "the source of the secret does not answer", 5),
        (
            Answer::Lives(Duration::ZERO),
            K::Unavailable,
            later,
            "the source gave a secret that has expired",
            0,
        ),
    ];
    for (answer, kind, advice, text, seconds) in table {
        let source = Source::script([answer]);
        let hook = TokenAuth::new(source.clone());
        let began = Instant::now();
        assert_eq!(error(&hook).await, (kind, advice, text.to_owned()));
        assert_eq!(began.elapsed(), secs(seconds), "{answer:?}");
        // Left alone, then asked again.
        assert_eq!((error(&hook).await.0, source.asked()), (kind, 1), "{answer:?}");
        advance(secs(1)).await;
        assert_eq!((sent(&hook).await.as_str(), source.asked()), ("Bearer 2", 2), "{answer:?}");
    }
    for (secret, text) in [
        ("", "the token of the token source is empty"),
        ("a\r\nb", "the token of the token source has a control character"),
    ] {
        let hook = TokenAuth::from_fn(move || async move { Ok(Token::new(secret)) });
        assert_eq!(error(&hook).await, (K::Config, RetryAdvice::Never, text.to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn asking_is_bounded_by_the_deadline() {
    let source = Source::script([Answer::Hangs, Answer::Lives(secs(100)), Answer::Hangs]);
    let hook = TokenAuth::new(source.clone());
    let began = Instant::now();
    attempt(&hook, secs(2)).await.unwrap_err();
    assert_eq!(began.elapsed(), secs(2));
    advance(secs(1)).await;
    assert_eq!(sent(&hook).await, "Bearer 2");
    // A good token is not risked: half the time is left to send it.
    advance(secs(60)).await;
    let began = Instant::now();
    assert_eq!(attempt(&hook, secs(2)).await.unwrap(), "Bearer 2");
    assert_eq!((began.elapsed(), source.asked()), (secs(1), 3));
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_does_not_end_holds_nobody_up() {
    let source = Source::script([Answer::Hangs]);
    let hook = Arc::new(TokenAuth::new(source.clone()));
    // Someone whose runtime is blocked.
    let _turn = hook.renewal.turn.lock().await;
    let began = Instant::now();
    source.script.lock().unwrap().clear();
    assert_eq!((sent(&hook).await.as_str(), began.elapsed()), ("Bearer 1", secs(5)));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_brings_one_new_token() {
    let source = Source::default();
    let hook = TokenAuth::new(source.clone());
    assert_eq!(sent(&hook).await, "Bearer 1");
    // All that were under way with the first are refused, one after the other.
    for _ in 0..10 {
        assert!(hook.refused(StatusCode::UNAUTHORIZED).await);
        assert_eq!(sent(&hook).await, "Bearer 2");
    }
    advance(secs(5)).await;
    assert!(hook.refused(StatusCode::UNAUTHORIZED).await);
    source.add([Answer::Fails]);
    assert_eq!(error(&hook).await.2, "down", "what was refused is not used again");
    assert_eq!(source.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_end_may_be_a_moment_of_the_wall_clock() {
    #[derive(Debug)]
    struct At(u64);
    impl Clock for At {
        fn now(&self) -> std::time::Instant {
            Instant::now().into_std()
        }
        fn wall(&self) -> Timestamp {
            Timestamp::from_secs(self.0)
        }
    }
    let hook = |wall| {
        TokenAuth::from_fn(|| async { Ok(Token::new("t").expires_at(Timestamp::from_secs(1_000))) })
            .clock(Arc::new(At(wall)))
    };
    assert_eq!(sent(&hook(900)).await, "Bearer t");
    assert_eq!(error(&hook(1_000)).await.2, "the source gave a secret that has expired");
}

#[tokio::test(start_paused = true)]
async fn scheme_and_header_can_be_others_and_no_secret_shows() {
    let hook = || TokenAuth::from_fn(|| async { Ok(Token::new("s3cr3t")) });
    assert_eq!(sent(&hook().scheme("Api-Token").unwrap()).await, "Api-Token s3cr3t");
    assert_eq!(sent(&hook().header("x-token").unwrap()).await, "s3cr3t");
    assert!(hook().scheme("a b").is_err() && hook().header("content-length").is_err());
    let hook = hook();
    sent(&hook).await;
    let shown = format!("{hook:?}{:?}", Token::new("s3cr3t"));
    assert!(!shown.contains("s3cr3t"), "{shown}");
}

#[test]
fn outside_a_runtime_it_is_an_error() {
    let hook = TokenAuth::new(Source::default());
    let (mut parts, ()) = Request::new(()).into_parts();
    let body = Bytes::new();
    let mut preparing = std::pin::pin!(hook.prepare(&mut parts, &body, Deadline::NONE));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = preparing.as_mut().poll(&mut context) else {
        panic!("it must end at once");
    };
    assert!(error.to_string().contains("outside a tokio runtime"), "{error}");
}
