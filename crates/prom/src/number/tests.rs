use super::*;

fn check(number: f64, plain: &str, open_metrics: &str) {
    for (style, expected) in [(Style::Plain, plain), (Style::OpenMetrics, open_metrics)] {
        let mut out = Vec::new();
        write_f64(&mut out, number, style);
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{number:e}");
    }
}

/// The right column is what Go prints, with `.0` where neither point nor exponent is.
#[test]
fn floats_are_spelled_as_in_go() {
    let table = [
        (0.0, "0", "0.0"),
        (-0.0, "0", "0.0"),
        (1.0, "1", "1.0"),
        (-1.0, "-1", "-1.0"),
        (5.0, "5", "5.0"),
        (0.5, "0.5", "0.5"),
        (0.1, "0.1", "0.1"),
        (0.0001, "0.0001", "0.0001"),
        (0.00012345, "0.00012345", "0.00012345"),
        (0.00001, "1e-05", "1e-05"),
        (1e-9, "1e-09", "1e-09"),
        (1.5e-10, "1.5e-10", "1.5e-10"),
        (100_000.0, "100000", "100000.0"),
        (999_999.0, "999999", "999999.0"),
        (999_999.5, "999999.5", "999999.5"),
        (1e6, "1e+06", "1e+06"),
        (-1e6, "-1e+06", "-1e+06"),
        (1_234_567.0, "1.234567e+06", "1.234567e+06"),
        (1_234_567.5, "1.2345675e+06", "1.2345675e+06"),
        (1_020_000.0, "1.02e+06", "1.02e+06"),
        (123_456_789.0, "1.23456789e+08", "1.23456789e+08"),
        (9_007_199_254_740_992.0, "9.007199254740992e+15", "9.007199254740992e+15"),
        (-9_007_199_254_740_994.0, "-9.007199254740994e+15", "-9.007199254740994e+15"),
        (1e21, "1e+21", "1e+21"),
        (1e100, "1e+100", "1e+100"),
        (-2.5e-100, "-2.5e-100", "-2.5e-100"),
        (f64::MAX, "1.7976931348623157e+308", "1.7976931348623157e+308"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308", "2.2250738585072014e-308"),
        (5e-324, "5e-324", "5e-324"),
        (f64::NAN, "NaN", "NaN"),
        (f64::INFINITY, "+Inf", "+Inf"),
        (f64::NEG_INFINITY, "-Inf", "-Inf"),
    ];
    for (number, plain, open_metrics) in table {
        check(number, plain, open_metrics);
    }
}

#[test]
fn integers_are_spelled_as_the_floats_they_become() {
    let edges = [0, 1, 7, 10, 999_999, 1_000_000, 1_000_001, 1_234_560, (1 << 53) - 1, 1 << 53];
    let beyond = [(1 << 53) + 1, i64::MAX, i64::MAX - 1, i64::MIN, 1 << 62, 10_i64.pow(18)];
    for number in edges.into_iter().chain(beyond).flat_map(|n: i64| [n, n.wrapping_neg()]) {
        for style in [Style::Plain, Style::OpenMetrics] {
            let (mut integer, mut float) = (Vec::new(), Vec::new());
            write_i64(&mut integer, number, style);
            write_f64(&mut float, number as f64, style);
            assert_eq!(integer, float, "{number}");
            if let Ok(number) = u64::try_from(number) {
                integer.clear();
                write_u64(&mut integer, number, style);
                assert_eq!(integer, float, "{number}");
            }
        }
    }
    let is_rounded = |number| is_rounded(Number::I64(number));
    assert!(!is_rounded(1 << 53) && is_rounded((1 << 53) + 1) && is_rounded(i64::MAX));
    assert!(!is_rounded(i64::MIN) && !is_rounded(-3));
    let is_rounded = |number| super::is_rounded(Number::U64(number));
    assert!(!is_rounded(1 << 63) && is_rounded((1 << 63) + 1) && is_rounded(u64::MAX));
}

proptest::proptest! {
    #[test]
    fn every_float_reads_back(bits: u64) {
        let number = f64::from_bits(bits);
        for style in [Style::Plain, Style::OpenMetrics] {
            let mut out = Vec::new();
            write_f64(&mut out, number, style);
            let text = String::from_utf8(out).unwrap();
            let read: f64 = text.parse().unwrap();
            assert!(read == number || number.is_nan() && read.is_nan(), "{text}");
        }
    }
}

/// What [`write_f64`] would write without any short way.
fn slowly(number: f64) -> String {
    let mut out = Vec::new();
    if number < 0.0 {
        out.push(b'-');
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(number.abs()).to_owned();
    Shortest::read(text.as_bytes()).write(&mut out, Style::Plain);
    String::from_utf8(out).unwrap()
}

#[test]
fn short_ways_lead_to_the_same_text() {
    let check = |number: f64| {
        check(number, &slowly(number), &{
            let text = slowly(number);
            if text.contains(['.', 'e']) { text } else { text + ".0" }
        })
    };
    // All lengths and all numbers of trailing zeros.
    for digits in 1..16 {
        for zeros in 0..digits {
            for first in [1, 9, 12_345_678_987_654_321_u64] {
                let number = first % 10_u64.pow(digits - zeros) * 10_u64.pow(zeros);
                if number != 0 {
                    check(number as f64);
                    check(-(number as f64));
                }
            }
        }
    }
    for number in (0..2_000_000).step_by(7).chain(999_990..1_000_010) {
        if number != 0 {
            check(f64::from(number));
            check(f64::from(number) / 1_000.0);
        }
    }
    for edge in [1e-4, 1e6] {
        for number in [f64::next_down(edge), edge, f64::next_up(edge)] {
            check(number);
            check(-number);
        }
    }
}
