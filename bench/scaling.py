"""``docs/scale.md``: from what was measured to a thousand decisions a second and beyond, by arithmetic alone.

Every number on the page is a measured one, a setting, or reckoned from those here; what was not measured is a dash.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from bench.clustering import busiest_of
from bench.made import CLUSTER
from bench.sides import ROOT
from bench.tables import CACHED_RUNS, by_size, middle, number, table
from cluster.rendering import CONNECTIONS, SHARDS
from settings import Settings

RATES: Final = (10, 100, 1_000, 5_000)
"""Decisions a second."""
DECISIONS: Final = 3
"""Of the request under load; what it costs to make and send it is divided among them."""
BUSY: Final = 0.6
"""What of a processor is planned with: beyond it, whoever comes waits for others most of the time."""
CALLS: Final = 3
"""Of a decision to each role of the engine: a message, and a task that is asked for and answered."""
WORKING_SECONDS: Final = 8 * 3600 * 250
"""Of a year in which people decide."""
PROCESSES: Final = ("api", "worker", "frontend", "history", "matching", "postgres")
ONE_PROCESSOR: Final = ("api", "worker")
"""A process of these, which are Python, uses one processor at most."""
DATABASES: Final = ("crm", "temporal", "temporal_visibility")
MOST_CONNECTIONS: Final = 300
"""Of both compose files."""

PAGE: Final = """# To a thousand decisions a second

Written by `make bench` from the figures of [performance.md](performance.md). **Nothing here was measured at such a rate**: it is what one decision costs, times how many there
are. A thousand a second are {year} million a year if people decide for eight hours on 250 days; a company of ten thousand people each of whom decides ten times a
day has {company:.1f} a second. So first: {first}

Milliseconds of processor time are those of the machine that is named below. Another one has others: `make bench ARGS='open cluster'` there writes this page anew.

## What a decision costs

{costs}

The embedded engine is one process on a SQLite file, for trying things out and for small companies; everything from here on is about a cluster on PostgreSQL. A decision there is a third of a
request of three approvals, and so has a third of its making and sending in it.

## What a rate takes

{takes}

*Processors* are those that are at work all the time; *to have* is what to buy for them at {busy:.0%} busy, where a process of API or worker uses one at most. *Log* is what
PostgreSQL writes to its write-ahead log, database by database, which is what a disk and a replica must take. A year has {seconds:,} seconds in which people decide.

## The first limits, in their order

What stops one of each, the lowest first; each is reckoned from the figure that is named, and is a rate of decisions.

{limits}

## What to buy

{buy}

In this order, and each only when its number says so:

1. **More APIs and workers.** They share nothing but the database and the engine; a second one is `WORKER_REPLICAS`, or
   `docker compose up --scale api=2`, and two are wanted in any case, so that one may die.
2. **PostgreSQL servers of their own**: the CRM's, the engine's, and that of its visibility, as in `deploy/docker-compose.two-of-each.yml`. Nothing is decided by what visibility has, so it may be the
   slowest; the engine's log wants the fastest disk, since every decision waits for it more than once.
3. **More histories**, then matchings and frontends. Shards are chosen once: {shards} of `make cluster` and the small compose file are enough for what one host does, the 512 of the larger one for dozens of histories.
4. **Another cluster or another company's namespace.** A company is a database and a namespace ([companies.md](companies.md)): two companies need not share anything. One company
   beyond one PostgreSQL server for its CRM is not provided for: its database is not divided. The engine's may be any store that Temporal has.

What does not grow with the rate is what waits: {waits}

## Where the figures come from

