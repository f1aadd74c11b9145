"""The places of a process document: its steps and blocks, however wrong what is written in them is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

MOST_STEPS: Final = 20
"""Steps of a process, and of a block."""


class Place(NamedTuple):
    """A step or block of a document, with its fields as they are written."""

    pointer: str
    number: str
    """As people count them: ``2``, and ``2.1`` in the second if that is a block."""
    written: Mapping[str, Any]


def steps_in(document: object) -> Iterator[Place]:
    """The steps of a document that have fields at all, those of blocks included."""
    return (place for place in places_in(document) if place.written.get("kind") != "parallel")


def places_in(document: object, within: str = "", number: str = "") -> Iterator[Place]:
    """The steps and blocks of a document that have fields at all, each block before its steps."""
    steps = document.get("steps") if isinstance(document, Mapping) else None
    for index, step in enumerate(steps[:MOST_STEPS] if isinstance(steps, list | tuple) else ()):
        if isinstance(step, Mapping):
            place = Place(f"{within}/steps/{index}", f"{number}{index + 1}", step)
            yield place
            if step.get("kind") == "parallel" and not within:
                yield from places_in(step, place.pointer, f"{place.number}.")
