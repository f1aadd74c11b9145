"""Where in a trace the work at hand stands, as W3C's ``traceparent``, and what a tracer does.

Whatever is stored or given on carries it along, so that what follows later, elsewhere, belongs to the same trace. Nothing here
knows OpenTelemetry, whose SDK is not even imported while nobody traces; see ``tracing``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from typing import Final, Protocol

_TRACEPARENT: Final[ContextVar[str | None]] = ContextVar("traceparent", default=None)

_SAMPLED: Final = 1

Attribute = str | int


def traceparent() -> str | None:
    """Where the work at hand stands; None: nobody traces it."""
    return _TRACEPARENT.get()


def trace_ids() -> tuple[str, str] | None:
    """The ids of the trace and of the span that the work at hand belongs to; None: nobody is told of it."""
    found = _TRACEPARENT.get()
    if found is None:
        return None
    _version, trace_id, span_id, flags = found.split("-")
    return (trace_id, span_id) if int(flags, 16) & _SAMPLED else None


@contextmanager
def within(traceparent: str | None) -> Iterator[None]:
    """Do the work of a block there."""
    token = _TRACEPARENT.set(traceparent)
    try:
        yield
    finally:
        with suppress(ValueError):  # a run that is evicted from a worker's memory ends wherever that is cleared
            _TRACEPARENT.reset(token)


class Span(Protocol):
    """A piece of work, as whoever reads the trace sees it."""

    def name(self, name: str) -> None:
        """It turned out to be this."""

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        """Say more of it: ids and codes, and nothing that people wrote or are called."""


class Tracer(Protocol):
    """Tells of what is done."""

    @property
    def on(self) -> bool:
        """Whether somebody is told, so that it is worth asking the database for what is to be told."""

    def span(
        self, name: str, parents: Sequence[str | None] = (), *, begins: bool = False
    ) -> AbstractContextManager[Span]:
        """Tell of the work of a block.

        Args:
            name: what it is.
            parents: where in traces what it follows from stands; the first is its trace, the others are linked. Without, it
                belongs to the work at hand.
            begins: whether a trace may begin with it.
        """


class _Untold:
    def name(self, name: str) -> None:
        """See ``Span``."""

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        """See ``Span``."""


class Nobody:
    """Tells nobody."""

    on = False

    def span(
        self, name: str, parents: Sequence[str | None] = (), *, begins: bool = False
    ) -> AbstractContextManager[Span]:
        """See ``Tracer``."""
        return nullcontext(_Untold())


NOBODY: Final = Nobody()
