"""The section of the report about the reconciler, and its aims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.tables import middle, number, spread, table

PHASES = ("without", "with")


def section(figures: Mapping[str, Any]) -> str:
    """What a pass costs those who decide, and how long it takes."""
    rounds, ratios = figures["rounds"], figures["ratios"]
    figure = {"throughput": ("requests_per_second",), **{f"decision {p}": ("decision", p) for p in ("p50", "p99")}}
    body = [
        (
            name,
            *(number(middle(rounds, phase, *path), 2) for phase in PHASES),
            spread(ratios[name]),
        )
        for name, path in figure.items()
    ]
    compared = figures["compared"]
    scanned = ", ".join(f"{rows:,} of {name}" for name, rows in figures["scanned"].items()) or "none"
    words = (
        f"{figures['requests']:,} requests of earlier years with what was reported of them, {figures['open']:,} open ones with runs, and"
        f" {figures['clients']} clients who make requests and decide, without a pass and beside one pass after the other. A pass compared"
        f" {compared['requests']:,} open requests, {compared['runs']:,} runs and what was reported of {compared['sums']:,} requests,"
        f" where the next one goes on. Seconds of the passes: {', '.join(number(one) for one in figures['seconds'])}. Rows of large"
        f" tables that a pass read by going through a whole table: {scanned}. Mended, where nothing was to be: {figures['mended']:,}."
    )
    head = ("", "without a pass", "beside passes", "ratio")
    return "\n\n".join(("## The reconciler", table(head, body), words))


def aims(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """It is not felt, and it comes round."""
    found = figures["ratios"]["throughput"]
    size = f"{figures['requests']:,}"
    yield f"throughput beside passes at {size} requests ≥ 0.95 × without", spread(found), found["median"] >= 0.95
    longest = max(figures["seconds"])
    yield f"a pass at {size} requests ≤ 600 s (longest)", f"{longest:,} s", longest <= 600
    mended = figures["mended"] + figures["waiting"]
    yield "a pass under load finds nothing where nothing is wrong", f"{mended:,} findings", mended == 0
