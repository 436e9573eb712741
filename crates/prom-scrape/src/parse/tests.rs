use super::*;

fn check_error(format: Format, page: &[u8], expected: &str) {
    let wrong = parse(page, format, 1_000).expect_err(&String::from_utf8_lossy(page));
    assert_eq!(wrong.to_string(), expected, "{:?}", String::from_utf8_lossy(page));
}

/// The table of Prometheus' own `TestPromParseErrors`, and more.
#[test]
fn text_is_refused_as_prometheus_does() {
    let table: &[(&[u8], &str)] = &[
        (b"a", "line 1, column 2: expected a value"),
        (b"a{b='c'} 1\n", "line 1, column 5: expected a label's value in quotes"),
        (b"a{b=\n", "line 1, column 5: expected a label's value in quotes"),
        (b"a{\xff=\"foo\"} 1\n", "line 1, column 3: expected a label's name"),
        (b"a{b=\"\xff\"} 1\n", "line 1, column 6: not UTF-8"),
        (b"{\"a\", \"b = \"c\"}", "line 1, column 13: expected = behind a label's name"),
        (b"{\"a\",b\\nc=\"d\"} 1", "line 1, column 7: expected = behind a label's name"),
        (b"a true\n", "line 1, column 3: a value that is no number"),
        (b"something_weird{problem=\"", "line 1, column 25: a quote that is not closed"),
        (b"empty_label_name{=\"\"} 0", "line 1, column 18: expected a label's name"),
        (b"{A}0", "line 1, column 3: expected = behind a label's name"),
        (b"foo 1_2\n", "line 1, column 5: a value that is no number"),
        (b"foo 0x1p-3\n", "line 1, column 5: a value that is no number"),
        (b"foo 1e400\n", "line 1, column 5: a value that is no number"),
        (
            b"foo 0 1_2\n",
            "line 1, column 8: expected a timestamp in milliseconds, or the end of the line",
        ),
        (
            b"foo 0 -5\n",
            "line 1, column 7: expected a timestamp in milliseconds, or the end of the line",
        ),
        (b"foo 0 99999999999999999999\n", "line 1, column 7: a timestamp that is too large"),
        (b"{a=\"ok\"} 1", "line 1, column 1: a sample without a name"),
        (b"# TYPE #\n#EOF\n", "line 1, column 8: expected a metric's name"),
        (b"# HELP #\n#EOF\n", "line 1, column 8: expected a metric's name"),
        (b"# TYPE a info\n", "line 1, column 10: an unknown type"),
        (b"# TYPE a  gauge\n", "line 1, column 10: an unknown type"),
        (b"# TYPE a gauge\r\n", "line 1, column 10: an unknown type"),
        (b"# HELP a \xff\n", "line 1, column 10: help that is not UTF-8"),
        (b"\n\na 1\n9 1\n", "line 4, column 1: expected a name, a comment or a brace"),
        (b"a{b=\"1\",b=\"2\"} 1\n", "line 1, column 3: the label \"b\" is there more than once"),
        (b"a{__name__=\"b\"} 1\n", "line 1, column 3: a label __name__"),
        (b"a{\"b\"} 1\n", "line 1, column 6: expected = behind a label's name"),
        (b"{\"a\",\"b\"} 1\n", "line 1, column 6: a second name of the metric"),
        (b"{\"\"} 1\n", "line 1, column 2: an empty name"),
        (b"a{\"\"=\"x\"} 1\n", "line 1, column 3: an empty name"),
        (b"a{,b=\"c\"} 1\n", "line 1, column 3: expected a label's name"),
        (b"a 1\n\0", "line 2, column 1: expected a name, a comment or a brace"),
    ];
    for (page, expected) in table {
        check_error(Format::Text, page, expected);
    }
}

