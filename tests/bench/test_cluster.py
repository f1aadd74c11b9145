"""The cluster beside the embedded engine: what is measured of it, and what the report makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import asyncpg
import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from bench import clustering, counters, scaling, scraped
from bench.__main__ import main
from bench.made import CLUSTER, EMBEDDED, PARTS, RELAXED, TWO_OF_EACH
from bench.parts import PARTS as OF_A_DECISION
from bench.parts import Decision, cut_up, shares
from cluster.configuration import ClusterConfiguration
from cluster.programs import Programs
from embedded.configuration import ConfigurationError
from tests.eventually import eventually

SIGNALED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
STARTED = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED


def event(kind: EventType.ValueType, second: float) -> HistoryEvent:
    made = HistoryEvent(event_type=kind)
    made.event_time.FromNanoseconds(int(second * 1e9))
    return made


def test_a_decision_is_cut_where_the_engine_has_it_and_where_a_worker_begins() -> None:
    history = [
        event(STARTED, 9.0),
        event(SIGNALED, 9.5),
        event(STARTED, 9.6),
        event(SIGNALED, 10.5),
        event(STARTED, 10.75),
    ]
    assert cut_up(Decision("r", 10.0, 11.0), history) == (500.0, 250.0, 250.0)
    assert cut_up(Decision("r", 9.25, 9.75), history) == pytest.approx((250.0, 100.0, 150.0))


@pytest.mark.parametrize(
    "history", [[], [event(SIGNALED, 12.0)], [event(SIGNALED, 10.5)], [event(SIGNALED, 10.5), event(STARTED, 12.0)]]
)
def test_a_decision_that_the_engine_shows_nothing_of_is_left_out(history: list[HistoryEvent]) -> None:
    assert cut_up(Decision("r", 10.0, 11.0), history) is None


def test_the_slowest_decisions_are_told_by_themselves() -> None:
    usual, slow = (10.0, 10.0, 10.0), (10.0, 100.0, 90.0)
    found = shares([usual] * 19 + [slow])
    assert found["slowest"] == dict(zip(OF_A_DECISION, (0.05, 0.5, 0.45), strict=True))
    assert found["parts"][OF_A_DECISION[1]]["p50"] == 10.0
    assert found["all"]["p99"] == 200.0
    assert shares([])["all"]["count"] == 0


def test_sessions_of_a_database_are_added_up_and_one_that_is_new_began_at_nothing() -> None:
    before = {"bytes crm 10": 100.0, "bytes crm 11": 5.0, "commits crm": 7.0, "disk flushes": 3.0}
    after = {"bytes crm 10": 150.0, "bytes crm 12": 20.0, "commits crm": 9.0, "disk flushes": 4.0}
    assert counters.growth(before, after) == {"bytes crm": 70.0, "commits crm": 2.0, "disk flushes": 1.0}


async def test_what_a_database_writes_is_told_from_what_others_write(database_url: str, tmp_path: Path) -> None:
    watching, writing = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    name = await watching.fetchval("SELECT current_database()")
    try:
        await writing.execute("CREATE TABLE written (what text)")
        before = await counters.read(watching, tmp_path)
        for _ in range(5):
            await writing.execute("INSERT INTO written SELECT repeat('x', 1000) FROM generate_series(1, 100)")

        async def told() -> bool:
            await writing.execute("SELECT pg_stat_force_next_flush()")
            grown = counters.growth(before, await counters.read(watching, tmp_path))
            return grown[f"bytes {name}"] > 500_000 and grown[f"commits {name}"] >= 5

        await eventually(told)
        assert counters.growth(before, await counters.read(watching, tmp_path))["bytes postgres"] > 500_000
    finally:
        await writing.close()
        await watching.close()


async def test_a_session_that_waits_for_a_lock_and_one_that_holds_it_are_seen(database_url: str) -> None:
    watching, holding, waiting = [await asyncpg.connect(database_url) for _ in range(3)]
    name = await watching.fetchval("SELECT current_database()")
    try:
        async with counters.sampled(watching) as seen, holding.transaction():
            await holding.execute("SELECT pg_advisory_xact_lock(4711)")
            blocked = asyncio.create_task(waiting.execute("SELECT pg_advisory_lock(4711)"))

            async def both() -> bool:
                return {f"{name}: Lock advisory", f"{name}: its client, within a transaction"} <= set(seen)

            await eventually(both)
        await blocked
    finally:
        for connection in (watching, holding, waiting):
            await connection.close()


@contextmanager
def told(text: str) -> Iterator[int]:
    """The port of a server that says this of itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def samples(count: int, busy: int) -> str:
    return f"""# HELP persistence_latency how long
persistence_latency_bucket{{operation="A",le="0.01"}} {count}
persistence_latency_bucket{{operation="A",le="0.1"}} {count * 2}
persistence_latency_bucket{{operation="A",le="+Inf"}} {count * 2}
persistence_latency_sum{{operation="A"}} {count * 0.04}
persistence_latency_count{{operation="A"}} {count * 2}
service_errors_resource_exhausted{{operation="Poll",resource_exhausted_cause="BusyWorkflow",namespace="default"}} {busy}
go_memstats_alloc_bytes 17
"""


