"""What may be switched on: traces of every call, and the encryption of what the engine keeps; each beside the product without, in turns."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from bench.load import connected
from bench.plan import Figures, Plan
from bench.scenarios.throughput import closed_loops
from bench.sides import Product
from bench.statistics import ratio
from embedded.processes import free_port


class Extended(Product):
    """The product with further settings, and with what they need beside it.

    Args:
        directory: see ``Side``.
        name: of what is switched on.
        extra: variables of its processes.
        collector: port of one who takes traces; 0: nobody does.
    """

    def __init__(self, directory: Path, name: str, extra: dict[str, str], collector: int = 0) -> None:
        super().__init__(directory)
        self.title = name
        self._extra = extra
        self._collector = collector

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), **self._extra}

    def start_engine(self) -> None:
        """See ``Side``; whoever takes traces is there before them."""
        super().start_engine()
        if self._collector:
            ports = ["-m", "bench.receivers", str(free_port(self._collector)), str(self._collector)]
            self.start_python("receivers", ports, {}, port=self._collector)


def sides(stores: Path) -> list[Extended]:
    """One of each; the first has nothing switched on."""
    collector = free_port()
    traces = {"TRACES_ENDPOINT": f"http://127.0.0.1:{collector}", "TRACES_RATIO": "1"}
    keys = {"PAYLOAD_KEYS": f"bench:{token_urlsafe(48)}"}
    return [
        Extended(stores / "extras", "nothing", {}),
        Extended(stores / "extras", "traces", traces, collector),
        Extended(stores / "extras", "encryption", keys),
    ]


async def run(plan: Plan) -> Figures:
    """All of them, one after the other, as often as there are rounds."""
    rounds: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for number in range(plan.sizes.rounds):
        for side in sides(plan.stores):
            plan.say(f"extras, round {number + 1} of {plan.sizes.rounds}: {side.title}")
            try:
                await side.start()
                async with connected(side.url) as client:
                    rounds[side.title].append(await closed_loops(side, client, plan.sizes))
            finally:
                side.stop()
            plan.say(f"  {rounds[side.title][-1]['requests_per_second']}")
    without = rounds["nothing"]
    return {
        "rounds": dict(rounds),
        "ratios": {
            name: {
                load: {
                    "throughput": _ratio(found, without, "requests_per_second", load),
                    "decision p50": _ratio(found, without, "milliseconds", load, "decision", "p50"),
                }
                for load in without[0]["requests_per_second"]
            }
            for name, found in rounds.items()
            if name != "nothing"
        },
    }


def _ratio(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], *path: str) -> dict[str, float]:
    def figures(side: list[dict[str, Any]]) -> list[float]:
        values = []
        for one in side:
            value: Any = one
            for key in path:
                value = value[key]
            values.append(float(value))
        return values

    return vars(ratio(figures(ours), figures(theirs)))
