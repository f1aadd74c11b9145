"""The section of the report about the cluster beside the embedded engine: what callers wait for, what it costs, and what explains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Final

from bench.made import CLUSTER, EMBEDDED, PAIRS, RELAXED, TWO_OF_EACH
from bench.parts import PARTS
from bench.tables import Rows, middle, number, spread, table

TITLES: Final[Mapping[str, str]] = {
    **{target.name: target.title for target in (EMBEDDED, CLUSTER, PAIRS, TWO_OF_EACH)},
    RELAXED: "*experiment*: cluster, engine not waiting for the disk",
}

DATABASES: Final = ("crm", "temporal", "temporal_visibility")
MOST_WAITS: Final = 6
LEAST_WAIT: Final = 0.02
MOST_TROUBLE: Final = 6
LEAST_COUNT: Final = 20
"""Of what a percentile is told of."""

INTRODUCTION = """## On a cluster

What `make run` and what `make cluster` start, one API and one worker each unless it says otherwise, in turns on fresh stores, with everything on one machine; *cluster, two of
each* has two of each role of the engine as well. The embedded engine is one process with a SQLite file and one shard, a cluster's are four or eight with a PostgreSQL, which
is the CRM's as well, and 128 shards. Both wait until a commit is on the disk; the *experiment* is the cluster once more in the same processes, whose engine does not: production must not be run so."""


def section(figures: Mapping[str, Any]) -> str:
    """All tables, and what is said about them; a figure that was not measured is a dash."""
    rounds, ratios = figures["rounds"], figures["ratios"]
    busiest = busiest_of(rounds)
    parts = [INTRODUCTION, table(_SPEED, list(_speed(rounds, ratios)))]
    parts.append(
        f"*half*: an open loop at {number(figures['half_rate'])} requests a second for all. {_growth(rounds, busiest)}"
    )
    parts += [f"Milliseconds of processor time for one request, at {busiest} clients:", _processor(rounds, busiest)]
    parts += [_WRITTEN.format(busiest=busiest), table(*_written(rounds, busiest))]
    parts += [_PARTS, table(_PARTS_HEAD, list(_parts(rounds, busiest)))]
    parts += [_explained(rounds, busiest), _waiting(rounds, busiest), *_engines_own(rounds, busiest)]
    parts += [f"It failed: {one}." for one in figures.get("failed", ())]
    return "\n\n".join(part for part in parts if part)


