"""Reads the pages of a folder with Python's two parsers and compares what they find."""

import math
import pathlib
import sys

from prometheus_client import parser as text
from prometheus_client.openmetrics import parser as openmetrics


def samples(parse, path):
    found = set()
    for family in parse(path.read_bytes().decode("utf-8")):
        for sample in family.samples:
            labels = dict(sample.labels)
            for name in ("le", "quantile"):
                # 5 and 5.0 are one number; another kind of series may have any text here.
                try:
                    labels[name] = float(labels[name])
                except (KeyError, ValueError):
                    pass
            value = "NaN" if math.isnan(sample.value) else float(sample.value)
            # The text parser gives counters the suffix that they lack.
            name = sample.name.removesuffix("_total")
            # Text has no gauge histograms: they are histograms there.
            for gauge, plain in (("_gcount", "_count"), ("_gsum", "_sum")):
                if name.endswith(gauge):
                    name = name.removesuffix(gauge) + plain
            found.add((name, tuple(sorted(labels.items(), key=str)), value))
    return found


def main():
    pages, wrong = 0, 0
    for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.text")):
        try:
            plain = samples(text.text_string_to_metric_families, path)
            other = path.with_suffix(".openmetrics")
            strict = samples(openmetrics.text_string_to_metric_families, other)
        except Exception as error:
            wrong += 1
            print(f"{path}: {error!r}")
            continue
        pages += 2
        # OpenMetrics forbids some values, and sums beside negative buckets.
        if not strict <= plain:
            wrong += 1
            print(f"{path}: {sorted(strict - plain, key=str)[:3]} is in OpenMetrics alone")
    print(f"Python's parsers read {pages} pages")
    sys.exit(1 if wrong else 0)


main()
