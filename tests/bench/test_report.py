"""The report is made from the JSON alone: what is in it appears, and an aim that is missed is called so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.picture import draw
from bench.report import keep, load, render
from bench.tables import table


def _round(rate: float, p99: float) -> dict[str, Any]:
    latency = {"p50": p99 / 2, "p95": p99, "p99": p99, "count": 10}
    return {
        "requests_per_second": {"1": rate / 4, "50": rate},
        "milliseconds": {load: {"start": latency, "decision": latency} for load in ("1", "50", "half")},
        "cpu": {load: {"worker": 5.0, "temporal": 17.0, "client": 3.0} for load in ("1", "50", "half")},
        "half_rate": rate / 2,
    }


def _results(throughput_ratio: float) -> dict[str, Any]:
    found = {"median": throughput_ratio, "low": throughput_ratio, "high": throughput_ratio}
    slow = {"median": 1.0, "low": 1.0, "high": 1.0}
    keys = [f"decision {percent} at {load}" for percent in ("p50", "p99") for load in ("1", "50", "half")]
    ratios = {"throughput at 1": slow, "throughput at 50": found, **dict.fromkeys(keys, slow)}
    return {
        "day": "2026-11-24",
        "scenarios": {
            "throughput": {
                "begun": "2026-11-24 09:00 UTC",
                "command": "make bench ARGS='throughput'",
                "machine": {"cores": 2, "processor": "x", "memory_gib": 8, "load_average": 0.1},
                "versions": {"Python": "3.11"},
                "figures": {
                    "rounds": {"product": [_round(40, 20)] * 3, "floor": [_round(50, 20)] * 3},
                    "ratios": {"floor": ratios},
                    "missing": {"dbos": "it cannot be installed"},
                },
            }
        },
    }


def _only(scenario: str, figures: dict[str, Any]) -> dict[str, Any]:
    """Results with nothing but this scenario."""
    results = _results(1)
    return {**results, "scenarios": {scenario: {**results["scenarios"]["throughput"], "figures": figures}}}


def test_figures_come_with_their_command_versions_and_date() -> None:
    page = render(_results(0.8), file="bench/results/2026-11-24.json", picture="p.svg")

    assert "| 50 | 40.0 | 50.0 | 0.80 (0.80–0.80) |" in page
    assert "make bench ARGS='throughput'" in page
    assert "2026-11-24 09:00 UTC" in page
    assert "Python 3.11" in page
    assert "Not measured: DBOS. it cannot be installed" in page


def test_what_was_measured_on_another_day_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.report.RESULTS", tmp_path)
    for day, name in ((23, "throughput"), (24, "growth")):
        keep(name, {"day": day}, begun=datetime(2026, 11, day, tzinfo=UTC), where={}, mode="usual")
    keep("throughput", {"day": 24}, begun=datetime(2026, 11, 24, tzinfo=UTC), where={}, mode="quick")

    results = load("usual")
    assert results["day"] == "2026-11-24"
    assert {name: one["figures"]["day"] for name, one in results["scenarios"].items()} == {
        "throughput": 23,
        "growth": 24,
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-11-23.json", "2026-11-24.json", "quick.json"]


def test_an_aim_is_met_or_said_to_be_missed() -> None:
    met = render(_results(0.8), file="f", picture="p")
    missed = render(_results(0.79), file="f", picture="p")

    assert "throughput at 50 ≥ 0.8 × floor | 0.80 (0.80–0.80) | met" in met
    assert "throughput at 50 ≥ 0.8 × floor | 0.79 (0.79–0.79) | **missed**" in missed


def _pages(inbox: float) -> dict[str, Any]:
    def measured(to_calls: float, *calls: str) -> dict[str, Any]:
        measured_round = {
            "page": {"p50": 3.0, "p95": 4.0, "p99": 9.0, "count": 300},
            "first": {"p50": 2.0, "p95": 2.5, "p99": 3.0, "count": 300},
            "calls": {"p50": 4.0, "p95": 5.0, "p99": 6.0, "count": 300},
        }
        to_first = {"median": 1.6, "low": 1.5, "high": 1.7}
        ratios = {"first": to_first, "calls": {"median": to_calls, "low": to_calls - 0.1, "high": to_calls + 0.1}}
        return {"calls": calls, "rounds": [measured_round] * 3, "ratios": ratios}

    request = measured(0.8, "/purchase-requests/019a0d62-a0a7-775d-a999-57970ce624b9/timeline", "/me")
    figures = {"request": request, "inbox": measured(inbox, "/inbox")}
    return _only("pages", figures)


def test_a_page_stands_beside_the_calls_that_give_the_same() -> None:
    page = render(_pages(0.9), file="f", picture="p")

    assert (
        "| request | 3.0 / 4.0 / 9.0 | 2.0 / 2.5 / 3.0 | 4.0 / 5.0 / 6.0 | 1.60 (1.50–1.70) | 0.80 (0.70–0.90) |"
        in page
    )
    assert "`/purchase-requests/{id}/timeline`, `/me` |" in page
    assert "300 times in each of 3 rounds" in page


def test_the_slowest_page_beside_its_calls_decides_whether_pages_are_as_fast() -> None:
    assert "(p95, worst) | 0.90 (0.80–1.00) (inbox) | met" in render(_pages(0.9), file="f", picture="p")
    assert "(p95, worst) | 1.10 (1.00–1.20) (inbox) | **missed**" in render(_pages(1.1), file="f", picture="p")


def test_a_table_aligns_its_numbers() -> None:
    assert table(("a", "b"), [("x", 1)]) == "| a | b |\n|---|---:|\n| x | 1 |"


def test_the_load_clients_processor_time_is_told_and_not_counted() -> None:
    page = render(_results(0.8), file="f", picture="p")

    assert "| load | side | client | temporal | worker | all |" in page
    assert "| 50 | this system | 3.0 | 17.0 | 5.0 | 22.0 |" in page


def test_all_numbers_of_clients_stand_in_one_row_beside_another_engine() -> None:
    results = _results(0.8)
    ratios = results["scenarios"]["throughput"]["figures"]["ratios"]
    results["scenarios"]["throughput"]["figures"]["rounds"]["dbos"] = [_round(30, 30)] * 3
    for clients, throughput, latency in (("1", 0.6, 1.3), ("50", 1.1, 0.5)):
        ratios.setdefault("dbos", {})[f"throughput at {clients}"] = {"median": throughput, "low": 0.5, "high": 1.2}
        for percent in ("p50", "p99"):
            ratios["dbos"][f"decision {percent} at {clients}"] = {"median": latency, "low": latency, "high": latency}
    page = render(results, file="f", picture="p")

    assert "| throughput at 1 / 50 ahead of DBOS | 0.60 / 1.10 | **missed**" in page
    assert "| decision p99 at 1 / 50 ahead of DBOS | 1.30 / 0.50 | **missed**" in page
    assert "| 50 | this system | 10.0 | 20.0 | 20.0 | 1.00 (1.00–1.00) | 1.00 (1.00–1.00) | 0.50 (0.50–0.50) |" in page


def _open(*decisions: float) -> dict[str, Any]:
    """Rounds of this system, each with a decision time at 100 and 1,000; DBOS reached 100 only."""

    def measured(p50: float, cold_start: float, **memory: float) -> dict[str, Any]:
        return {
            "starts_per_second": 50.0,
            "memory": memory,
            "decision": {"p50": p50, "p95": p50, "p99": p50, "count": 100},
            "cpu": dict.fromkeys(memory, 2.5),
            "cold_start_seconds": cold_start,
        }

    ours = [
        {size: measured(p50, 4.0, worker=100.0, api=100.0, temporal=300.0) for size in ("100", "1000")}
        for p50 in decisions
    ]
    theirs = {"100": measured(20.0, 5.0, api=400.0)}
    figures = {"rounds": {"product": ours, "dbos": [theirs]}, "gave_up": {"dbos": "after 100: it was tired"}}
    return _only("open", figures)


def test_open_requests_stand_beside_dbos_at_each_size_that_both_reached() -> None:
    page = render(_open(10.0), file="f", picture="p")

    assert "| starts a second with 100 open ahead of DBOS | 1.00 | **missed**" in page
    assert "| decision p50 with 100 open ahead of DBOS | 0.50 | met" in page
    assert "| cold start with 100 open ahead of DBOS | 0.80 | met" in page
    assert "| memory of all processes with 100 open ahead of DBOS | 1.25 | **missed**" in page
    assert "| worker memory with 1,000 open ≤ 1.2 × with 1,000, where its cache fills | 1.00 | met" in page
    assert "| 2.5 / 2.5 / 2.5 / – |" in page
    assert "DBOS did not go further: after 100: it was tired." in page


def test_open_requests_are_judged_by_the_median_of_their_rounds() -> None:
    page = render(_open(10.0, 30.0, 20.0), file="f", picture="p")

    assert "| 100 | this system | 3 | 50.0 | 20.0 | 20.0 |" in page
    assert "| decision p50 with 100 open ahead of DBOS | 1.00 | **missed**" in page


def test_a_list_of_the_large_crm_stands_beside_that_of_the_small_one() -> None:
    def lists(ratio: float) -> dict[str, Any]:
        found = {"median": ratio, "low": ratio, "high": ratio}
        one = {"p50": 2.0, "p95": 3.0, "p99": 4.0, "count": 60}
        return {"p50": found, "p99": found, "rounds": [{"small": one, "large": {**one, "p50": 2.0 * ratio}}] * 3}

    history = {"rounds": 20, "longest_history": 90, **{part: {"p50": 20.0} for part in _PARTS}}
    figures = {"sizes": [1_000, 1_000_000], "lists": {"inbox": lists(1.5), "search": lists(2.1)}, "history": history}
    page = render(_only("growth", figures), file="f", picture="p")

    assert "| inbox | 2.0 / 4.0 | 3.0 / 4.0 | 1.50 (1.50–1.50) | 1.50 (1.50–1.50) |" in page
    assert "lists at 1,000,000 requests ≤ 2 × at 1,000 (p50, worst) | 2.10 (2.10–2.10) (search) | **missed**" in page


@pytest.mark.parametrize(("key", "name"), [("start", "start page"), ("overview", "overview")])
def test_the_start_page_and_the_overview_stand_beside_the_inbox(key: str, name: str) -> None:
    def person(median: float) -> dict[str, Any]:
        return {key: 30.0, "inbox": 20.0, "ratio": {"median": median, "low": median, "high": median}}

    history = {"rounds": 20, "longest_history": 90, **{part: {"p50": 20.0} for part in _PARTS}}
    same = {
        "p50": {"median": 1.0, "low": 1.0, "high": 1.0},
        "p99": {"median": 1.0, "low": 1.0, "high": 1.0},
        "rounds": [],
    }
    figures = {"sizes": [1_000, 1_000_000], "lists": {"inbox": same}, "history": history}
    pages = {"manager1": person(1.2), "admin1": person(1.6)}
    page = render(_only("growth", {**figures, key: pages}), file="f", picture="p")

    assert f"| with 1,000,000 requests | {name}, p50 ms |" in page
    assert "| manager1 | 30.0 | 20.0 | 1.20 (1.20–1.20) |" in page
    assert (
        f"{name} at 1,000,000 requests ≤ 1.5 × the inbox (p50, worst) | 1.60 (1.60–1.60) (admin1) | **missed**" in page
    )


_PARTS = ("reject_first", "reject_last", "resend_first", "resend_last")


def test_each_index_stands_with_its_price_and_the_list_that_needs_it() -> None:
    price = {"median": 0.7, "low": 0.6, "high": 0.8}
    index = {"mebibytes": 34, "write": price, "wal": price, "missed_by": ["search, manager", 2.7, 211.2]}
    latency = {"p50": 14.0, "p95": 15.0, "p99": 16.0, "count": 20}
    history = {"rounds": 200, "longest_history": 1003, **dict.fromkeys(_PARTS, latency)}
    figures = {"sizes": [1000, 1000000], "lists": {"inbox": {"p50": price, "p99": price, "rounds": []}}}
    page = render(
        _only("growth", {**figures, "history": history, "indexes": {"by_word": index}}), file="f", picture="p"
    )

    assert "What each index is worth, with 1,000,000 requests" in page
    assert "| `by_word` | 34 | 0.70 (0.60–0.80) | 0.70 (0.60–0.80) | search, manager: 2.7 → 211.2 |" in page


def _before(packages: dict[str, Any]) -> dict[str, Any]:
    def side(rate: float, history: float) -> list[dict[str, float]]:
        return [{"throughput at 50": rate + number, "history, bytes": history} for number in (0, 2, 4)]

    ratios = {
        "throughput at 50": {"median": 1.1, "low": 1.0, "high": 1.3},
        "history, bytes": {"median": 0.5, "low": 0.5, "high": 0.5},
    }
    rounds = {"before": side(10, 6400), "product": side(12, 3200)}
    return {"commit": "abc1234", "packages": packages, "rounds": rounds, "ratios": ratios}


def test_every_figure_of_an_earlier_revision_stands_beside_todays() -> None:
    page = render(_only("before", _before({})), file="f", picture="p")

    assert "|  | abc1234 | today | today to before |" in page
    assert "| throughput at 50 | 12.0 | 14.0 | 1.10 (1.00–1.30) |" in page
    assert "| history, bytes | 6,400 | 3,200 | 0.50 (0.50–0.50) |" in page
    assert "other packages" not in page


def test_an_earlier_revision_that_had_other_packages_is_said_to() -> None:
    page = render(_only("before", _before({"temporalio": ["1.34.0", "1.35.0"]})), file="f", picture="p")

    assert "abc1234 is locked to other packages than it was given" in page
    assert "temporalio 1.34.0 (today 1.35.0)." in page


def test_the_command_of_before_and_after_names_the_earlier_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.report.RESULTS", tmp_path)
    keep("before", _before({}), begun=datetime(2026, 11, 24, tzinfo=UTC), where={}, mode="usual")

    assert load("usual")["scenarios"]["before"]["command"] == "make bench BEFORE=abc1234 ARGS='before'"


def test_writes_with_notify_stand_beside_those_without() -> None:
    rounds = [{"none": 1000.0, "inside": 100.0, "after": 900.0}, {"none": 2000.0, "inside": 400.0, "after": 1600.0}]
    ratios = {"inside": {"median": 0.15, "low": 0.1, "high": 0.2}, "after": {"median": 0.85, "low": 0.8, "high": 0.9}}
    page = render(_only("notify", {"rounds": {"48": rounds}, "ratios": {"48": ratios}}), file="f", picture="p")

    assert "| 48 | 1,500 | 250 | 1,250 | 0.15 (0.10–0.20) | 0.85 (0.80–0.90) |" in page


def test_a_side_that_gave_up_at_once_leaves_the_picture_to_the_others(tmp_path: Path) -> None:
    results = _open(10.0)
    results["scenarios"]["open"]["figures"]["rounds"]["dbos"] = [{}]

    draw(results, tmp_path / "picture.svg")

    assert "this system" in render(results, file="f", picture="p")
    assert (tmp_path / "picture.svg").read_text().startswith("<?xml")


def test_others_beside_a_crowd_stand_beside_others_alone_and_an_earlier_revision() -> None:
    def others(decision: float, read: float, failed: int = 0) -> dict[str, Any]:
        return {
            "decision": {"p50": decision, "p99": 2 * decision},
            "read": {"p50": read, "p99": 2 * read},
            "failed": failed,
        }

    rounds = {
        "before": [
            {
                "30 lists at once": {"alone": others(10, 1), "beside": others(4000, 3000, 7)},
                "refused": {"kilobytes": 5000.4, "milliseconds": 900},
            }
        ],
        "product": [
            {
                "30 lists at once": {"alone": others(10, 1), "beside": others(30, 5)},
                "refused": {"kilobytes": 44, "milliseconds": 20},
            }
        ],
    }
    page = render(_only("crowd", {"commit": "abc1234", "rounds": rounds}), file="f", picture="p")

    assert (
        "| 30 lists at once | commit abc1234 | 10.0 | 20.0 | 4,000.0 | 8,000.0 | 1.0 | 2.0 | 3,000.0 | 6,000.0 | 7 |"
        in page
    )
    assert "| 30 lists at once | this system | 10.0 | 20.0 | 30.0 | 60.0 | 1.0 | 2.0 | 5.0 | 10.0 | 0 |" in page
    assert "5,000 kB in 900 ms (before), 44 kB in 20 ms (now)" in page


def _soak(p99: float, growth: float) -> dict[str, Any]:
    def times(slowest: float) -> dict[str, float]:
        return {"p50": 10.0, "p95": 20.0, "p99": slowest, "count": 900}

    one_round = {
        "without": {"decision": times(30.0), "read": times(30.0), "all": times(30.0)},
        "with": {"decision": times(30.0 * p99), "read": times(33.0), "all": times(30.0 * p99)},
        "answers": {"edit 429": 1_234},
        "failures": {"without": {}, "with": {"read: 503": 2}},
    }
    ratios = {
        kind: {
            "p50": {"median": 1.0, "low": 1.0, "high": 1.0},
            "p99": {"median": found, "low": found - 0.1, "high": found + 0.1},
        }
        for kind, found in (("decision", p99), ("read", 1.1), ("all", p99))
    }
    together = {
        kind: {"without": 30.0, "with": 30.0 * found, "calls": 3600, "ratio": found}
        for kind, found in (("decision", p99), ("read", 1.1))
    }
    memory = {
        name: {
            "first": 100.0,
            "mean": 101.0,
            "last": 102.0,
            "most": 103.0,
            "growth": found / 2,
            "kept": found,
            "samples": [],
        }
        for name, found in (("api", growth), ("worker", -0.5))
    }
    figures = {"seconds": 150.0, "rounds": [one_round] * 4, "ratios": ratios, "together": together, "memory": memory}
    return _only("soak", figures)


def test_what_an_abuser_makes_of_others_times_stands_with_the_growth_of_memory() -> None:
    page = render(_soak(1.4, 0.9), file="f", picture="p")

    assert (
        "| decision | 10.0 / 20.0 / 30.0 | 10.0 / 20.0 / 42.0 | 1.00 (1.00–1.00) | 1.40 (1.30–1.50) | 1.40 | 900 | 900 |"
        in page
    )
    assert "it was answered: edit 429: 1,234." in page
    assert "Calls of others that were answered otherwise than they should: 8." in page
    assert "| api | 100.0 | 101.0 | 102.0 | 103.0 | +0.45 % | +0.90 % |" in page


@pytest.mark.parametrize(("p99", "growth", "words"), [(1.5, 0.99, "met"), (1.51, 1.0, "**missed**")])
def test_a_soak_is_judged_by_all_calls_of_others_and_by_the_worst_process(
    p99: float, growth: float, words: str
) -> None:
    page = render(_soak(p99, growth), file="f", picture="p")

    assert f"≤ 1.5 × without (p99) | {p99:.2f} ({p99 - 0.1:.2f}–{p99 + 0.1:.2f}) | {words}" in page
    assert f"grows by less than 1 % in ten minutes (worst) | +{growth:.2f} % (api) | {words}" in page


def test_the_matrix_says_what_asking_it_takes_by_its_rows() -> None:
    asked = {"asked": {"p50": 1.25, "p95": 2.0, "p99": 3.5, "count": 300}, "check": 900.4}
    found = {f"{size} {policy}": asked for size in (50, 5000) for policy in ("first", "collected")}
    page = render(_only("matrix", {"rounds": [found], "sizes": [50, 5000], "lines": 50}), file="f", picture="p")

    assert "| 5,000 | 1.25 / 3.50 | 1.25 / 3.50 | 900 |" in page
    assert "a matrix of 5,000 rows asked in < 5 ms (p50) | 1.25 ms | met" in page


def test_what_else_the_machine_did_stands_with_the_figures() -> None:
    results = _soak(1.0, 0.0)
    assert "beside it ran" not in render(results, file="f", picture="p")
    results["scenarios"]["soak"]["machine"]["beside"] = "other tests"
    assert "load average before 0.1; beside it ran other tests · " in render(results, file="f", picture="p")


def test_what_a_pass_of_the_reconciler_costs_is_beside_its_aims() -> None:
    latency = {"p50": 10.0, "p95": 15.0, "p99": 20.0, "count": 100}
    phase = {"requests_per_second": 40.0, "decision": latency}
    slower = {"median": 0.9, "low": 0.9, "high": 0.9}
    figures = {
        "requests": 1_000_000,
        "open": 2_000,
        "clients": 20,
        "scanned": {"outbox": 3},
        "mended": 0,
        "waiting": 0,
        "seconds": [123.4, 601.0],
        "compared": {"requests": 2_000, "runs": 2_100, "sums": 100_000},
        "rounds": [{"without": phase, "with": phase}],
        "ratios": {"throughput": slower, "decision p50": slower, "decision p99": slower},
    }
    page = render(_only("reconciler", figures), file="bench/results/2026-11-24.json", picture="p.svg")
    assert "| throughput beside passes at 1,000,000 requests ≥ 0.95 × without | 0.90 (0.90–0.90) | **missed** |" in page
    assert "| a pass at 1,000,000 requests ≤ 600 s (longest) | 601.0 s | **missed** |" in page
    assert "| a pass under load finds nothing where nothing is wrong | 0 findings | met |" in page
    assert "through a whole table: 3 of outbox." in page


@pytest.mark.parametrize(("last", "words"), [(49.9, "met"), (50.0, "**missed**")])
def test_the_form_is_judged_by_the_slowest_place_of_its_lines(last: float, words: str) -> None:
    places = {"first": 20.0, "middle": 21.5, "last": last, "of 2 lines": 18.0}
    typing = {place: {"p50": p50, "p95": 2 * p50, "p99": 3 * p50, "count": 30} for place, p50 in places.items()}
    opened = {f"{what} of {size}": {"server": 90.0, "ready": 400.0} for what in ("form", "page") for size in (2, 500)}
    one_round = {"typing": typing, "opened": opened, "acts": {"paste": 300.0, "remove": 40.0, "add": 20.0}}
    page = render(_only("form", {"lines": 500, "few": 2, "keys": 30, "rounds": [one_round]}), file="f", picture="p")

    assert f"| type-to-echo under 50 ms with 500 lines (p50, worst) | {last} ms (last) | {words} |" in page
    assert "| in the middle | 21.5 | 43.0 |" in page
    assert "| a key in a form of 2 lines | 18.0 | 36.0 |" in page
    assert "| all lines pasted | 300.0 |  |" in page
    assert "| opening the form of a request of 500 lines: until it is there | 400.0 |  |" in page


def test_what_may_be_switched_on_stands_beside_nothing() -> None:
    def side(rate: float, p50: float) -> list[dict[str, Any]]:
        return [{"requests_per_second": {"50": rate}, "milliseconds": {"50": {"decision": {"p50": p50}}}}]

    slower, same = {"median": 0.9, "low": 0.8, "high": 1.0}, {"median": 1.0, "low": 1.0, "high": 1.0}
    figures = {
        "rounds": {"nothing": side(20, 600), "traces": side(18, 660)},
        "ratios": {"traces": {"50": {"throughput": slower, "decision p50": same}}},
    }
    page = render(_only("extras", figures), file="f", picture="p")

    assert "| 50 | nothing | 20.0 |  | 600.0 |  |" in page
    assert "| 50 | traces | 18.0 | 0.90 (0.80–1.00) | 660.0 | 1.00 (1.00–1.00) |" in page
