"""How much is measured: sizes for a quick look, for the usual run and for a long one; and telling what is going on."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from bench.competitors.engines import Dbos, Restate, install
from bench.sides import ROOT, Floor, Plain, Product, Side

Figures = dict[str, object]
"""What a scenario found: JSON values."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of one kind of run. Seconds are those of one measurement."""

    rounds: int = 3
    concurrencies: tuple[int, ...] = (1, 10, 50)
    seconds: float = 6
    open_loop_seconds: float = 15
    """At half of the rate; a p99 needs some hundred decisions."""
    others: bool = True
    """Whether sides other than product and floor take part."""
    recovery_rounds: int = 3
    open_requests: tuple[int, ...] = (100, 1_000, 10_000)
    open_rounds_up_to: int = 10_000
    """Sizes up to this one are measured in every round, larger ones in one."""
    crm_requests: tuple[int, int] = (1_000, 1_000_000)
    deadlines: int = 5_000
    """That are due in one minute."""
    list_calls: int = 60
    """Of each list in each round."""
    page_calls: int = 300
    """Of each page in each round."""
    history_rounds: int = 200
    in_flight: int = 1_000
    waiting: int = 900
    """Requests that wait when memory is measured, before and after; fewer than a worker keeps in memory."""
    notify_connections: tuple[int, ...] = (1, 10, 48)
    notify_seconds: float = 3
    crowd: int = 500
    """Users with an open page each."""
    crowd_listed: int = 20_000
    """Requests that one user's lists go through."""
    crowd_calls: int = 100
    """Decisions and reads of others, beside each crowd and without it."""
    notice_decisions: int = 500
    """In each phase; a p99 needs some hundred."""
    notice_events: int = 10_000
    """That wait when they begin to be told on."""
    connector_orders: int = 10_000
    """That are taken in from another system."""
    reconciler_requests: int = 1_000_000
    reconciler_open: int = 2_000
    """Others, which wait for somebody."""
    reconciler_seconds: float = 60
    """Of one phase, without a pass or beside passes."""
    soak_rounds: int = 4
    soak_seconds: float = 150
    """Of one phase, with or without the abuser."""
    soak_warm_up_seconds: float = 600
    cluster_rounds: int = 2
    cluster_clients: tuple[int, ...] = (1, 50)
    cluster_seconds: float = 10
    """Of one load."""
    cluster_only_one: bool = False
    """Whether two APIs and workers, and two of each, are left out."""
    cluster_seconds_in_all: float = 660
    """After which no further side is begun."""


QUICK = Sizes(
    rounds=1,
    concurrencies=(1, 10, 50),
    seconds=1.5,
    open_loop_seconds=2,
    others=False,
    recovery_rounds=1,
    open_requests=(100, 300),
    open_rounds_up_to=0,
    crm_requests=(1_000, 20_000),
    deadlines=200,
    list_calls=20,
    page_calls=30,
    history_rounds=20,
    in_flight=100,
    waiting=300,
    notify_seconds=0.3,
    crowd=50,
    crowd_listed=2_000,
    crowd_calls=20,
    notice_decisions=30,
    notice_events=1_000,
    connector_orders=1_000,
    reconciler_requests=20_000,
    reconciler_open=100,
    reconciler_seconds=8,
    soak_rounds=2,
    soak_seconds=10,
    soak_warm_up_seconds=5,
    cluster_rounds=1,
    cluster_clients=(1, 50),
    cluster_seconds=2,
    cluster_only_one=True,
)
USUAL = Sizes()
LONG = Sizes(open_requests=(100, 1_000, 10_000, 100_000), connector_orders=100_000)


@dataclass
class Plan:
    """One run of the benchmark."""

    sizes: Sizes
    before: str = ""
    """Commit of the earlier revision that today's stands beside; empty: none."""
    stores: Path = ROOT / "bench" / ".stores"
    begun: float = field(default_factory=monotonic)
    missing: dict[str, str] = field(default_factory=dict)
    """Competitors that cannot be had, and why."""

    def say(self, what: str) -> None:
        """Show what is being done."""
        print(f"[{monotonic() - self.begun:5.0f} s] {what}", file=sys.stderr, flush=True)

    def side(self, kind: type[Side]) -> Side:
        """A side on fresh stores, to be started."""
        return kind(self.stores / kind.name)

    def competitors(self) -> list[type[Side]]:
        """The competitors that can be had, installed."""
        if not self.sizes.others:
            return []
        found: list[type[Side]] = []
        for kind in (Dbos, Restate):
            if kind.name not in self.missing:
                self.say(f"{kind.title}: environment")
                why = install(kind.name)
                if why:
                    self.missing[kind.name] = why
                    self.say(why)
            if kind.name not in self.missing:
                found.append(kind)
        return found

    def everybody(self) -> list[type[Side]]:
        """All sides of a round, in the order in which they take turns."""
        return [Product, Floor, *self.competitors(), Plain] if self.sizes.others else [Product, Floor]
