"""The section of the report about the form of a request with many lines, and its aim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from bench.tables import middle, number, table

PLACES = {"first": "a key in the first line", "middle": "in the middle", "last": "in the last line"}
ACTS = {"paste": "all lines pasted", "remove": "the first line removed", "add": "a line added below"}


def section(figures: Mapping[str, Any]) -> str:
    """What people wait for, in milliseconds."""
    rounds, lines, few = figures["rounds"], figures["lines"], figures["few"]
    of_few = f"of {few} lines"
    body: list[tuple[object, ...]] = [
        (title, *(number(middle(rounds, "typing", place, percent)) for percent in ("p50", "p95")))
        for place, title in {**PLACES, of_few: f"a key in a form {of_few}"}.items()
    ]
    body += [(title, number(middle(rounds, "acts", act)), "") for act, title in ACTS.items()]
    for what, size in product(("form", "page"), (lines, few)):
        server, ready = (middle(rounds, "opened", f"{what} of {size}", until) for until in ("server", "ready"))
        title = f"opening the {what} of a request of {size} lines"
        body += [(f"{title}: until it answers", number(server), ""), (f"{title}: until it is there", number(ready), "")]
    words = (
        f"A request of {lines} lines that is not sent, in Chromium without a screen, at 1,280 pixels: {figures['keys']} digits in a price,"
        " from the key until the frame that shows it, the line's amount and the total is painted; browsers paint 60 frames a second."
    )
    head = ("", "p50 ms", "p95 ms")
    return "\n\n".join((f"## The form of a request with {lines} lines", table(head, body), words))


def aims(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """It stays usable."""
    found = {place: middle(figures["rounds"], "typing", place, "p50") or 0.0 for place in PLACES}
    slowest = max(found, key=lambda place: found[place])
    aim = f"type-to-echo under 50 ms with {figures['lines']} lines (p50, worst)"
    yield aim, f"{number(found[slowest])} ms ({slowest})", found[slowest] < 50
