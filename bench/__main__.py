"""``python -m bench``: measures, prints a table, and writes ``bench/results/``, a picture and ``docs/performance.md``.

``QUICK=1`` takes under three minutes. Scenarios may be named; what was measured earlier stays, each with its date.
``BEFORE=<git revision>`` is for the scenario ``before``, which is left out without it; ``soak``, of 31 minutes, ``extras``, of 6, and
``cluster``, of 12, which needs HAProxy and once Go, are only run if they are named. ``form`` needs a browser, and is left out with
``CHROMIUM=none``. ``BESIDE='other tests'`` is written down with the figures: what else the machine did meanwhile.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import uvloop

from bench import report
from bench.before import commit_of
from bench.plan import LONG, QUICK, USUAL, Figures, Plan
from bench.scenarios import (
    before,
    cluster,
    connectors,
    counts,
    crowd,
    extras,
    form,
    growth,
    matrix,
    notices,
    notify,
    open_requests,
    pages,
    processes,
    reconciler,
    recovery,
    soak,
    throughput,
)

SCENARIOS: dict[str, Callable[[Plan], Awaitable[Figures]]] = {
    "counts": counts.run,
    "matrix": matrix.run,
    "growth": growth.run,
    "pages": pages.run,
    "form": form.run,
    "throughput": throughput.run,
    "recovery": recovery.run,
    "open": open_requests.run,
    "notify": notify.run,
    "notices": notices.run,
    "crowd": crowd.run,
    "processes": processes.run,
    "connectors": connectors.run,
    "reconciler": reconciler.run,
    "extras": extras.run,
    "before": before.run,
    "soak": soak.run,
    "cluster": cluster.run,
}
ON_REQUEST = ("before", "extras", "soak", "cluster")
"""Scenarios that are run only if they are asked for: one needs an earlier revision, one Temporal's server, and they take long."""


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
    parser.add_argument("--requests", type=int, help="how many requests the reconciler goes through")
    arguments = parser.parse_args()
    revision = os.environ.get("BEFORE", "")
    left_out = {*ON_REQUEST, *(["form"] if os.environ.get("CHROMIUM") == "none" else [])}
    usual = [name for name in SCENARIOS if name not in left_out or (name == "before" and revision)]
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
    sizes = {"quick": QUICK, "usual": USUAL, "long": LONG}[mode]
    if arguments.requests:
        sizes = replace(sizes, reconciler_requests=arguments.requests)
    plan = Plan(sizes, before=commit)
    try:
        uvloop.run(measure(plan, names, mode))
    except cluster.Refused as refused:
        parser.exit(2, f"{refused}\n")
    finally:
        shutil.rmtree(plan.stores, ignore_errors=True)
    report.show(mode)


if __name__ == "__main__":
    main()
