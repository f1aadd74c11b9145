"""A document is read beside the event loop, so that other calls are answered meanwhile."""

from __future__ import annotations

import asyncio
import threading

import pytest

from application import documents
from approval.document_text import read_yaml
from approval.model import RefusedError


async def test_the_event_loop_goes_on_while_a_long_document_is_read() -> None:
    going_on = threading.Event()

    def parse(text: str) -> int:
        assert going_on.wait(30), "nothing else was done meanwhile"
        return len(text)

    asyncio.get_running_loop().call_soon(going_on.set)
    assert await documents.read("x" * (documents.SHORT + 1), parse) == documents.SHORT + 1


async def test_a_refusal_is_a_refusal_wherever_it_is_made() -> None:
    for text in ("key: [", "key: [" + " " * documents.SHORT):
        with pytest.raises(RefusedError):
            await documents.read(text, read_yaml)
