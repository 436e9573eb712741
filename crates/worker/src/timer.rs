use std::error::Error;
use std::fmt;
use std::panic::catch_unwind;
use std::sync::LazyLock;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

/// One that is at hand: to read the clock would be the most of what a check costs.
static SOME_TIME: LazyLock<Instant> = LazyLock::new(|| std::time::Instant::now().into());

/// Why no timer can be had in the place where a future is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no third thing a timer needs")]
pub enum NoTimer {
    /// There is a tokio runtime, but its timers are off.
    Disabled,
    /// There is no tokio runtime.
    NoRuntime,
}

impl NoTimer {
    /// Finds out without a panic whether a timer of tokio can be made here.
    ///
    /// # Errors
    /// What is missing, in words that say where to go.
    pub fn check() -> Result<(), Self> {
        Handle::try_current().map_err(|_| Self::NoRuntime)?;
        // tokio cannot be asked whether the timer is enabled; making a sleep without one panics.
        catch_unwind(|| drop(sleep_until(*SOME_TIME))).map_err(|_| Self::Disabled)
    }
}

impl fmt::Display for NoTimer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disabled => "the tokio runtime has no timer: build it with `enable_all`, or ",
            Self::NoRuntime => "polled outside a tokio runtime: ",
        })?;
        f.write_str("use a reader of meterport-reader, which has a runtime of its own")
    }
}

impl Error for NoTimer {}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let in_runtime = |builder: &mut Builder| {
            builder.build().expect("a runtime").block_on(async { NoTimer::check() })
        };
        assert_eq!(NoTimer::check(), Err(NoTimer::NoRuntime));
        assert_eq!(in_runtime(&mut Builder::new_current_thread()), Err(NoTimer::Disabled));
        assert_eq!(in_runtime(Builder::new_current_thread().enable_time()), Ok(()));
        for missing in [NoTimer::NoRuntime, NoTimer::Disabled] {
            assert!(missing.to_string().contains("meterport-reader"), "{missing}");
        }
    }
}
