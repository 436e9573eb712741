//! Page faults of the own process, which the library does not tell.

use std::fs;

use crate::snapshot::Faults;

/// From Linux's `/proc`; other systems have no such file.
pub(crate) fn read() -> Option<Faults> {
    parse(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// `proc_pid_stat(5)`: fields 10 and 12. The second, the name in parentheses, may hold spaces and
/// parentheses itself.
fn parse(stat: &str) -> Option<Faults> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(7);
    let minor = fields.next()?.parse().ok()?;
    let major = fields.nth(1)?.parse().ok()?;
    Some(Faults { major, minor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_from_those_of_children() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 120 900 3 800 10 5 0 0 20 0 1 0";
        assert_eq!(parse(stat), Some(Faults { major: 3, minor: 120 }));
        for short in
            ["", "7 (a", "7 (a) S 1 7 7 0 -1 4194304 120 900", "7 (a) S 1 7 7 0 -1 0 x 0 3"]
        {
            assert_eq!(parse(short), None, "{short}");
        }
    }
}