{sources}
"""


@dataclass(frozen=True)
class Known:
    """What was measured, for one decision; None: it was not.

    Attributes:
        processor: milliseconds by process of the cluster.
        log: bytes by database.
        waits: how often the log was waited for, by database, where many share a wait.
        alone: the same of the engine's own database, where nobody shares.
        flush: milliseconds of a flush of the disk.
        stored: bytes of a request's history in the engine.
        run: KiB of a waiting run in a worker's memory.
        calls: of the engine to its store.
        call: milliseconds of one, at half of what the machine does.
        small_writes: transactions a second with a NOTIFY after each, of 48 connections.
    """

    processor: Mapping[str, float | None]
    log: Mapping[str, float | None]
    waits: Mapping[str, float | None]
    alone: float | None
    flush: float | None
    stored: float | None
    run: float | None
    calls: float | None
    call: float | None
    small_writes: float | None


def page(scenarios: Mapping[str, Any]) -> str:
    """The whole page in Markdown."""
    known = read(scenarios)
    limits = sorted(_limits(known), key=lambda limit: limit[0])
    rows = [(what, f"{_rate(rate)}", reckoned, then) for rate, what, reckoned, then in limits]
    return PAGE.format(
        year=f"{1_000 * WORKING_SECONDS / 1e6:,.0f}",
        company=10_000 * 10 / (WORKING_SECONDS / 250),
        first=_first(scenarios),
        costs=_costs(scenarios, known),
        takes=_takes(known),
        busy=BUSY,
        seconds=WORKING_SECONDS,
        limits=table(("limit", "decisions a second", "reckoned from", "then"), rows) if rows else _NOT_MEASURED,
        buy=_buy(known),
        shards=SHARDS,
        waits=_waits(scenarios, known),
        sources=_sources(scenarios),
    )


_NOT_MEASURED = "Not measured yet: `make bench ARGS=cluster`."


def read(scenarios: Mapping[str, Any]) -> Known:
    """What a run of the benchmark knows of one decision."""
    found = _figures(scenarios, "cluster")
    side, load = (found["rounds"].get(CLUSTER.name, ()), busiest_of(found["rounds"])) if found else ((), "")

    def of_request(*path: str) -> float | None:
        return _third(middle(side, "loads", load, *path))

    flushes, milliseconds = (middle(side, "loads", load, "written", f"disk flush{end}") for end in ("es", " ms"))
    persistence = ("loads", load, "engine", "milliseconds", "persistence_latency", "all")
    calls, rate, seconds = (
        middle(side, *path)
        for path in ((*persistence, "count"), ("loads", load, "requests_per_second"), ("loads", load, "seconds"))
    )
    earlier = _figures(scenarios, "before").get("rounds", {}).get("product", ())
    notify = _figures(scenarios, "notify").get("rounds", {})
    return Known(
        processor={process: of_request("cpu", process) for process in PROCESSES},
        log={database: of_request("written", f"bytes {database}") for database in DATABASES},
        waits={database: of_request("written", f"fsyncs {database}") for database in DATABASES},
        alone=_third(middle(side, "loads", "1", "written", "fsyncs temporal")),
        flush=milliseconds / flushes if milliseconds and flushes else None,
        stored=middle(earlier, "history of a request, bytes"),
        run=middle(earlier, "worker for a waiting request, KiB"),
        calls=calls / (rate * seconds * DECISIONS) if calls and rate and seconds else None,
        call=middle(side, "loads", "half", *persistence[2:], "mean"),
        small_writes=middle(notify[max(notify, key=int)], "after") if notify else None,
    )


def _third(of_request: float | None) -> float | None:
    return None if of_request is None else of_request / DECISIONS


def _figures(scenarios: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return scenarios[name]["figures"] if name in scenarios else {}


def _first(scenarios: Mapping[str, Any]) -> str:
    rounds = _figures(scenarios, "throughput").get("rounds", {}).get("product", ())
    rate = middle(rounds, "requests_per_second", "50")
    if rate is None:
        return "measure what one machine does (`make bench ARGS=throughput`)."
    return f"the machine of two processors on which everything was measured, the load included, does {rate * DECISIONS:.0f} decisions a second with the embedded engine."


def _waits(scenarios: Mapping[str, Any], known: Known) -> str:
    """What requests cost that wait for somebody."""
    sizes = by_size(_figures(scenarios, "open").get("rounds", {}).get("product", ()))
    words = [
        "a request that nobody decides on costs rows, and a place in a worker's memory while it is among the last ones there."
    ]
    if known.run:
        words.append(f"Such a place is {known.run:.0f} KiB.")
    if sizes:
        most = max(sizes, key=int)
        memory = (
            f"{title} {number(middle(sizes[most], 'memory', process), 0)} MiB"
            for process, title in (("worker", "the worker"), ("temporal", "the engine"), ("postgres", "PostgreSQL"))
        )
        words.append(f"With {int(most):,} open requests {', '.join(memory)} were in use.")
    return " ".join(words)


def _costs(scenarios: Mapping[str, Any], known: Known) -> str:
    """Milliseconds of processor time of one decision, process by process."""
    sizes = by_size(_figures(scenarios, "open").get("rounds", {}).get("product", ()))
    rows: list[tuple[str, ...]] = [
        (
            f"embedded engine, one at a time, {int(size):,} requests open",
            *(number(middle(sizes[size], "cpu", process)) for process in ("api", "worker", "temporal", "postgres")),
        )
        for size in sorted(sizes, key=int)
    ]
    engine = [known.processor[role] for role in ("frontend", "history", "matching")]
    of_engine = None if None in engine else sum(value for value in engine if value is not None)
    of_cluster = (known.processor["api"], known.processor["worker"], of_engine, known.processor["postgres"])
    rows.append(("cluster at the limit of the machine, a third of a request", *map(number, of_cluster)))
    return table(("processor ms of a decision", "api", "worker", "engine", "PostgreSQL"), rows)


def _takes(known: Known) -> str:
    """What each rate takes, in columns."""
    rows: list[tuple[str, ...]] = []
    for process in PROCESSES:
        rows.append((f"processors: {_NAMES[process]}", *(number(_processors(known, process, rate)) for rate in RATES)))
    rows.append(("processors to have", *(number(_to_have(known, rate), 0) for rate in RATES)))
    for process in ONE_PROCESSOR:
        rows.append((f"processes: {_NAMES[process]}", *(_processes(known, process, rate) for rate in RATES)))
    for database in DATABASES:
        log, waits = known.log[database], known.waits[database]
        rows.append(
            (f"log MB a second: {database}", *(number(None if log is None else log * rate / 1e6) for rate in RATES))
        )
        rows.append(
            (
                f"waits for the log a second: {database}",
                *(number(None if waits is None else waits * rate, 0) for rate in RATES),
            )
        )
    a_year = [rate * WORKING_SECONDS * (known.stored or 0) / DECISIONS / 1e12 for rate in RATES]
    rows.append(
        ("history that is written in a year, TB", *(number(value if known.stored else None) for value in a_year))
    )
    return table(("decisions a second", *(f"{rate:,}" for rate in RATES)), rows)


_NAMES: Final[Mapping[str, str]] = {
    "api": "APIs",
    "worker": "workers",
    "frontend": "frontends",
    "history": "histories",
    "matching": "matchings",
    "postgres": "PostgreSQL, all three databases",
}


def _processors(known: Known, process: str, rate: float) -> float | None:
    milliseconds = known.processor[process]
    return None if milliseconds is None else milliseconds * rate / 1000


def _to_have(known: Known, rate: float) -> float | None:
    used = [_processors(known, process, rate) for process in PROCESSES]
    return None if None in used else math.ceil(sum(value for value in used if value is not None) / BUSY)


def _processes(known: Known, process: str, rate: float) -> str:
    used = _processors(known, process, rate)
    return "–" if used is None else f"{max(2, math.ceil(used / BUSY)):,}"


Limit = tuple[float, str, str, str]
"""Decisions a second, what stops there, how it is reckoned, and what is done then."""


def _limits(known: Known) -> Iterator[Limit]:
    for process, name, then in (("api", "API", "another API"), ("worker", "worker", "another worker")):
        milliseconds = known.processor[process]
        if milliseconds:
            yield 1000 / milliseconds, f"one {name}", f"one processor, {milliseconds:.1f} ms of it for a decision", then
    yield from _settings()
    if known.calls and known.call:
        rate = CONNECTIONS * 1000 / (known.calls * known.call)
        reckoned = f"{CONNECTIONS} connections, {known.calls:.1f} calls of {known.call:.1f} ms for a decision"
        yield (
            rate,
            "the engine's connections to its store, of one history",
            reckoned,
            "`SQL_MAX_CONNS`, another history",
        )
        for role, setting in (("history", _dynamic("history.persistenceMaxQPS")),):
            reckoned = f"`{role}.persistenceMaxQPS` {setting:,}, {known.calls:.1f} calls for a decision"
            yield (
                setting / known.calls,
                f"calls to the store of one {role}",
                reckoned,
                "the setting, if PostgreSQL has time left",
            )
    both = [known.processor[process] for process in ONE_PROCESSOR]
    if all(both):
        pool = int(Settings.model_fields["database_pool_size"].default) + 1
        used = sum(value for value in both if value is not None) / 1000 / BUSY
        reckoned = f"`POSTGRES_MAX_CONNECTIONS` {MOST_CONNECTIONS}, {pool} of each API and worker at {BUSY:.0%} busy"
        yield (
            MOST_CONNECTIONS / pool / used,
            "connections to one CRM database",
            reckoned,
            "the setting",
        )
    waits = known.alone
    if waits and known.flush:
        one = 1000 / (waits * known.flush)
        reckoned = (
            f"{SHARDS} shards, on each {waits:.1f} waits of {known.flush:.2f} ms for a decision, one after the other"
        )
        yield SHARDS * one, "the shards of a small cluster", reckoned, "512 from the beginning"
    if known.small_writes:
        reckoned = "small transactions with a NOTIFY after each, 48 connections, straight to PostgreSQL"
        yield (
            known.small_writes,
            "telling those who wait, on one CRM database",
            reckoned,
            "nothing: it is told together, and rarer",
        )
    postgres = known.processor["postgres"]
    if postgres:
        reckoned = f"32 processors at {BUSY:.0%}, {postgres:.1f} ms for a decision"
        yield (
            32 * BUSY * 1000 / postgres,
            "one large PostgreSQL server for all databases",
            reckoned,
            "one server for each database",
        )


def _settings() -> Iterator[Limit]:
    for role in ("frontend", "history", "matching"):
        setting = _dynamic(f"{role}.rps")
        yield (
            setting / CALLS,
            f"one {role}",
            f"`{role}.rps` {setting:,}, {CALLS} calls for a decision",
            f"the setting, or another {role}",
        )


def _dynamic(name: str) -> int:
    settings = yaml.safe_load((ROOT / "deploy" / "temporal" / "dynamic-config.yaml").read_text())
    return int(settings[name][0]["value"])


def _buy(known: Known) -> str:
    """Hosts and disks for each rate."""
    pool = int(Settings.model_fields["database_pool_size"].default)
    rows = []
    for rate in RATES:
        apis, workers = (_processes(known, process, rate) for process in ONE_PROCESSOR)
        log = [value for value in known.log.values() if value is not None]
        many = 0 if "–" in (apis, workers) else int(apis.replace(",", "")) + int(workers.replace(",", ""))
        rows.append(
            (
                f"{rate:,}",
                number(_to_have(known, rate), 0),
                f"{apis} / {workers}",
                f"{many * pool:,}" if many else "–",
                number(_cache(known, workers), 1),
                number(sum(log) * rate / 1e6 if len(log) == len(DATABASES) else None),
                number(known.flush, 2),
            )
        )
    head = (
        "decisions a second", "processors to have", "APIs / workers", "connections to the CRM", f"GiB for {CACHED_RUNS:,} runs in each worker",
        "MB a second to disk", "ms of a flush, as measured",
    )  # fmt: skip
    return table(head, rows)


def _cache(known: Known, workers: str) -> float | None:
    if known.run is None or workers == "–":
        return None
    return int(workers.replace(",", "")) * CACHED_RUNS * known.run / 2**20


def _rate(rate: float) -> str:
    """Two digits that count."""
    digits = max(0, int(math.log10(rate)) - 1)
    return f"{round(rate / 10**digits) * 10**digits:,}"


def _sources(scenarios: Mapping[str, Any]) -> str:
    used = {
        "throughput": "what one machine does",
        "open": "processor time of single decisions with the embedded engine",
        "cluster": "processor time, log, waits, and the engine's calls to its store",
        "before": "bytes of a history, memory of a run",
        "notify": "small transactions",
    }
    rows = []
    for name, what in used.items():
        scenario = scenarios.get(name)
        if scenario is None:
            rows.append((what, "not measured yet", f"`make bench ARGS={name}`"))
        else:
            where = scenario["machine"]
            beside = f"; beside it ran {where['beside']}" if where.get("beside") else ""
            rows.append(
                (
                    what,
                    f"{scenario['begun']}, {where['cores']} processors ({where['processor']}){beside}",
                    f"`{scenario['command']}`",
                )
            )
    return table(("what", "when and where", "by"), rows)