def test_what_processes_say_of_themselves_is_added_up_and_told_since_when() -> None:
    with told(samples(100, 1)) as one, told(samples(50, 0)) as other:
        before = scraped.scrape([one, other])
    with told(samples(300, 6)) as one, told(samples(50, 0)) as other:
        after = scraped.scrape([one, other])
    found = scraped.milliseconds(before, after, "persistence_latency")["all"]
    assert found == {"count": 400, "mean": 20.0, "p50": 10.0, "p99": 100.0}
    assert scraped.milliseconds(before, after, "persistence_latency", "operation").keys() == {"A"}
    assert scraped.trouble(before, after) == {"service_errors_resource_exhausted Poll BusyWorkflow": 5}


def test_every_process_of_both_counts_to_something() -> None:
    configuration = ClusterConfiguration.from_environment(
        {**dict.fromkeys(("API_PORT", "TEMPORAL_PORT"), "0"), "NODES": "2"}
    )
    files = [member.file for member in configuration.members]
    files += ["api-1", "worker-1", "balancer", "mailbox", "temporal-ui", "temporal", "worker", "api"]
    found = {file: next(part for start, part in PARTS.items() if file.startswith(start)) for file in files}
    assert found["temporal-worker-2"] == "engine's worker"
    assert found["temporal"] == "engine"
    assert found["worker-1"] == found["worker"] == "worker"


