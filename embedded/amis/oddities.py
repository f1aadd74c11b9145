"""The oddities of AMIS, each to be switched on by itself."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass
class Oddities:
    """What is odd now. Numbers of 0 are off.

    Attributes:
        wraps_lists: a list comes in a list.
        day_first: dates of orders are ``dd/MM/yyyy``.
        fails_every: every so many calls 200 says ``success: false``, and nothing else.
        breaks_every: every so many calls are answered with 503.
        busy_every: every so many calls are answered with 429, and ``Retry-After`` of one second.
        token_calls: a token ends after so many calls.
        slow_seconds: so long each call takes at least.
        moves: after each page of a list so many of those that were not read yet are changed, which brings them to the top.
        removes: after each page of a list so many of those that were read already are deleted, which brings all others up.
        says_no_total: no list says how many records it has.
        says_total_0: every list says that it has none, whatever it gives.
        stocks_in_one: every page of stocks has all of them.
    """

    wraps_lists: bool = False
    day_first: bool = False
    fails_every: int = 0
    breaks_every: int = 0
    busy_every: int = 0
    token_calls: int = 0
    slow_seconds: float = 0.0
    moves: int = 0
    removes: int = 0
    says_no_total: bool = False
    says_total_0: bool = False
    stocks_in_one: bool = False

    @classmethod
    def usual(cls) -> dict[str, Any]:
        """How odd each one is when it is switched on at the stand-in's page."""
        return {
            "wraps_lists": True,
            "day_first": True,
            "fails_every": 5,
            "breaks_every": 7,
            "busy_every": 4,
            "token_calls": 3,
            "slow_seconds": 2.0,
            "moves": 1,
            "removes": 1,
            "says_no_total": True,
            "says_total_0": True,
            "stocks_in_one": True,
        }

    def switch(self, switched_on: set[str]) -> None:
        """Switch these on as usual, and all others off."""
        for field in fields(self):
            setattr(self, field.name, self.usual()[field.name] if field.name in switched_on else field.default)

    def is_on(self, name: str) -> bool:
        """Whether one is on."""
        return bool(getattr(self, name))
