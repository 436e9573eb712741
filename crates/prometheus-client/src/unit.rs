//! OpenMetrics' words for units as UCUM's symbols (`prometheus_and_openmetrics.md`, "Metric
//! Metadata": "Converting from full words to abbreviations").

const SYMBOLS: [(&str, &str); 28] = [
    ("amperes", "A"),
    ("bytes", "By"),
    ("celsius", "Cel"),
    ("days", "d"),
    ("gibibytes", "GiBy"),
    ("gigabytes", "GBy"),
    ("grams", "g"),
    ("hertz", "Hz"),
    ("hours", "h"),
    ("joules", "J"),
    ("kibibytes", "KiBy"),
    ("kilobytes", "kBy"),
    ("mebibytes", "MiBy"),
    ("megabytes", "MBy"),
    ("meters", "m"),
    ("microseconds", "us"),
    ("milliseconds", "ms"),
    ("minutes", "min"),
    ("nanoseconds", "ns"),
    ("percent", "%"),
    ("ratio", "1"),
    ("ratios", "1"),
    ("seconds", "s"),
    ("tebibytes", "TiBy"),
    ("terabytes", "TBy"),
    ("volts", "V"),
    ("watts", "W"),
    ("weeks", "wk"),
];

/// Behind `_per_`, in the singular.
const PER: [(&str, &str); 7] = [
    ("day", "d"),
    ("hour", "h"),
    ("minute", "min"),
    ("month", "mo"),
    ("second", "s"),
    ("week", "wk"),
    ("year", "a"),
];

/// The symbol of a unit; the word itself where there is none.
pub(crate) fn ucum(word: &str) -> String {
    let find = |table: &[(&str, &'static str)], word: &str| {
        table.iter().find(|row| row.0 == word).map(|row| row.1)
    };
    match word.split_once("_per_") {
        Some((main, per)) => {
            let main = find(&SYMBOLS, main).unwrap_or(main);
            format!("{main}/{}", find(&PER, per).unwrap_or(per))
        }
        None => find(&SYMBOLS, word).unwrap_or(word).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_symbols() {
        let table = [
            ("", ""),
            ("seconds", "s"),
            ("bytes", "By"),
            ("ratios", "1"),
            ("bytes_per_second", "By/s"),
            ("requests_per_minute", "requests/min"),
            ("furlongs", "furlongs"),
        ];
        for (word, symbol) in table {
            assert_eq!(ucum(word), symbol);
        }
        assert!(SYMBOLS.is_sorted() && PER.is_sorted());
    }
}
