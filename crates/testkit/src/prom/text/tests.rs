use super::Dialect::{OpenMetrics1, OpenMetrics2, Text};
use super::*;

fn check_refused(dialect: Dialect, page: &str, why: &str) {
    let page = if dialect == Text { page.to_owned() } else { format!("{page}# EOF\n") };
    let found = parse(&page, dialect).expect_err(&page);
    assert!(found.contains(why), "{page}: {found}, not {why}");
}

#[test]
fn what_prometheus_refuses_is_refused() {
    #[rustfmt::skip]
    let table = [
        (Text, "foo 1", "line feed"),
        (Text, "foo 1\n\nbar 2\n", "neither"),
        (Text, "1foo 1\n", "not legal"),
        (Text, "foo.bar 1\n", "not legal"),
        (Text, "\"foo\" 1\n", "quoted name outside"),
        (Text, "{a=\"b\"} 1\n", "without a name"),
        (Text, "foo{a:b=\"c\"} 1\n", "not legal"),
        (Text, "foo{a=\"b\",a=\"c\"} 1\n", "twice"),
        (Text, "foo{a=\"b} 1\n", "does not end"),
        (Text, "foo{a=\"\\x\"} 1\n", "escape"),
        (Text, "foo{a=\"b\"}1\n", "no \" \""),
        (Text, "foo inf\n", "no number"),
        (Text, "foo 1 2 3\n", "behind the timestamp"),
        (Text, "foo 1 # {} 1\n", "exemplar"),
        (Text, "foo{a=\"b\"} 1\nfoo{a=\"b\"} 2\n", "twice"),
        (Text, "foo{a=\"\"} 1\nfoo 2\n", "twice"),
        (Text, "foo 1\nbar 1\nfoo{a=\"b\"} 1\n", "interleaved"),
        (Text, "# TYPE foo gauge\n# TYPE foo gauge\n", "repeated"),
        (Text, "# TYPE foo info\n", "unknown"),
        (Text, "# UNIT foo_s s\n", "unknown or repeated"),
        (Text, "# HELP foo a\\b\n", "escape"),
        (Text, "# TYPE f histogram\nf_bucket{le=\"1\"} 1\n", "infinite"),
        (Text, "# TYPE f histogram\nf_bucket{le=\"1\"} 2\nf_bucket{le=\"+Inf\"} 1\n", "ascend"),
        (Text, "# TYPE f histogram\nf_bucket{le=\"+Inf\"} 1\nf_count 2\n", "a count"),
        (Text, "# TYPE f histogram\nf_bucket{le=\"+Inf\"} 1\n# TYPE f_count gauge\nf_count 1\n", "belongs"),
        (OpenMetrics1, "# TYPE foo counter\nfoo 1\n", "interleaved"),
        (OpenMetrics1, "# TYPE foo counter\nfoo_total -1\n", "negative"),
        (OpenMetrics1, "# TYPE foo counter\nfoo_total NaN\n", "negative"),
        (OpenMetrics1, "# TYPE foo counter\nfoo_total 1\n# TYPE foo gauge\n", "metadata behind"),
        (OpenMetrics1, "# TYPE foo counter\nfoo_total 1\n# TYPE foo_created gauge\nfoo_created 1\n", "belongs"),
        (OpenMetrics1, "# TYPE foo gauge\n# UNIT foo seconds\nfoo 1\n", "no suffix"),
        (OpenMetrics1, "# HELP foo a\"b\n", "not escaped"),
        (OpenMetrics1, "# TYPE f histogram\nf_bucket{le=\"-1\"} 1\nf_bucket{le=\"+Inf\"} 1\nf_sum 1\nf_count 1\n", "may not be"),
        (OpenMetrics1, "# TYPE f histogram\nf_bucket{le=\"+Inf\"} 1\nf_count 1\n", "may not be"),
        (OpenMetrics1, "# TYPE f histogram\nf_bucket{le=\"1.0\"} 1 # {} 2.0\nf_bucket{le=\"+Inf\"} 1\n", "outside"),
        (OpenMetrics1, "# TYPE foo gauge\nfoo 1 # {} 1\n", "none may be"),
        (OpenMetrics1, "# TYPE foo info\nfoo_info 2\n", "not 1"),
        (OpenMetrics1, "# TYPE foo summary\nfoo{quantile=\"2\"} 1\n", "cannot have"),
        (OpenMetrics1, "foo{a=\"b\",} 1\n", "not legal"),
        (OpenMetrics2, "# TYPE foo counter\nfoo 1 # {} 1\n", "timestamp"),
        (OpenMetrics2, "# TYPE foo histogram\nfoo {sum:1,count:2}\n", "too late"),
        (OpenMetrics2, "# TYPE foo histogram\nfoo {count:1,sum:x}\n", "no number"),
    ];
    for (dialect, page, why) in table {
        check_refused(dialect, page, why);
    }
    let long = "x".repeat(128);
    let page = format!("# TYPE foo counter\nfoo_total 1 # {{a=\"{long}\"}} 1\n");
    check_refused(OpenMetrics1, &page, "128");
    assert!(parse("foo 1\n", OpenMetrics1).unwrap_err().contains("EOF"));
}

#[test]
fn everything_on_a_page_is_read() {
    let page = "# TYPE \"foo.bar\" counter\n# HELP \"foo.bar\" a \\\\ \\n \\\" b\n\
        {\"foo.bar_total\",\"l.1\"=\"x\\\\\\n\\\"\",b=\"\"} 1.5 12.5 # {trace_id=\"t\"} 0.5 1.25\n# EOF\n";
    let families = parse(page, OpenMetrics1).unwrap();
    let [family] = &families[..] else { panic!("{families:?}") };
    assert_eq!((&*family.name, &*family.kind), ("foo.bar", "counter"));
    assert_eq!(family.help.as_deref(), Some("a \\ \n \" b"));
    let sample = &family.samples[0];
    assert_eq!((&*sample.name, sample.value), ("foo.bar_total", 1.5));
    assert_eq!(sample.label("l.1"), Some("x\\\n\""));
    assert_eq!(sample.label("b"), Some(""));
    assert_eq!(sample.timestamp.as_deref(), Some("12.5"));
    let exemplar = &sample.exemplars[0];
    assert_eq!((exemplar.value, exemplar.timestamp.as_deref()), (0.5, Some("1.25")));

    let page = "# TYPE foo histogram\nfoo {count:1,sum:2.0,bucket:[0.1:0,+Inf:1]} st@1.0 # {} 1.0 2.0 # {} 3.0 4.0\n# EOF\n";
    let sample = &parse(page, OpenMetrics2).unwrap()[0].samples[0];
    assert_eq!(sample.written, "{count:1,sum:2.0,bucket:[0.1:0,+Inf:1]}");
    assert_eq!((sample.start.as_deref(), sample.exemplars.len()), (Some("1.0"), 2));
}
