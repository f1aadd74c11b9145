"""The sections of the report: what each scenario found, as tables and words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from bench import clustering, extending, form, reconciling
from bench.picture import TITLES
from bench.tables import CACHED_RUNS, Rows, middle, number, spread, table


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
            *(number(middle(rounds[name], "requests_per_second", load)) for name in rounds),
            *(spread(ratios[name][f"throughput at {load}"]) for name in ratios if name != "plain"),
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
            *(number(middle(side, "cpu", load, process)) for process in processes),
            number(_cpu_sum(side, load)),
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
    half = middle(rounds["product"], "half_rate")
    parts.append(
        f"*half*: an open loop at {number(half)} requests a second, half of what this system sustained at {loads[-1]}"
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
            if middle(side, "milliseconds", load, "decision", "p50") is None:
                continue
            percents = (number(middle(side, "milliseconds", load, "decision", p)) for p in ("p50", "p95", "p99"))
            compared = [ratios[other].get(f"decision {p} at {load}") for other in others for p in ("p50", "p99")]
            to_others = [spread(found) if found and name == "product" else "" for found in compared]
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
                    number(middle(rounds, "starts_per_second")),
                    number(middle(rounds, "decision", "p50")),
                    number(middle(rounds, "decision", "p99")),
                    number(middle(rounds, "cold_start_seconds")),
                    *(number(middle(rounds, "memory", process), 0) for process in processes),
                    " / ".join(number(middle(rounds, "cpu", process)) for process in processes),
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
                " / ".join(number(middle(found["rounds"], side, percent)) for percent in ("p50", "p99"))
                for side in ("small", "large")
            ),
            spread(found["p50"]),
            spread(found["p99"]),
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
    pages = _beside_the_inbox(figures, most)
    return "\n\n".join((title, table(head, body), *pages, words, *_indexes(figures.get("indexes", {}), most)))


def _beside_the_inbox(figures: Mapping[str, Any], requests: int) -> Iterator[str]:
    """Tables of the pages that are measured beside the inbox."""
    for page, title in (("start", "start page"), ("overview", "overview")):
        if found := figures.get(page):
            head = (f"with {requests:,} requests", f"{title}, p50 ms", "page of the inbox, p50 ms", "ratio")
            yield table(
                head,
                [
                    (person, number(one[page]), number(one["inbox"]), spread(one["ratio"]))
                    for person, one in found.items()
                ],
            )


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
            number(one["mebibytes"], 0),
            spread(one["write"]),
            spread(one["wal"]),
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
                " / ".join(number(middle(found["rounds"], what, percent)) for percent in ("p50", "p95", "p99"))
                for what in ("page", "first", "calls")
            ),
            spread(found["ratios"]["first"]),
            spread(found["ratios"]["calls"]),
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
            number(middle(rounds, "in_flight"), 0),
            f"{number(middle(rounds, 'seconds'))} ({min(one['seconds'] for one in rounds)}–"
            f"{max(one['seconds'] for one in rounds)})",
            number(middle(rounds, "worker_start_seconds")),
            sum(one["missing"] for one in rounds),
            sum(one["twice"] for one in rounds),
        )
        for name, rounds in figures["rounds"].items()
    ]
    words = f"Time to floor: {spread(figures['ratio'])}. A task that died with its worker is given out again after 5 s."
    title = f"## Recovery: the worker killed with {figures['in_flight']:,} decisions under way"
    return "\n\n".join((title, table(head, body), words))


def _counts(figures: Mapping[str, Any]) -> str:
    names = list(dict.fromkeys(name for side in figures.values() for name in side))
    body = [(name, *(number(side.get(name)) for side in figures.values())) for name in names]
    head = ("for one request", *(TITLES[side] for side in figures))
    return "\n\n".join(("## Counts", table(head, body)))


def _before(figures: Mapping[str, Any]) -> str:
    then, now = (figures["rounds"][side] for side in ("before", "product"))
    body = [
        (name, *(_short(middle(side, name)) for side in (then, now)), spread(found))
        for name, found in figures["ratios"].items()
    ]
    commit = figures["commit"]
    words = [
        f"The product of {commit} beside today's; rounds: {len(now)}. *throughput* is whole requests a second, three approvals"
        " each, and *at* the number of clients of a closed loop. *for a waiting request* is what the worker's memory grows by."
        " Of a throughput more is better, of everything else less. Nobody is told of anything; what that costs is under *Notices*."
    ]
    if figures["packages"]:
        others = ", ".join(f"{name} {was} (today {is_now})" for name, (was, is_now) in figures["packages"].items())
        words.append(f"{commit} is locked to other packages than it was given, which were today's: {others}.")
    head = ("", commit, "today", "today to before")
    return "\n\n".join(("## Before and after", table(head, body), *words))


def _short(value: float | None) -> str:
    return number(value, 0 if value and value >= 1_000 else 1)


def _notify(figures: Mapping[str, Any]) -> str:
    body = [
        (
            connections,
            *(number(middle(rounds, way), 0) for way in ("none", "inside", "after")),
            *(spread(figures["ratios"][connections][way]) for way in ("inside", "after")),
        )
        for connections, rounds in figures["rounds"].items()
    ]
    head = ("connections", "no NOTIFY", "in the transaction", "after it", "in it to none", "after it to none")
    words = (
        "Each write is one row in a transaction of its own; one process makes them all, another connection listens. A"
        " transaction with a NOTIFY commits alone: it holds a lock of the whole server until its commit is on the disk, and"
        " without that lock one turn of the disk serves many commits. A NOTIFY after the commit has the lock as well and"
        " waits for no disk."
    )
    title = "## NOTIFY: small writes a second, straight to PostgreSQL"
    return "\n\n".join((title, table(head, body), words))


def _crowd(figures: Mapping[str, Any]) -> str:
    rounds = figures["rounds"]
    latest = rounds["product"]

    def row(side: str, crowd: str) -> tuple[object, ...]:
        found = [number(middle(rounds[side], crowd, when, what, percent)) for what, when, percent in _CROWD]
        failed = number(middle(rounds[side], crowd, "beside", "failed"), 0)
        return (crowd, f"commit {figures['commit']}" if side == "before" else TITLES[side], *found, failed)

    crowds = [name for name in latest[0] if name != "refused"]
    body = [row(side, crowd) for crowd in crowds for side in rounds]
    head = ("what one does", "side", *(f"{what} {when}, {percent}" for what, when, percent in _CROWD), "failed beside")
    refused = ", ".join(
        f"{number(middle(found, 'refused', 'kilobytes'), 0)} kB in {number(middle(found, 'refused', 'milliseconds'), 0)} ms"
        f" ({'before' if side == 'before' else 'now'})"
        for side, found in rounds.items()
    )
    words = (
        "Milliseconds of others' decisions and reads, one by one: *alone*, and *beside* what one user does at that time, for as"
        f" long as the others take. The page of a request on which one user was refused 1,100 times: {refused}."
    )
    return "\n\n".join(("## One user against everybody", table(head, body), words))


_CROWD = tuple(
    (what, when, percent) for what in ("decision", "read") for when in ("alone", "beside") for percent in ("p50", "p99")
)


def _processes(figures: Mapping[str, Any]) -> str:
    votes, inbox, deadlines = figures["votes"], figures["inbox"], figures["deadlines"]
    head = ("what", "p50 ms", "p99 ms", "p50 to the first")
    body: list[tuple[object, ...]] = []
    for name in votes["rounds"][0]:
        compared = spread(votes["ratios"][name]) if name in votes["ratios"] else ""
        latency = [number(middle(votes["rounds"], name, percent)) for percent in ("p50", "p99")]
        body.append((f"decision, approvers of the step: {name}", *latency, compared))
    ratio_of = {"of twenty more": inbox["ratios"]["inbox"], "list of twenty more": inbox["ratios"]["list"]}
    for name in inbox["rounds"][0]:
        compared = spread(ratio_of[name]) if name in ratio_of else ""
        latency = [number(middle(inbox["rounds"], name, percent)) for percent in ("p50", "p99")]
        body.append(
            (f"{'list' if 'list' in name else 'inbox'} at {inbox['requests']:,} requests: {name}", *latency, compared)
        )
    for name in ("usual", "beside"):
        latency = [number(deadlines[name][percent]) for percent in ("p50", "p99")]
        body.append((f"decisions, {name} {deadlines['deadlines']:,} deadlines", *latency, ""))
    words = (
        f"{deadlines['deadlines']:,} reminders that are due at one moment were sent within {deadlines['seconds']:.0f} s, each once"
        f" ({deadlines['too_many']} too many), while others decided one after the other. *Own* is the inbox, or the list of requests, of"
        " somebody with 200 open places; *of twenty more* the same with 20 people whose substitute they are, each with as many."
    )
    return "\n\n".join(("## Processes: many people, many deadlines", table(head, body), words))


def _notices(figures: Mapping[str, Any]) -> str:
    rounds, backlog = figures["rounds"], figures["backlog"]
    names = {"quiet": "nobody is told", "told": "everybody is told"}
    body = [
        (names[name], *(number(middle(rounds, name, percent)) for percent in ("p50", "p95", "p99"))) for name in names
    ]
    first, last = backlog["worker_mib"]
    words = (
        "Decisions one after the other, with the bell, a mail server, a webhook and a chat that take everything, and with the workflow"
        f" that tells kept from running. {backlog['events']:,} events that waited were told on"
        f" at {backlog['told_per_second']:,} a second, and had gone out on both endpoints ({backlog['deliveries']:,} deliveries)"
        f" at {backlog['drained_per_second']:,} a second, with {backlog['mails']:,} mails besides, by one worker, whose memory went from"
        f" {first:,} to {last:,} MiB."
    )
    return "\n\n".join(("## Notices", table(("decision", "p50 ms", "p95 ms", "p99 ms"), body), words))


def _connectors(figures: Mapping[str, Any]) -> str:
    first, memory = figures["first"], figures["first"]["worker_mib"]
    words = (
        f"A stand-in for AMIS CRM with {figures['orders']:,} orders of {figures['lines']} lines, a process of its own on the same machine."
        f" {figures['taken']:,} orders were taken in within {number(first['seconds'])} s, {number(first['per_second'])} a second, with"
        f" {first['calls']:,} calls, by one worker, whose memory was {number(memory['before'])} MiB before,"
        f" {number(memory['first half'])} at most in the first half and {number(memory['second half'])} in the second. A pass that"
        f" found nothing new made {figures['idle']['calls']:,} calls."
    )
    return "\n\n".join(("## Connectors", words))


def _soak(figures: Mapping[str, Any]) -> str:
    rounds, ratios, together = figures["rounds"], figures["ratios"], figures["together"]
    body = [
        (
            kind,
            *(" / ".join(number(middle(rounds, phase, kind, p)) for p in ("p50", "p95", "p99")) for phase in PHASES),
            *(spread(found[percent]) for percent in ("p50", "p99")),
            f"{together[kind]['ratio']:.2f}" if kind in together else "",
            *(number(middle(rounds, phase, kind, "count"), 0) for phase in PHASES),
        )
        for kind, found in ratios.items()
    ]
    head = (
        "others' calls", "without: p50 / p95 / p99 ms", "with: p50 / p95 / p99 ms", "p50 with to without",
        "p99 with to without", "the same of all rounds' calls", "calls without", "calls with",
    )  # fmt: skip
    answers = rounds[-1]["answers"]
    got = ", ".join(f"{what}: {count:,}" for what, count in sorted(answers.items()))
    words = (
        f"Fifty people at work, in {len(rounds)} rounds of a phase without the abuser and one with,"
        f" {figures['seconds']:g} s each, on the same processes. The abuser, a process of its own beside them, has 200 streams of"
        " events and 200 unfinished requests open, and sends 40 edits of one request at once, 30 lists at once, approvals of"
        f" an own request, and bodies of nearly a megabyte, again and again. In the last round it was answered: {got}."
    )
    failures = sum(sum(phase.values()) for one in rounds for phase in one["failures"].values())
    told = f"Calls of others that were answered otherwise than they should: {failures:,}."
    memory = table(
        ("process", "MiB at first", "mean", "at last", "most", "growth in ten minutes", "of what is kept"),
        [
            (
                name,
                *(number(one[what]) for what in ("first", "mean", "last", "most")),
                *(f"{one[what]:+.2f} %" for what in ("growth", "kept")),
            )
            for name, one in figures["memory"].items()
        ],
    )
    title = "## Soak: many at work, and one who takes all"
    return "\n\n".join((title, table(head, body), words, told, MEMORY, memory))


PHASES = ("without", "with")
MEMORY = (
    "Memory after the warm-up, with caches so small that it has filled them (of database, engine and worker), so that growth is a leak. *Growth* is"
    " that of the line that fits best; *of what is kept* that of the least that a process comes down to, from the first half of the time to the"
    " second: garbage that is collected only now and then goes up and down like a saw."
)


def _matrix(figures: Mapping[str, Any]) -> str:
    rounds = figures["rounds"]
    body = [
        (
            f"{size:,}",
            *(
                " / ".join(number(middle(rounds, f"{size} {policy}", "asked", p), 2) for p in ("p50", "p99"))
                for policy in ("first", "collected")
            ),
            number(middle(rounds, f"{size} first", "check"), 0),
        )
        for size in figures["sizes"]
    ]
    head = ("rows", "first row wins: p50 / p99 ms", "all are collected: p50 / p99 ms", "check a file, ms")
    words = (
        f"One request of {figures['lines']} lines that only the last row is for, and the nearest row besides; rules alone,"
        " no database. A file is checked when it is imported and when it is published, beside the event loop."
    )
    return "\n\n".join(("## The approval matrix", table(head, body), words))


SECTIONS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "throughput": _throughput,
    "open": _open,
    "growth": _growth,
    "pages": _pages,
    "form": form.section,
    "recovery": _recovery,
    "counts": _counts,
    "matrix": _matrix,
    "notify": _notify,
    "crowd": _crowd,
    "processes": _processes,
    "notices": _notices,
    "connectors": _connectors,
    "reconciler": reconciling.section,
    "extras": extending.section,
    "before": _before,
    "soak": _soak,
    "cluster": clustering.section,
}
