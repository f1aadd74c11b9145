"""A substitution that ends while a decision by it travels to its run: what was said in time holds, unless it was revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from temporalio.client import Client

from crm.pool import Pool
from settings import Settings
from tests.api.setting import DIRECTOR_ONLY, SMALL, connect, publish, working
from tests.conftest import SignIn
from tests.eventually import eventually


@pytest.mark.parametrize("ends", ["over", "revoked", "over before it was said"])
async def test_a_decision_travels_while_its_substitution_ends(
    sign_in: SignIn, pool: Pool, temporal_client: Client, settings: Settings, ends: str
) -> None:
    admin, sales, director, manager = [
        await sign_in(username) for username in ("admin1", "sales1", "director1", "manager2")
    ]
    await publish(admin, "subst-travel", DIRECTOR_ONLY)
    await connect(admin, "subst-travel")
    async with working(temporal_client, settings):
        request = await sales.create(lines=SMALL, send={})
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"substitute": "manager2", "until": until, "reason": "Nghỉ phép"}
    given = (await director.call("POST", "/substitutions", body)).json()
    said = datetime.now(UTC)
    taken = await manager.act(request["id"], "approve", {"step": "director"})
    assert taken.status_code == 202, taken.text
    if ends == "revoked":
        assert (await director.call("DELETE", f"/substitutions/{given['id']}")).status_code == 204
    else:
        end = datetime.now(UTC) if ends == "over" else said
        await pool.execute("UPDATE substitutions SET ends_at = $2 WHERE id = $1", UUID(given["id"]), end)

    async def is_decided() -> bool:
        return len(await director.timeline(request["id"])) == 3

    async with working(temporal_client, settings):
        await eventually(is_decided, 60)
    last = (await director.timeline(request["id"]))[-1]
    if ends == "over":
        assert (last["outcome"], last["acted_for"]["username"]) == ("accepted", "director1")
    else:
        assert (last["outcome"], last["reason"]) == ("refused", "not_your_step")
