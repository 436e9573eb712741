//! Figures of the own process that the library does not tell, or not apart.

use std::fs;

use crate::snapshot::{CpuTimes, Faults};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stat {
    pub(crate) cpu: CpuTimes,
    pub(crate) faults: Faults,
}

/// The kernel's unit of time in `/proc`: the same on every architecture that Rust has.
const TICKS_PER_SECOND: f64 = 100.0;

/// From Linux's `/proc`; other systems have no such file.
pub(crate) fn read() -> Option<Stat> {
    parse(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// `proc_pid_stat(5)`: fields 10, 12, 14 and 15. The second, the name in parentheses, may hold
/// spaces and parentheses itself.
fn parse(stat: &str) -> Option<Stat> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(7).map(str::parse::<u64>);
    let minor = fields.next()?.ok()?;
    let major = fields.nth(1)?.ok()?;
    let user = fields.nth(1)?.ok()?;
    let system = fields.next()?.ok()?;
    let seconds = |ticks: u64| ticks as f64 / TICKS_PER_SECOND;
    let cpu = CpuTimes { system: seconds(system), user: seconds(user) };
    Some(Stat { cpu, faults: Faults { major, minor } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_from_those_of_children() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 120 900 3 800 150 25 7 8 20 0 1 0";
        let faults = Faults { major: 3, minor: 120 };
        let cpu = CpuTimes { system: 0.25, user: 1.5 };
        assert_eq!(parse(stat), Some(Stat { cpu, faults }));
        for short in [
            "",
            "7 (a",
            "7 (a) S 1 7 7 0 -1 4194304 120 900",
            "7 (a) S 1 7 7 0 -1 4194304 120 900 3 800 150",
            "7 (a) S 1 7 7 0 -1 0 x 0 3 0 1 2",
        ] {
            assert_eq!(parse(short), None, "{short}");
        }
    }
}
