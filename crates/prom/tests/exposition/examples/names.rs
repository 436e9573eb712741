//! Names and units.

use super::{Example, example};
use crate::make::{batch, buckets, counter, gauge, histogram, up_down, value};
use crate::view::{bare, bare_open_metrics, by_specification, open_metrics, protobuf, text};
use crate::view::{untranslated, untranslated_but_escaped, utf8};

pub(super) fn all() -> Vec<Example> {
    let one = || [value(1)];
    let histogram = |name, unit| batch([histogram(name, unit, [buckets(3.5, &[1.0], &[1, 1])])]);
    vec![
        example(
            "01-counter-of-bytes",
            batch([counter("foo.bar", "By", one())]),
            [
                text(),
                utf8(),
                bare(),
                untranslated(),
                untranslated_but_escaped(),
                bare_open_metrics(),
            ],
        ),
        example(
            "02-histogram-of-seconds",
            histogram("http.server.request.duration", "s"),
            [text(), open_metrics(), protobuf()],
        ),
        example(
            "03-ratio",
            batch([gauge("cpu.utilization", "1", one())]),
            [text(), by_specification()],
        ),
        example(
            "04-counter-of-unit-1",
            batch([counter("items", "1", one())]),
            [text(), by_specification()],
        ),
        example("05-unit-in-brackets", batch([up_down("queue.size", "{item}", one())]), [text()]),
        example(
            "06-brackets-per-second",
            batch([counter("requests", "{request}/s", one())]),
            [text(), by_specification()],
        ),
        example("07-bytes-per-second", batch([gauge("throughput", "By/s", one())]), [text()]),
        example(
            "08-per-minute",
            batch([gauge("speed", "m/s", one()), gauge("x", "m/min", one())]),
            [text(), by_specification()],
        ),
        example(
            "09-total-inside",
            batch([counter("total.requests", "", one())]),
            [text(), by_specification(), utf8()],
        ),
        example(
            "10-unit-inside",
            histogram("foo.seconds.bar", "s"),
            [text(), by_specification(), utf8()],
        ),
        example(
            "11-total-before-unit",
            batch([counter("process.cpu.time_total", "s", one())]),
            [text(), by_specification(), utf8()],
        ),
        example(
            "12-leading-digit",
            batch([gauge("1st.metric", "", one())]),
            [text(), utf8(), untranslated_but_escaped()],
        ),
        example("13-subtotal", batch([counter("subtotal", "", one())]), [text(), utf8()]),
        example(
            "14-another-unit-in-the-name",
            histogram("latency_milliseconds", "s"),
            [text(), utf8()],
        ),
        example(
            "15-slips-of-the-translator",
            batch([counter("disk.io", "kBy", one()), gauge("cap", "TiBy", one())]),
            [text(), by_specification()],
        ),
        example(
            "16-underscores",
            batch([gauge("_lead", "", one()), gauge("a__b", "", one())]),
            [text(), by_specification(), bare()],
        ),
        example(
            "17-brackets-in-a-unit",
            batch([counter("foo", "By/{req}", one()), gauge("foo", "s{x}", one())]),
            [text(), by_specification()],
        ),
        example(
            "18-nothing-left-of-a-name",
            batch([counter("@#$%", "", one()), gauge("", "s", one())]),
            [text(), untranslated()],
        ),
    ]
}
