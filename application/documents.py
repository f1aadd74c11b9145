"""Process documents, read beside the event loop when there is more than a little to read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

SHORT: Final = 2_000
"""Characters of a text that is read sooner than a thread is started: some milliseconds of YAML."""


async def read(text: str, parse: Callable[[str], T]) -> T:
    """What ``parse`` makes of a text; other calls are answered meanwhile.

    Args:
        text: the document.
        parse: pure and bounded, as the functions of ``approval.document_text`` are. Raises what it raises.
    """
    return parse(text) if len(text) <= SHORT else await asyncio.to_thread(parse, text)
