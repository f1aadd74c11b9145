"""The aims: what was measured beside what is wanted, met or missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from bench import form, reconciling
from bench.picture import TITLES
from bench.tables import CACHED_RUNS, by_size, middle, spread, table


def aims(scenarios: Mapping[str, Any]) -> str:
    """The section of the report: every aim of the scenarios that were measured."""
    found = list(_measured(scenarios))
    rows = [(aim, measured, "met" if met else "**missed**") for aim, measured, met in found]
    return "## Aims\n\n" + table(("aim", "measured", ""), rows)


def _measured(scenarios: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    if "throughput" in scenarios:
        ratios = scenarios["throughput"]["figures"]["ratios"]
        busiest = max(
            (key for key in ratios["floor"] if key.startswith("throughput")), key=lambda key: int(key.split()[-1])
        )
        floor = ratios["floor"][busiest]
        yield f"{busiest} ≥ 0.8 × floor", spread(floor), floor["median"] >= 0.8
        for load in ("1", "half"):
            latency = ratios["floor"][f"decision p99 at {load}"]
            words = "one at a time" if load == "1" else "at half of the sustained throughput"
            yield f"decision p99, {words}, ≤ 1.3 × floor", spread(latency), latency["median"] <= 1.3
        for other in ("dbos", "restate"):
            yield from _ahead(ratios.get(other, {}), TITLES[other])
    if "open" in scenarios:
        yield from _open_aims(scenarios["open"]["figures"]["rounds"])
    if "growth" in scenarios:
        figures = scenarios["growth"]["figures"]
        least, most = figures["sizes"]
        worst = max(figures["lists"], key=lambda name: figures["lists"][name]["p50"]["median"])
        found = figures["lists"][worst]["p50"]
        words = f"lists at {most:,} requests ≤ 2 × at {least:,} (p50, worst)"
        yield words, f"{spread(found)} ({worst})", found["median"] <= 2
        yield from _beside_the_inbox(figures, most)
        history = figures["history"]
        flat = history["reject_last"]["p50"] / history["reject_first"]["p50"]
        words = f"{flat:.2f}, at most {history['longest_history']} events"
        yield f"history flat over {history['rounds']} rounds (decision p50, last tenth to first)", words, flat <= 1.2
    if "pages" in scenarios:
        found = {name: page["ratios"]["calls"] for name, page in scenarios["pages"]["figures"].items()}
        slowest = max(found, key=lambda name: found[name]["median"])
        words = f"{spread(found[slowest])} ({slowest})"
        yield "pages ≤ 1 × the API's calls that give the same (p95, worst)", words, found[slowest]["median"] <= 1
    if "matrix" in scenarios:
        figures = scenarios["matrix"]["figures"]
        most = max(figures["sizes"])
        times = [
            middle(figures["rounds"], f"{most} {policy}", "asked", "p50") or 0 for policy in ("first", "collected")
        ]
        yield f"a matrix of {most:,} rows asked in < 5 ms (p50)", f"{max(times):.2f} ms", max(times) < 5
    for name, aims_of in _AIMS.items():
        if name in scenarios:
            yield from aims_of(scenarios[name]["figures"])
    if "recovery" in scenarios:
        rounds = scenarios["recovery"]["figures"]["rounds"]["product"]
        lost, twice = sum(one["missing"] for one in rounds), sum(one["twice"] for one in rounds)
        yield "recovery: none lost, none twice", f"{lost} lost, {twice} twice", lost == twice == 0


def _open_aims(rounds: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    ours = by_size(rounds["product"])
    least, most = min(ours, key=int), max(ours, key=int)
    for percent in ("p50", "p99"):
        few, many = (float(middle(ours[size], "decision", percent) or 0) for size in (least, most))
        aim = f"decision with {int(most):,} open ≤ 1.2 × with {int(least):,} ({percent})"
        yield aim, f"{many / few:.2f}", many <= 1.2 * few
    full = next(size for size in sorted(ours, key=int) if int(size) >= CACHED_RUNS or size == most)
    before, after = (float(middle(ours[size], "memory", "worker") or 0) for size in (full, most))
    words = f"worker memory with {int(most):,} open ≤ 1.2 × with {int(full):,}, where its cache fills"
    yield words, f"{after / before:.2f}", after <= 1.2 * before
    yield from _open_beside_dbos(ours, by_size(rounds.get("dbos", ())))


def _process_aims(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    for name, found in figures["votes"]["ratios"].items():
        yield f"a decision in a step of 50 ({name}) ≤ 2 × in a step of one (p50)", spread(found), found["median"] <= 2
    deadlines = figures["deadlines"]
    slower = deadlines["beside"]["p99"] / deadlines["usual"]["p99"]
    words = f"decisions while {deadlines['deadlines']:,} deadlines fire ≤ 2 × usual (p99)"
    yield words, f"{slower:.2f}, worked off in {deadlines['seconds']:.0f} s", slower <= 2
    found = figures["inbox"]["ratios"]["inbox"]
    words = f"inbox of who stands in for 20 at {figures['inbox']['requests']:,} requests ≤ 2 × their own (p50)"
    yield words, spread(found), found["median"] <= 2


def _notice_aims(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    for percent, found in figures["ratios"].items():
        yield (
            f"a decision that everybody is told of ≤ 1.1 × of which nobody is ({percent})",
            spread(found),
            found["median"] <= 1.1,
        )
    rate = figures["backlog"]["drained_per_second"]
    yield f"{figures['backlog']['events']:,} events go out at 200 a second or more", f"{rate:,}", rate >= 200


def _connector_aims(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    first, taken = figures["first"], figures["taken"]
    rate = first["per_second"] if taken == figures["orders"] else 0.0
    yield f"{figures['orders']:,} orders are taken in at 500 a second or more", f"{rate:,}", rate >= 500
    growth = first["worker_mib"]["second half"] / first["worker_mib"]["first half"]
    yield "memory of the worker in the second half of that ≤ 1.05 × in the first", f"{growth:.2f}", growth <= 1.05
    calls = figures["idle"]["calls"]
    yield f"following {figures['orders']:,} orders that did not change costs one page", f"{calls} calls", calls <= 1


def _soak_aims(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    every = figures["ratios"]["all"]["p99"]
    yield "others beside an abuser ≤ 1.5 × without (p99)", spread(every), every["median"] <= 1.5
    kept = {name: one["kept"] for name, one in figures["memory"].items()}
    most = max(kept, key=lambda name: kept[name])
    aim = "memory that no process gives back grows by less than 1 % in ten minutes (worst)"
    yield aim, f"{kept[most]:+.2f} % ({most})", kept[most] < 1


_AIMS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[tuple[str, str, bool]]]] = {
    "processes": _process_aims,
    "notices": _notice_aims,
    "connectors": _connector_aims,
    "reconciler": reconciling.aims,
    "form": form.aims,
    "soak": _soak_aims,
}


def _beside_the_inbox(figures: Mapping[str, Any], requests: int) -> Iterator[tuple[str, str, bool]]:
    for page, title in (("start", "start page"), ("overview", "overview")):
        ratios = {person: one["ratio"] for person, one in figures.get(page, {}).items()}
        if ratios:
            slowest, found = max(ratios.items(), key=_median)
            yield (
                f"{title} at {requests:,} requests ≤ 1.5 × the inbox (p50, worst)",
                f"{spread(found)} ({slowest})",
                found["median"] <= 1.5,
            )


def _median(one: tuple[str, Mapping[str, Any]]) -> float:
    return float(one[1]["median"])


def _ahead(ratios: Mapping[str, Any], title: str) -> Iterator[tuple[str, str, bool]]:
    """Throughput and latencies beside another side, each over all numbers of clients."""
    for what in ("throughput", "decision p50", "decision p99"):
        found = {key.split()[-1]: ratio["median"] for key, ratio in ratios.items() if key.startswith(f"{what} at")}
        if found:
            ahead = min(found.values()) > 1 if what == "throughput" else max(found.values()) < 1
            numbers = " / ".join(f"{ratio:.2f}" for ratio in found.values())
            yield f"{what} at {' / '.join(found)} ahead of {title}", numbers, ahead


def _open_beside_dbos(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Each figure over the sizes that both have reached; all but the first are better when small."""
    figures: dict[str, Callable[[Sequence[Mapping[str, Any]]], float | None]] = {
        "starts a second": lambda side: middle(side, "starts_per_second"),
        "decision p50": lambda side: middle(side, "decision", "p50"),
        "decision p99": lambda side: middle(side, "decision", "p99"),
        "cold start": lambda side: middle(side, "cold_start_seconds"),
        "memory of all processes": lambda side: median(sum(one["memory"].values()) for one in side),
    }
    sizes = [size for size in ours if size in theirs]
    for what, figure in figures.items():
        pairs = [(figure(ours[size]), figure(theirs[size])) for size in sizes]
        ratios = [mine / other for mine, other in pairs if mine is not None and other is not None]
        if ratios:
            ahead = min(ratios) > 1 if what == "starts a second" else max(ratios) < 1
            aim = f"{what} with {' / '.join(f'{int(size):,}' for size in sizes)} open ahead of DBOS"
            yield aim, " / ".join(f"{ratio:.2f}" for ratio in ratios), ahead
