"""What waits, and since when, as those who watch over the product are told it."""

from __future__ import annotations

import math
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry

from api.backlog import BacklogMetrics
from approval.effects import Event, EventType
from crm import backlog, outbox
from crm.pool import Pool, create_pool
from settings import Settings
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

PASSED = "2026-01-05T09:00:00+00:00"


async def waiting(pool: Pool, what: str) -> backlog.Waiting:
    (found,) = [one for one in await backlog.waiting(pool) if one.what == what]
    return found


async def test_the_age_of_a_command_is_that_of_the_oldest_without_an_outcome(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    await sales.done((await sales.create())["id"], "send")
    assert await waiting(pool, "commands") == backlog.Waiting(what="commands", count=0, oldest_seconds=0)
    await pool.execute("UPDATE commands SET delivered_at = NULL, created_at = now() - interval '2 minutes'")
    found = await waiting(pool, "commands")
    assert found.count == 1
    assert found.oldest_seconds == pytest.approx(120, abs=10)
    await pool.execute("UPDATE commands SET delivered_at = now()")


async def test_an_event_waits_until_it_is_told_on(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    await pool.execute("UPDATE outbox SET dispatched_at = now()")
    async with pool.acquire() as connection:
        await outbox.add(connection, UUID(request["id"]), [Event(type=EventType.COMMENT_ADDED, facts={})])
    await pool.execute("UPDATE outbox SET created_at = now() - interval '1 hour' WHERE dispatched_at IS NULL")
    found = await waiting(pool, "events")
    assert found.count == 1
    assert found.oldest_seconds == pytest.approx(3600, abs=10)
    await pool.execute("UPDATE outbox SET dispatched_at = now()")
    assert (await waiting(pool, "events")).count == 0


async def test_a_push_waits_once_it_should_be_tried(sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    await pool.execute(
        """WITH device AS (
               INSERT INTO push_devices (id, username, name, endpoint, service, p256dh, auth, server_key)
               VALUES ($1, 'sales1', '', 'https://push.example/1', 'push.example', '', '', '') RETURNING id),
           notice AS (
               INSERT INTO notices (id, username, event_id, request_id, kind, type, facts)
               VALUES ($1, 'sales1', $1, $1, 'comments', 'comment.added', '{}') RETURNING id, request_id)
           INSERT INTO pushes (device_id, request_id, notice_id, asks, next_try_at)
           SELECT device.id, request_id, notice.id, false, now() + interval '1 hour' FROM device, notice""",
        UUID(request["id"]),
    )
    assert (await waiting(pool, "pushes")).count == 0
    await pool.execute("UPDATE pushes SET next_try_at = now() - interval '1 hour'")
    found = await waiting(pool, "pushes")
    assert found.count == 1
    assert found.oldest_seconds == pytest.approx(3600, abs=10)
    await pool.execute("DELETE FROM push_devices")


@pytest.mark.parametrize(
    ("alarm", "pauses", "hold", "late"),
    [
        ({}, [], None, 1),
        ({"done_at": PASSED}, [], None, 0),
        ({"at": "2999-01-01T00:00:00+00:00"}, [], None, 0),
        ({"kind": "expire"}, [], None, 0),
        ({}, [{"since": PASSED, "until": PASSED}], None, 1),
        ({}, [{"since": PASSED, "until": None}], None, 0),
        ({}, [{"since": PASSED}], None, 0),
        ({}, [], {"since": PASSED}, 0),
    ],
)
async def test_a_deadline_is_late_when_the_clock_should_have_rung_and_did_not(
    sign_in: SignIn, pool: Pool, alarm: dict[str, Any], pauses: list[Any], hold: Any, late: int
) -> None:
    sales = await sign_in("sales1")
    request = await sales.done((await sales.create())["id"], "send")
    alarms = [{"kind": "remind", "at": PASSED, "stage": 0, "done_at": None, **alarm}]
    change = "UPDATE assignments SET alarms = $2, pauses = $3 WHERE request_id = $1 AND state = 'open'"
    await pool.execute(change, UUID(request["id"]), alarms, pauses)
    await pool.execute("UPDATE runs SET hold = $2 WHERE request_id = $1", UUID(request["id"]), hold)
    found = await backlog.late(pool)
    assert found.count == late
    assert (found.oldest_seconds > 0) == bool(late)
    await pool.execute(change, UUID(request["id"]), [], [])
    await pool.execute("UPDATE runs SET hold = NULL WHERE request_id = $1", UUID(request["id"]))


async def test_of_a_database_that_is_away_no_old_number_is_shown(settings: Settings) -> None:
    registry = CollectorRegistry()
    metrics = BacklogMetrics(registry)
    pool = await create_pool(settings.database_url, 2)
    await metrics.look(pool)
    await metrics.look_at_deadlines(pool)
    assert registry.get_sample_value("purchase_request_database_up") == 1
    shown = [("purchase_request_waiting", {"what": what}) for what in ("commands", "events", "deadlines")]
    assert [registry.get_sample_value(*shown[which]) for which in (0, 2)] == [0, 0]
    await pool.close()
    await metrics.look(pool)
    assert registry.get_sample_value("purchase_request_database_up") == 0
    for name, labels in shown:
        value = registry.get_sample_value(name, labels)
        assert value is not None
        assert math.isnan(value)
