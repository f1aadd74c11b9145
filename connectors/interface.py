"""What a system must be able to do so that its orders can be followed: say what has changed, read some, and know people.

docs/connections.md says how to add a system.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final

from approval.incoming import IncomingSource
from approval.incoming_catalogue import CatalogueKind, IncomingEntry
from approval.model import Frozen
from approval.routing import Member

OF_THE_QUESTION: Final = frozenset({"says_failed", "unexpected_answer"})
"""Reasons for which a system does not answer one question, while it may answer others."""


class SystemTroubleError(Exception):
    """The other system cannot be read now. ``reason`` is a key of ``texts.connectors``; ``detail`` is what it said."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class LastChange(Frozen):
    """When a record changed last, as exactly as the system says it."""

    earliest: datetime
    latest: datetime

    @property
    def exactly(self) -> datetime | None:
        """The moment; None: only the day is known."""
        return self.earliest if self.earliest == self.latest else None


class Problem(Frozen):
    """Why a record cannot be taken. ``reason`` is a key of ``texts.connectors``."""

    reason: str
    params: Mapping[str, str] = {}


class Record(Frozen):
    """An order or an opportunity as a system has it."""

    key: str
    number: str = ""
    changed: LastChange | None = None
    """None: it does not say."""
    owner: str = ""
    """Whose it is, by that system's name."""
    source: IncomingSource | None = None
    """What is to be taken, but for its owner; None: see ``problem``."""
    derived: IncomingSource | None = None
    """An opportunity that it speaks of, where there is no list of them."""
    problem: Problem | None = None


class Listing(Frozen):
    """One page of a system's records, the last changed first."""

    records: tuple[Record, ...]
    rows: int
    """How many rows the page had, those among them that are no records."""
    total: int | None = None
    """How many there are on all pages, if it says so."""


class Entry(Frozen):
    """A product, a customer or a warehouse as a system has it."""

    key: str
    name: str = ""
    """For people, whatever of it can be read."""
    changed: LastChange | None = None
    """None: it does not say."""
    said: IncomingEntry | None = None
    """What is to be taken; None: see ``problem``."""
    problem: Problem | None = None


class EntryListing(Frozen):
    """One page of a catalogue, the last changed first."""

    entries: tuple[Entry, ...]
    rows: int
    """How many rows the page had, those among them that are nothing."""
    total: int | None = None
    """How many there are on all pages, if it says so."""


class Connector(ABC):
    """One other system. It is called by one caller at a time."""

    system: ClassVar[str]
    """Its name, which all that is taken from it keeps for good."""
    most: ClassVar[int] = 100
    """Records of a page at most."""
    catalogues: ClassVar[tuple[CatalogueKind, ...]] = ()
    """Which catalogues it has."""
    undated: ClassVar[frozenset[CatalogueKind]] = frozenset()
    """Those of them that do not say when an entry changed: now and then everything is read, and nothing else."""

    @property
    @abstractmethod
    def calls(self) -> int:
        """How often the system was called."""

    @abstractmethod
    async def changed(self, page: int, size: int) -> Listing:
        """A page of all its records, the last changed first.

        Args:
            page: its number, from 0.
            size: how many records a page has; not more than ``most``.

        Raises:
            SystemTroubleError: it cannot be read now.
        """

    @abstractmethod
    async def read(self, keys: Sequence[str]) -> Sequence[Record]:
        """Some records, at most ``most``; those that are not there any more are left out.

        Raises:
            SystemTroubleError: it cannot be read now.
        """

    async def catalogue(self, kind: CatalogueKind, page: int, size: int) -> EntryListing:
        """A page of one of its ``catalogues``, the last changed first. See ``changed``."""
        raise NotImplementedError

    async def write(self, orders: Mapping[str, Mapping[str, str]]) -> Mapping[str, Problem]:
        """Have fields of orders say something; nothing else of them is touched.

        Args:
            orders: what, by field, by the order's key.

        Returns:
            Those that could not be written, and why.

        Raises:
            SystemTroubleError: nobody knows of any of them whether it was written; the same may be written again.
        """
        raise NotImplementedError

    @abstractmethod
    def person(self, name: str, directory: Sequence[Member]) -> str | None:
        """The username of whom a name of the system seems to mean; None: an admin is to say so."""

    async def close(self) -> None:
        """Let go of what it holds, such as connections; it may be used again."""
        return