def busiest_of(rounds: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The largest number of clients of a closed loop."""
    loads: Mapping[str, Any] = next(iter(rounds.values()))[0]["loads"]
    return max((load for load in loads if load.isdigit()), key=int)


_SPEED = (
    "load",
    "side",
    "requests/s",
    "to embedded",
    "decision p50 ms",
    "to embedded",
    "p99 ms",
    "to embedded",
    "rounds",
)


def _speed(rounds: Mapping[str, Any], ratios: Mapping[str, Any]) -> Rows:
    for load in next(iter(rounds.values()))[0]["loads"]:
        for name, side in rounds.items():
            if middle(side, "loads", load, "requests_per_second") is None:
                continue
            compared = ratios.get(name, {}).get(load, {})
            cells = []
            for what, path in (
                ("throughput", ("requests_per_second",)),
                ("decision p50", ("milliseconds", "decision", "p50")),
                ("decision p99", ("milliseconds", "decision", "p99")),
            ):
                cells += [
                    number(middle(side, "loads", load, *path)),
                    spread(compared[what]) if what in compared else "",
                ]
            yield (load, TITLES[name], *cells, len(side))


def _growth(rounds: Mapping[str, Any], busiest: str) -> str:
    rates = [
        middle(rounds.get(name, ()), "loads", busiest, "requests_per_second") for name in (CLUSTER.name, PAIRS.name)
    ]
    one, two = rates
    if one is None or two is None:
        return ""
    return (
        f"A second API and a second worker make {two / one:.2f} × of the requests a second at {busiest} clients: on a machine whose processors"
        " are all at work already, more processes do no more work."
        if two <= 1.1 * one
        else f"A second API and a second worker make {two / one:.2f} × of the requests a second at {busiest} clients."
    )


def _processor(rounds: Mapping[str, Any], busiest: str) -> str:
    names = sorted(
        {name for side in rounds.values() for name in side[0]["loads"].get(busiest, {}).get("cpu", ())} - {"client"}
    )
    body = [
        (
            TITLES[name],
            *(number(middle(side, "loads", busiest, "cpu", process)) for process in names),
            number(processor_of(side, busiest)),
        )
        for name, side in rounds.items()
    ]
    return table(("side", *names, "all"), body)


def processor_of(side: Sequence[Mapping[str, Any]], load: str) -> float:
    """Milliseconds of all processes but the load's for one request."""
    used = [one["loads"][load]["cpu"] for one in side if load in one["loads"]]
    return float(median(sum(cpu.values()) - cpu.get("client", 0.0) for cpu in used))


_WRITTEN = (
    "What one request writes at {busiest} clients. *Disk* is the machine's own count for everything: bytes, and how often it was asked to have"
    " them for good (*flushes*), of which several commits may share one. *Log* is what PostgreSQL writes to its log and how often it waited for"
    " it, by database; of the embedded engine's SQLite only the disk's counts tell:"
)


def _written(rounds: Mapping[str, Any], busiest: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    figures: dict[str, tuple[str, float]] = {"disk flushes": ("disk flushes", 1), "disk kB": ("disk bytes", 1000)}
    figures["log waits, all"] = ("fsyncs postgres", 1)
    for database in DATABASES:
        figures[f"log waits, {database}"] = (f"fsyncs {database}", 1)
        figures[f"log kB, {database}"] = (f"bytes {database}", 1000)
        figures[f"commits, {database}"] = (f"commits {database}", 1)
    body = []
    for what, (name, unit) in figures.items():
        values = [middle(side, "loads", busiest, "written", name) for side in rounds.values()]
        body.append((what, *(number(None if value is None else value / unit) for value in values)))
    flush = [
        (
            middle(side, "loads", busiest, "written", "disk flush ms"),
            middle(side, "loads", busiest, "written", "disk flushes"),
        )
        for side in rounds.values()
    ]
    body.append(("milliseconds of a flush", *(number(ms / many if ms and many else None, 2) for ms, many in flush)))
    return ("for one request", *(TITLES[name] for name in rounds)), body


_PARTS = (
    f"Where a decision's time goes, by the times that the engine wrote down: *{PARTS[0]}* is API, balancer and frontend, and the engine's lock of the"
    f" run; *{PARTS[1]}* is the engine's commit, its queue and the hand-over; *{PARTS[2]}* the engine's next commit, the worker with the CRM's"
    " commit, and the way back. Milliseconds, and what each part is of the slowest twentieth:"
)
_PARTS_HEAD = ("load", "side", *(f"{part}: p50 / p99" for part in PARTS), "of the slowest twentieth")


def _parts(rounds: Mapping[str, Any], busiest: str) -> Rows:
    for load in ("1", busiest, "half"):
        for name, side in rounds.items():
            path = ("loads", load, "decision")
            if middle(side, *path, "all", "p50") is None:
                continue
            yield (
                load,
                TITLES[name],
                *(" / ".join(number(middle(side, *path, "parts", part, p)) for p in ("p50", "p99")) for part in PARTS),
                " / ".join(f"{100 * (middle(side, *path, 'slowest', part) or 0):.0f} %" for part in PARTS),
            )


def _explained(rounds: Mapping[str, Any], busiest: str) -> str:
    """Of what the p99 of both is made, from the table's own figures."""
    one, other = rounds.get(EMBEDDED.name, ()), rounds.get(CLUSTER.name, ())
    path = ("loads", busiest, "milliseconds", "decision")
    ours, theirs = ({p: middle(side, *path, p) for p in ("p50", "p99")} for side in (other, one))
    if not all(ours.values()) or not all(theirs.values()):
        return ""
    grown = {
        part: (middle(other, "loads", busiest, "decision", "parts", part, "p99") or 0)
        - (middle(one, "loads", busiest, "decision", "parts", part, "p99") or 0)
        for part in PARTS
    }
    most = max(grown, key=lambda part: grown[part])
    words = [
        f"At {busiest} clients the cluster's p99 is {_times(ours['p99'], theirs['p99'])} × the embedded engine's, its p50"
        f" {_times(ours['p50'], theirs['p50'])} ×. Of the parts' p99 the one *{most}* grows the most, by {grown[most]:,.0f} ms"
        f" ({', '.join(f'{part} {by:+,.0f}' for part, by in grown.items() if part != most)})."
    ]
    calls = ("loads", busiest, "engine", "milliseconds", "service_latency", "SignalWorkflowExecution")
    call, before = middle(other, *calls, "p99"), middle(other, "loads", busiest, "decision", "parts", PARTS[0], "p99")
    if call and before and before > call:
        words.append(
            f"In the cluster 99 per cent of the engine's own calls that take a decision stay within {call:,.0f} ms, where *{PARTS[0]}* takes"
            f" {before:,.0f} ms: what is beyond is before the engine, in the API and for a processor."
        )
    relaxed = middle(rounds.get(RELAXED, ()), *path, "p99")
    if relaxed:
        words.append(
            f"With an engine that waits for no disk it is {_times(relaxed, theirs['p99'])} ×: that much of it is not the disk."
        )
    busy = [
        f"{TITLES[name]} {processor_of(side, busiest):.0f}"
        for name, side in rounds.items()
        if name in (EMBEDDED.name, CLUSTER.name)
    ]
    words.append(
        f"Milliseconds of processor time for one request: {', '.join(busy)}; in a closed loop at the limit, times follow it."
    )
    return " ".join(words)


def _times(ours: float | None, theirs: float | None) -> str:
    return f"{(ours or 0) / (theirs or 1):.2f}"


def _waiting(rounds: Mapping[str, Any], busiest: str) -> str:
    """What PostgreSQL's sessions were at when they were not idle, database by database."""
    body = []
    for name, side in rounds.items():
        for database in DATABASES:
            seen: dict[str, int] = {}
            for one in side:
                for what, count in one["loads"].get(busiest, {}).get("waits", {}).items():
                    if what.startswith(f"{database}: "):
                        seen[what.partition(": ")[2]] = seen.get(what.partition(": ")[2], 0) + count
            total = sum(seen.values())
            if total:
                told = sorted(((count / total, what) for what, count in seen.items()), reverse=True)[:MOST_WAITS]
                body.append(
                    (
                        TITLES[name],
                        database,
                        total,
                        ", ".join(f"{what} {share:.0%}" for share, what in told if share >= LEAST_WAIT),
                    )
                )
    if not body:
        return ""
    words = (
        f"What sessions of each database were at, looked at ten times a second at {busiest} clients. *Its client, within a transaction* is a"
        " session whose client holds what it has locked, and has not asked the next thing: it waits for a processor, or for the network."
    )
    return f"{words}\n\n{table(('side', 'database', 'sessions seen', 'at'), body)}"


def _engines_own(rounds: Mapping[str, Any], busiest: str) -> Iterator[str]:
    """The cluster's own histograms, and what it counted that went wrong."""
    body = []
    for name, side in rounds.items():
        for one in side[:1]:
            for histogram, by in one["loads"].get(busiest, {}).get("engine", {}).get("milliseconds", {}).items():
                told = {
                    what: found
                    for what, found in by.items()
                    if found["count"] >= LEAST_COUNT and not what.startswith("Poll")
                }
                slowest = sorted(told.items(), key=lambda item: -item[1]["mean"] * item[1]["count"])[:4]
                body += [
                    (
                        TITLES[name],
                        f"{histogram} {what}",
                        f"{found['count']:,.0f}",
                        number(found["mean"]),
                        f"≤ {found['p50']:,.0f}",
                        f"≤ {found['p99']:,.0f}",
                    )
                    for what, found in slowest
                ]
    if body:
        yield f"The engine's own histograms at {busiest} clients, of the first round; of those that are told apart the four with the most time:"
        yield table(("side", "histogram", "count", "mean ms", "p50 ms", "p99 ms"), body)
    for name, side in rounds.items():
        seen = side[0]["loads"].get(busiest, {}).get("engine", {}).get("trouble", {})
        if seen:
            most = ", ".join(f"{what} {count:,.0f}" for what, count in list(seen.items())[:MOST_TROUBLE])
            yield f"What {TITLES[name]} counted that was refused or tried again: {most}."
