"""The approval matrix: how long it takes to ask it about one request, by how many rows it has, and to check a file of it.

Nothing but rules: no database and no network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from time import perf_counter
from typing import Any

from approval.conditions import LineFacts, RequestFacts
from approval.matrix import matched
from approval.matrix_document import MOST_ROWS
from approval.process_document import process_errors, read_process
from bench.plan import Figures, Plan
from bench.statistics import summary

SIZES = (50, 500, MOST_ROWS)
CALLS = 300
LINES = 50
"""Of the request that is asked about."""


async def run(plan: Plan) -> Figures:
    """Each size, the first row that matches and all of them; the request matches the last row."""
    return await asyncio.to_thread(_measure, plan)


def _measure(plan: Plan) -> Figures:
    rounds: list[dict[str, Any]] = []
    for number in range(plan.sizes.rounds):
        found: dict[str, Any] = {}
        for rows in SIZES:
            for policy in ("first", "collected"):
                document = _document(rows, policy)
                begun = perf_counter()
                assert process_errors(document) == []
                checked = perf_counter() - begun
                process, request = read_process(document), _request()
                assert matched(process, request)["board"].rows[-1].number == rows
                asked = summary(_times(partial(matched, process, request)))
                found[f"{rows} {policy}"] = {"asked": asked, "check": round(checked * 1000, 1)}
        plan.say(f"matrix: round {number + 1}: {found}")
        rounds.append(found)
    return {"rounds": rounds, "sizes": SIZES, "lines": LINES}


def _times(call: Callable[[], object]) -> list[float]:
    """Milliseconds of each call."""
    times = []
    for _ in range(CALLS):
        begun = perf_counter()
        call()
        times.append((perf_counter() - begun) * 1000)
    return times


def _document(rows: int, policy: str) -> dict[str, Any]:
    """A process with a row for each of many departments, categories and ranges, and one for everything else."""
    written = [
        {
            "step": "board",
            "department": f"Phòng {number % 100}",
            "product_category": f"Nhóm {number // 100 % 10}",
            "amount_from": str(number // 1000 * 10_000_000),
            "amount_to": str((number // 1000 + 1) * 10_000_000),
            "approvers": [{"role": "director"}],
        }
        for number in range(rows - 1)
    ]
    last = {"step": "board", "approvers": [{"role": "director"}]}
    return {
        "schema_version": 2,
        "key": "matrix",
        "name": "Matrix",
        "steps": [{"key": "board", "name": "Board", "approvers": [{"matrix": True}]}],
        "matrix": {"matches": policy, "rows": [*written, last]},
    }


def _request() -> RequestFacts:
    line = LineFacts(
        product_code="LT-T14",
        quantity=Decimal(1),
        unit_price=Decimal(1_000_000),
        amount=Decimal(1_000_000),
        product_category="Nhóm 9999",
        supplier="FPT Synnex",
    )
    return RequestFacts(owner="sales1", department="Phòng 7", total=Decimal(1_000_000) * LINES, lines=(line,) * LINES)