def test_without_go_it_says_so_and_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Programs) -> None:
        raise ConfigurationError("make cluster builds Temporal's server once, and needs Go")

    monkeypatch.setattr(Programs, "check", refuse)
    monkeypatch.setattr("sys.argv", ["bench", "cluster"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "needs Go" in capsys.readouterr().err


def _load(rate: float, p99: float, processor: float) -> dict[str, Any]:
    times = {"p50": p99 / 2, "p95": p99, "p99": p99, "count": 600}
    return {
        "requests_per_second": rate,
        "seconds": 10.0,
        "milliseconds": {"start": times, "decision": times},
        "cpu": {"api": processor, "worker": processor, "history": processor, "frontend": 3.0, "matching": 3.0, "postgres": 9.0, "client": 50.0},
        "written": {
            "disk flushes": 6.0, "disk flush ms": 3.0, "disk bytes": 90_000.0, "fsyncs postgres": 9.0,
            "fsyncs temporal": 6.0, "bytes temporal": 30_000.0, "commits temporal": 12.0,
        },
        "waits": {"temporal: IO WalSync": 30, "temporal: its client, within a transaction": 70},
        "engine": {
            "milliseconds": {
                "persistence_latency": {"all": {"count": 6000.0, "mean": 2.0, "p50": 2.0, "p99": 50.0}},
                "service_latency": {"SignalWorkflowExecution": {"count": 300.0, "mean": 9.0, "p50": 10.0, "p99": 200.0}},
            },
            "trouble": {"task_errors_workflow_busy": 12},
        },
        "decision": shares([(p99 / 4, p99 / 4, p99 / 2)]),
    }  # fmt: skip


def _figures(**sides: list[dict[str, Any]]) -> dict[str, Any]:
    rounds = {
        name: [{"loads": {"1": one, "50": one, "half": one}, "half_rate": 5.0} for one in loads]
        for name, loads in sides.items()
    }
    ratio = {"median": 3.0, "low": 2.9, "high": 3.1}
    ratios = {
        name: {"50": {"throughput": ratio, "decision p50": ratio, "decision p99": ratio}}
        for name in rounds
        if name != EMBEDDED.name
    }
    return {"rounds": rounds, "ratios": ratios, "half_rate": 5.0, "failed": []}


BOTH = _figures(
    **{
        EMBEDDED.name: [_load(20.0, 700.0, 20.0)],
        CLUSTER.name: [_load(10.0, 2100.0, 30.0)],
        RELAXED: [_load(12.0, 1400.0, 30.0)],
    }
)


def test_the_cluster_stands_beside_the_embedded_engine() -> None:
    text = clustering.section(BOTH)
    assert (
        "| 50 | cluster | 10.0 | 3.00 (2.90–3.10) | 1,050.0 | 3.00 (2.90–3.10) | 2,100.0 | 3.00 (2.90–3.10) | 1 |"
        in text
    )
    assert "| log waits, temporal | 6.0 | 6.0 | 6.0 |" in text
    assert "| log kB, crm | – | – | – |" in text
    assert "| milliseconds of a flush | 0.50 | 0.50 | 0.50 |" in text
    assert "p99 is 3.00 × the embedded engine's, its p50 3.00 ×" in text
    assert f"the one *{OF_A_DECISION[2]}* grows the most, by 700 ms" in text
    assert f"stay within 200 ms, where *{OF_A_DECISION[0]}* takes 525 ms" in text
    assert "waits for no disk it is 2.00 ×" in text
    assert "its client, within a transaction 70%, IO WalSync 30%" in text
    assert "task_errors_workflow_busy 12" in text


def test_a_side_that_failed_is_said_to_and_leaves_the_others() -> None:
    alone = {
        **_figures(**{EMBEDDED.name: [_load(20.0, 700.0, 20.0)]}),
        "failed": [f"{TWO_OF_EACH.title}, round 1: it did not start"],
    }
    text = clustering.section(alone)
    assert "It failed: cluster, two of each, round 1: it did not start." in text
    assert "| 50 | embedded engine | 20.0 |" in text


def _scenario(figures: dict[str, Any]) -> dict[str, Any]:
    machine = {"cores": 2, "processor": "x", "memory_gib": 8, "load_average": 0.1}
    return {
        "begun": "2026-11-29 08:00 UTC",
        "command": "make bench ARGS='cluster'",
        "machine": machine,
        "figures": figures,
    }


def test_a_thousand_decisions_are_a_thousand_times_one() -> None:
    page = scaling.page({"cluster": _scenario(BOTH)})
    # 30 ms of a request of three decisions: 10 ms of each.
    assert "| processors: APIs | 0.1 | 1.0 | 10.0 | 50.0 |" in page
    assert "| processes: APIs | 2 | 2 | 17 | 84 |" in page
    assert "| log MB a second: temporal | 0.1 | 1.0 | 10.0 | 50.0 |" in page
    assert "| one API | 100 | one processor, 10.0 ms of it for a decision |" in page
    # 6,000 calls in 10 seconds of 10 requests of three: 20 of each decision, 2 ms each, on 20 connections.
    assert "| the engine's connections to its store, of one history | 500 |" in page
    # 9,000 calls a second, 20 of each.
    assert "| calls to the store of one history | 450 |" in page
    # 300 connections, 11 of each process; 20 ms of API and worker together are a thirtieth of a process at 60 %.
    assert "| connections to one CRM database | 820 |" in page
    # Two waits of half a millisecond on each of 128 shards.
    assert "| the shards of a small cluster | 130,000 |" in page
    assert "| 1,000 | 59 | 17 / 17 | 340 |" in page


def test_limits_stand_in_their_order() -> None:
    page = scaling.page({"cluster": _scenario(BOTH)})
    limits = page[page.index("## The first limits") : page.index("## What to buy")]
    rates = [
        int(line.split("|")[2].replace(",", ""))
        for line in limits.splitlines()
        if line.startswith("| ") and "decisions a second" not in line
    ]
    assert len(rates) > 5
    assert rates == sorted(rates)


def test_what_was_not_measured_is_a_dash_and_its_command_is_named() -> None:
    page = scaling.page({})
    assert "| processors: APIs | – | – | – | – |" in page
    assert "not measured yet | `make bench ARGS=cluster` |" in page
