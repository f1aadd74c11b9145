"""What generated and hostile calls are sent to: the running application, its users, and things that are there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import uuid4

import httpx

from tests.clients import ApiClient

USERS: Final = ("admin1", "sales1", "manager1", "director1", "purchasing1")


class Target:
    """The running application, its users, and by the name of a parameter values of things that are there."""

    def __init__(self, url: str, users: dict[str, ApiClient], ids: dict[str, list[str]]) -> None:
        self.url = url
        self.users = users
        self.ids = ids

    def headers(self, username: str | None) -> dict[str, str]:
        """What a user sends with every call; nothing, if it is nobody."""
        return {"Authorization": f"Bearer {self.users[username].token}"} if username else {}


@asynccontextmanager
async def target_at(url: str) -> AsyncIterator[Target]:
    """The application at an address, with a request in each state."""
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
        users = {name: await ApiClient.signed_in(http, name) for name in USERS}
        sales, manager = users["sales1"], users["manager1"]
        requests = [(await sales.create())["id"] for _ in range(6)]
        sends = [str(uuid4()) for _ in requests[1:]]
        for request_id, command_id in zip(requests[1:], sends, strict=True):
            await sales.done(request_id, "send", {"command_id": command_id})
        await manager.done(requests[2], "approve", {"step": "manager"})
        await manager.done(requests[3], "reject", {"step": "manager", "note": "no"})
        await sales.done(requests[4], "cancel", {"note": "no"})
        sources = [
            item["id"] for kind in ("sales-orders", "opportunities") for item in (await sales.get(f"/{kind}"))["items"]
        ]
        keys = [item["key"] for item in (await sales.get("/processes"))["items"]]
        yield Target(url, users, {"request_id": requests, "command_id": sends, "source_id": sources, "key": keys})