/// The table of Prometheus' own `TestOpenMetricsParseErrors`, and more.
#[test]
fn openmetrics_is_refused_as_prometheus_does() {
    let none = "expected HELP, TYPE, UNIT or EOF behind # and one blank";
    let start = "expected a name, a brace or metadata";
    let table: &[(&[u8], &str)] = &[
        (b"", "line 1, column 1: no \"# EOF\" at the end"),
        (b"\n", &format!("line 1, column 1: {start}")),
        (b"metric", "line 1, column 7: expected one blank and a value"),
        (b"metric 1", "line 1, column 9: no \"# EOF\" at the end"),
        (b"metric 1\n", "line 2, column 1: no \"# EOF\" at the end"),
        (b"metric_total 1 # {aa=\"bb\"} 4", "line 1, column 29: no \"# EOF\" at the end"),
        (b"a\n#EOF\n", "line 1, column 2: expected one blank and a value"),
        (b" a 1\n#EOF\n", &format!("line 1, column 1: {start}")),
        (b"9\n#EOF\n", &format!("line 1, column 1: {start}")),
        (b"# TYPE u untyped\n#EOF\n", "line 1, column 10: an unknown type"),
        (b"# TYPE c counter \n#EOF\n", "line 1, column 10: an unknown type"),
        (b"#  TYPE c counter\n#EOF\n", &format!("line 1, column 1: {none}")),
        (b"#\tTYPE c counter\n", &format!("line 1, column 1: {none}")),
        (b"a 1\n#EOF\n", &format!("line 2, column 1: {none}")),
        (b"# TYPE \n#EOF\n", "line 1, column 8: expected a metric's name"),
        (b"# TYPE m\n#EOF\n", "line 1, column 9: expected one blank behind the name"),
        (b"# UNIT metric suffix\n", "line 1, column 8: a unit that its name does not end with"),
        (
            b"# UNIT metricsuffix suffix\n",
            "line 1, column 8: a unit that its name does not end with",
        ),
        (b"# UNIT m\n#EOF\n", "line 1, column 9: expected one blank behind the name"),
        (b"# HELP m\n#EOF\n", "line 1, column 9: expected one blank behind the name"),
        (b"# HELP m x", "line 1, column 11: no \"# EOF\" at the end"),
        (b"a\t1\n#EOF\n", "line 1, column 2: expected one blank and a value"),
        (b"a  1\n#EOF\n", "line 1, column 3: expected one blank and a value"),
        (b"a 1\t2\n#EOF\n", "line 1, column 3: a value that is no number"),
        (b"a 1 2 \n#EOF\n", "line 1, column 6: expected the end of the line"),
        (b"a 1 2 #\n#EOF\n", "line 1, column 6: expected the end of the line"),
        (b"a 1 1z\n#EOF\n", "line 1, column 5: a timestamp that is no finite number"),
        (b" # EOF\n", &format!("line 1, column 1: {start}")),
        (b"# EOF\na 1", "line 2, column 1: something behind \"# EOF\""),
        (b"# EOF\n\n", "line 2, column 1: something behind \"# EOF\""),
        (b"# EOFa 1", "line 1, column 6: something behind \"# EOF\""),
        (b"a 1 1 1\n# EOF\n", "line 1, column 6: expected the end of the line"),
        (b"a{b='c'} 1\n# EOF\n", "line 1, column 5: expected a label's value in quotes"),
        (b"a{,b=\"c\"} 1\n# EOF\n", "line 1, column 3: expected a label's name"),
        (b"a{b=\"c\"d=\"e\"} 1\n", "line 1, column 8: expected a comma or a closing brace"),
        (b"a{b=\"c\",,d=\"e\"} 1\n", "line 1, column 9: expected a label's name"),
        (b"a{b=\n# EOF\n", "line 1, column 5: expected a label's value in quotes"),
        (b"a{b=\"\xff\"} 1\n# EOF\n", "line 1, column 6: not UTF-8"),
        (b"a{b=\"c\nd\"} 1\n# EOF\n", "line 1, column 5: a quote that is not closed"),
        (b"foo 1_2\n", "line 1, column 5: a value that is no number"),
        (b"foo 0 1_2\n", "line 1, column 7: a timestamp that is no finite number"),
        (b"c_total 1 # {aa=bb}\n", "line 1, column 17: expected a label's value in quotes"),
        (b"c_total 1 # {aa=\"bb\"}\n", "line 1, column 22: expected one blank and a value"),
        (b"c_total 1 # {bb}", "line 1, column 16: expected = behind a label's name"),
        (b"c_total 1 # {\"bb\"} 1", "line 1, column 18: expected = behind a label's name"),
        (b"c_total 1 # {aa=\"bb\",,cc=\"dd\"} 1", "line 1, column 22: expected a label's name"),
        (b"c_total 1 # {aa=\"bb\"} true", "line 1, column 23: a value that is no number"),
        (b"{b=\"c\",} 1", "line 1, column 1: a sample without a name"),
        (b"a 1 NaN", "line 1, column 5: a timestamp that is no finite number"),
        (b"a 1 -Inf", "line 1, column 5: a timestamp that is no finite number"),
        (b"a 1 -1\n", "line 1, column 5: a timestamp before 1970 or after 2554"),
        (
            b"h_bucket{le=\"+Inf\"} 1 # {aa=\"bb\"} 4 NaN",
            "line 1, column 37: a timestamp that is no finite number",
        ),
    ];
    for (page, expected) in table {
        check_error(Format::OpenMetrics1, page, expected);
    }
}

#[test]
fn odd_but_legal_lines_are_read() {
    let text: &[&[u8]] = &[
        b"",
        b"\n\n",
        b"# EOF",
        b"#\n# HELP\n#HELP a b\n# anything \xff\n",
        b"# HELP a\n# HELP  b\t  \n",
        b"\t a \t{ b = \"c\" d=\"e\" , } 1 \t 2 \n",
        b"{ \"a b\" , } +Inf",
        b"a{b=\"line\nline\"}1\n",
        b"a{b=\"\0\"} 1\n",
        b"a+1",
        b"a:b NaN\na:b 2 3",
    ];
    for page in text {
        parse(page, Format::Text, 1_000).expect("legal");
    }
    let openmetrics: &[&[u8]] = &[
        b"# EOF",
        b"# EOF\n",
        b"a{} 1\na{b=\"c\",} 1 1.5 # {} 2\n# EOF",
        b"{\"a b\",\"c d\"=\"e\"} 1 # {\"f g\"=\"h\"} 2 3\n# EOF\n",
        b"# UNIT a_b b\n# UNIT c \n# EOF\n",
    ];
    for page in openmetrics {
        parse(page, Format::OpenMetrics1, 1_000).expect("legal");
    }
}

#[test]
fn the_sample_beyond_the_limit_is_named() {
    let page = b"a 1\nb 2\nc 3\n";
    let wrong = parse(page, Format::Text, 2).unwrap_err();
    assert_eq!(wrong.to_string(), "line 3, column 1: more than 2 samples");
    assert_eq!(parse(page, Format::Text, 3).unwrap().samples, 3);
}
