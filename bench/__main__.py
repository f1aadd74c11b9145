"""``python -m bench``: measures, prints a table, and writes ``bench/results/``, a picture and ``docs/performance.md``.

``QUICK=1`` takes under three minutes. Scenarios may be named; what was measured earlier stays, each with its date.
``BEFORE=<git revision>`` is for the scenario ``before``, which is left out without it; ``soak``, of 25 minutes, is only run if it is
named. ``BESIDE='other tests'`` is written down with the figures: what else the machine did meanwhile.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import uvloop

from bench import report
from bench.before import commit_of
from bench.plan import LONG, QUICK, USUAL, Figures, Plan
from bench.scenarios import (
    before,
    connectors,
    counts,
    crowd,
    growth,
    matrix,
    notices,
    notify,
    open_requests,
    pages,
    processes,
    recovery,
    soak,
    throughput,
)

SCENARIOS: dict[str, Callable[[Plan], Awaitable[Figures]]] = {
    "counts": counts.run,
    "matrix": matrix.run,
    "growth": growth.run,
    "pages": pages.run,
    "throughput": throughput.run,
    "recovery": recovery.run,
    "open": open_requests.run,
    "notify": notify.run,
    "notices": notices.run,
    "crowd": crowd.run,
    "processes": processes.run,
    "connectors": connectors.run,
    "before": before.run,
    "soak": soak.run,
}
ON_REQUEST = ("before", "soak")
"""Scenarios that are run only if they are asked for: one needs an earlier revision, one takes 25 minutes."""


async def measure(plan: Plan, names: list[str], mode: str) -> None:
    """Run the scenarios one after the other; each is written down as soon as it is done."""
    for name in names:
        begun, where = datetime.now(UTC), report.machine()
        figures = await SCENARIOS[name](plan)
        report.keep(name, figures, begun=begun, where=where, mode=mode)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=f"of {', '.join(SCENARIOS)}; default: most")
    parser.add_argument("--long", action="store_true", help="up to 100,000 open requests")
    arguments = parser.parse_args()
    revision = os.environ.get("BEFORE", "")
    usual = [name for name in SCENARIOS if name not in ON_REQUEST or (name == "before" and revision)]
    names = arguments.scenarios or usual
    if not set(names) <= set(SCENARIOS):
        parser.error(f"scenarios are {', '.join(SCENARIOS)}")
    if "before" in names and not revision:
        parser.error("before is beside an earlier revision: BEFORE=<git revision>")
    try:
        commit = commit_of(revision) if revision else ""
    except RuntimeError as error:
        parser.error(f"BEFORE={revision}: {error}")
    mode = "quick" if os.environ.get("QUICK") else "long" if arguments.long else "usual"
    plan = Plan({"quick": QUICK, "usual": USUAL, "long": LONG}[mode], before=commit)
    try:
        uvloop.run(measure(plan, names, mode))
    finally:
        shutil.rmtree(plan.stores, ignore_errors=True)
    report.show(mode)


if __name__ == "__main__":
    main()
