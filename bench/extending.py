"""The section of the report about what may be switched on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.tables import middle, number, spread, table


def section(figures: Mapping[str, Any]) -> str:
    """What each costs, at each number of clients."""
    rounds, ratios = figures["rounds"], figures["ratios"]
    body = [
        (
            load,
            name,
            number(middle(side, "requests_per_second", load)),
            spread(ratios[name][load]["throughput"]) if name in ratios else "",
            number(middle(side, "milliseconds", load, "decision", "p50")),
            spread(ratios[name][load]["decision p50"]) if name in ratios else "",
        )
        for load in rounds["nothing"][0]["requests_per_second"]
        for name, side in rounds.items()
    ]
    words = (
        "*traces*: every call is traced and sent to a collector beside it, which takes it and does nothing (`TRACES_ENDPOINT`, `TRACES_RATIO=1`)."
        " *encryption*: whatever the engine keeps of the product is encrypted (`PAYLOAD_KEYS`)."
    )
    head = ("clients", "switched on", "requests/s", "to nothing", "decision p50 ms", "to nothing")
    return "\n\n".join(("## What may be switched on", table(head, body), words))
