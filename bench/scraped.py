"""What the engine's processes say of themselves to Prometheus: how long things took within a load, and what went wrong in it."""

from __future__ import annotations

import re
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from bench.counters import Counters

_SAMPLE: Final = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_TROUBLE: Final = re.compile(r"error|exhausted|throttle|timeout|busy|rejected|failed|forwarded")
_NO_EVENTS: Final = re.compile(r"_(?:bucket|sum)$|latency|poll_timeouts$|^go_|^process_|^promhttp_")
_EXPECTED: Final = "NotFound"
"""What a store says of a run that begins."""
_TELLING: Final = ("service_name", "operation", "error_type", "resource_exhausted_cause")

SECONDS: Final = 10.0

Samples = dict[tuple[str, str], float]
"""Values by name and labels as they are written."""


def scrape(ports: Iterable[int]) -> Samples:
    """All samples of the processes that serve theirs at these ports of this machine, those of the same name and labels together."""
    found: defaultdict[tuple[str, str], float] = defaultdict(float)
    for port in ports:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS) as answer:
            for name, labels, value in _SAMPLE.findall(answer.read().decode()):
                found[name, labels] += float(value)
    return dict(found)


def trouble(before: Samples, after: Samples) -> Counters:
    """Everything that went wrong, was refused or had to be tried again between the two, by what it was; the most frequent first."""
    grown: Counter[str] = Counter()
    for (name, labels), value in after.items():
        growth = value - before.get((name, labels), 0.0)
        if growth > 0 and _TROUBLE.search(name) and not _NO_EVENTS.search(name):
            told = dict(_LABEL.findall(labels))
            words = [told[label] for label in _TELLING if told.get(label, "").strip("_")]
            if not any(_EXPECTED in word for word in words):
                grown[" ".join([name, *words])] += int(growth)
    return dict(grown.most_common())


def milliseconds(before: Samples, after: Samples, name: str, by: str = "") -> dict[str, dict[str, float]]:
    """Of a histogram of seconds: how many there were between the two, their mean, and bounds that half and 99 per cent stay within.

    Args:
        before: see ``scrape``.
        after: the same, later.
        name: the histogram's.
        by: a label; its values are told apart. Empty: all together.
    """
    buckets: defaultdict[str, Counter[float]] = defaultdict(Counter)
    totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (sample, labels), value in after.items():
        if sample.rpartition("_")[0] != name:
            continue
        told = dict(_LABEL.findall(labels))
        growth = value - before.get((sample, labels), 0.0)
        what = told.get(by, "") if by else "all"
        if sample.endswith("_bucket"):
            buckets[what][float(told["le"].replace("+Inf", "inf"))] += growth  # type: ignore[assignment]
        else:
            totals[what][sample.removeprefix(f"{name}_")] += growth  # type: ignore[assignment]
    return {
        what: {
            "count": total["count"],
            "mean": round(total["sum"] / total["count"] * 1000, 2),
            "p50": _within(buckets[what], 0.5),
            "p99": _within(buckets[what], 0.99),
        }
        for what, total in totals.items()
        if total["count"] > 0
    }


def _within(buckets: Mapping[float, float], part: float) -> float:
    """The bound, in milliseconds, of the first bucket that such a part of all stays within."""
    wanted = part * max(buckets.values(), default=0.0)
    return next((bound * 1000 for bound in sorted(buckets) if buckets[bound] >= wanted), 0.0)
