"""The requests that the cells of the matrix are about, one in each state, made as people make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from tests.api.attaching import attach
from tests.api.setting import connect, publish
from tests.authorization.people import STEPS, Person
from tests.clients import ApiClient

PROCESS: Final = "three-steps"
NOTHING: Final = "YCMH-2026-999999"
"""The number of no request."""


@dataclass(frozen=True)
class Subject:
    """What a call is about: a request with what belongs to it, or for calls about no request, an order and a process."""

    source_id: str
    process: str = PROCESS
    version: int = 1
    id: str = ""
    number: str = ""
    line_id: str = ""
    send_id: str = ""
    """The command id of its send; of nothing, if it was not sent."""
    attachment_id: str = ""
    """Of a file that its owner attached to it."""

    def missing(self) -> Subject:
        """A request there is not, which nobody can tell from one that they may not see."""
        return replace(self, id=str(uuid4()), number=NOTHING)


class Subjects:
    """Makes requests, and gives the same one again until something was done with it."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._people = people
        self._made: dict[tuple[str, str], Subject] = {}

    async def of(self, state: str, owner: str) -> Subject:
        """A request in a state, of this owner."""
        if (state, owner) not in self._made:
            self._made[state, owner] = await self._make(state, self._people[owner].api)
        return self._made[state, owner]

    def spent(self, state: str, owner: str) -> None:
        """Something was done with it; the next one is a new one."""
        del self._made[state, owner]

    def clear(self) -> None:
        """Nobody knows what was done with any of them; the next ones are new ones."""
        self._made.clear()

    async def _make(self, state: str, owner: ApiClient) -> Subject:
        order = (await owner.get("/sales-orders?limit=1"))["items"][0]
        request = await owner.create(**await owner.get(f"/sales-orders/{order['id']}/purchase-request-draft"))
        attachment = await attach(owner, request)
        send_id = str(uuid4())
        if state != "draft":
            request = await owner.done(request["id"], "send", {"command_id": send_id})
            request = await self._approve("earlier", request["id"])
        if state == "completed":
            await self._approve("open", request["id"])
            request = await self._approve("later", request["id"])
        elif state in ("returned", "rejected"):
            body = {"step": STEPS["open"], "note": "Không", "end": state == "rejected"}
            request = await self._people["open"].api.done(request["id"], "reject", body)
        expected = {"draft": "not_sent", "in progress": "in_progress"}.get(state, state)
        assert request["process_status"] == expected
        return Subject(
            id=request["id"],
            number=request["number"],
            version=request["version"],
            source_id=order["id"],
            line_id=request["lines"][0]["id"],
            send_id=send_id,
            attachment_id=attachment["id"],
        )

    async def _approve(self, name: str, request_id: str) -> dict[str, object]:
        approved: dict[str, object] = await self._people[name].api.done(request_id, "approve", {"step": STEPS[name]})
        return approved


async def publish_and_connect(admin: ApiClient, approvers: Mapping[str, str]) -> None:
    """Have requests go through three steps.

    Args:
        approvers: usernames by the name that the matrix has for them.
    """
    steps = [
        {"key": key, "name": key, "approvers": [{"user": approvers[name]}], "may_edit": ["lines.quantity"]}
        for name, key in STEPS.items()
    ]
    await publish(admin, PROCESS, steps)
    await connect(admin, PROCESS)


async def stand_in(absent: ApiClient, substitute: str) -> Any:
    """Have somebody decide for whoever is away; the substitution."""
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"substitute": substitute, "until": until, "reason": "Nghỉ phép"}
    answer = await absent.call("POST", "/substitutions", body)
    assert answer.status_code == 201, answer.text
    return answer.json()
