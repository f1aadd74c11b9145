"""The start page: what waits on somebody, how what they asked for stands, and what is late, each seen by whom it concerns."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi import FastAPI

from approval.model import ProcessStatus
from crm import admin_work, own_work
from crm.pool import Pool
from tests.api.setting import SMALL, completed, sent
from tests.conftest import SignIn
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")

FIRST = "UPDATE assignments SET due_at = '2026-01-01' WHERE request_id = $1::text::uuid"
"""So that it comes before all others that wait."""
LATE = "UPDATE assignments SET due_at = now() - interval '3 hours' WHERE request_id = $1::text::uuid AND state = 'open'"

ADMIN = """INSERT INTO users (username, name, roles, department) VALUES ('admin-only', 'Phạm Quản Trị', '{admin}', 'CNTT')
           ON CONFLICT DO NOTHING"""


def card(html: str, kind: str) -> str:
    """The card of one kind of requests; empty: there is none."""
    found = re.search(
        rf'<section class="card start-card[^"]*" aria-labelledby="{kind}-title">.*?</section>', html, re.DOTALL
    )
    return unescape(found[0]) if found else ""


def tiles(html: str) -> dict[str, tuple[str, str]]:
    """Address and number by what they count."""
    pattern = r'<a class="tile[^"]*" href="([^"]+)"><span class="tile-number">([^<]+)</span> <span>([^<]+)</span>'
    return {text: (unescape(address), number) for address, number, text in re.findall(pattern, html)}


async def test_what_waits_on_an_approver_is_there_with_its_way_to_the_decision(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL, purpose="Máy chiếu <b>phòng họp</b>")
    await pool.execute(FIRST, request["id"])
    async with visitor(app, "manager1") as manager, visitor(app, "manager2") as other:
        html = await manager.read("/")
        number = next(number for text, (_, number) in tiles(html).items() if text == "waiting for your decision")
        assert int(number) > 0
        assert "<b>phòng" not in html
        assert f"/inbox/{request['id']}?step=manager" in card(html, "waiting")
        assert request["number"] not in await other.read("/")


async def test_an_owner_sees_what_was_returned_what_is_under_way_and_what_is_not_sent(
    app: FastAPI, sign_in: SignIn
) -> None:
    sales, manager = await sign_in("sales2"), await sign_in("manager1")
    draft = await sales.create()
    waiting = await sent(sales, lines=SMALL)
    returned = await sent(sales, lines=SMALL)
    await manager.done(returned["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    approved = await completed(sales, manager)
    async with visitor(app, "sales2") as person:
        html = await person.read("/")
        for kind, request in (
            ("drafts", draft),
            ("under-way", waiting),
            ("returned", returned),
            ("approved", approved),
        ):
            assert f'href="/requests/{request["id"]}"' in card(html, kind), kind
        assert "with Lê Hoàng Nam" in card(html, "under-way")
        shown = tiles(html)
        for text, request in (
            ("returned to you", returned),
            ("not sent yet", draft),
            ("waiting for approval", waiting),
        ):
            address, number = shown[text]
            assert int(number) >= 1
            assert request["number"] in await person.read(address)


async def test_what_is_late_is_seen_by_its_owner_and_those_above_and_by_nobody_else(
    app: FastAPI, sign_in: SignIn, pool: Pool
) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    in_time = await sent(await sign_in("sales1"), lines=SMALL)
    await pool.execute(LATE, request["id"])
    for username in ("sales1", "director1"):
        async with visitor(app, username) as person:
            late = card(await person.read("/"), "late")
            assert request["number"] in late, username
            assert in_time["number"] not in late
    async with visitor(app, "manager1") as person:  # theirs to decide, so it is in their inbox
        html = await person.read("/")
        assert request["number"] in card(html, "waiting")
        assert request["number"] not in card(html, "late")
    for username in ("sales2", "manager2", "purchasing1"):
        async with visitor(app, username) as person:
            assert request["number"] not in await person.read("/"), username


async def test_purchasing_begins_with_what_was_approved_last(app: FastAPI, sign_in: SignIn) -> None:
    approved = await completed(await sign_in("sales1"), await sign_in("manager1"))
    async with visitor(app, "purchasing1") as person:
        assert f"/requests/{approved['id']}" in card(await person.read("/"), "to-buy")
    async with visitor(app, "manager2") as person:
        html = await person.read("/")
        assert card(html, "to-buy") == ""
        assert "returned to you" not in tiles(html)


async def test_a_new_person_is_told_that_nothing_waits(app: FastAPI, pool: Pool) -> None:
    await pool.execute(
        """INSERT INTO users (username, name, roles, department) VALUES ('newcomer', 'Trần Mới', '{sales}', 'Kho')
           ON CONFLICT DO NOTHING"""
    )
    async with visitor(app, "newcomer", language="vi") as person:
        html = await person.read("/")
    async with visitor(app, "sales1") as other:
        assert 'class="empty-title">' not in await other.read("/")
    assert "Xin chào, Trần Mới" in html
    assert {number for _, number in tiles(html).values()} == {"0"}
    assert 'class="empty-title">' in html


async def test_counting_ends_where_nobody_reads_the_number_any_more(
    pool: Pool, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = await sign_in("sales1")
    for _ in range(3):
        await sales.create()
    monkeypatch.setattr(own_work, "MOST_COUNTED", 2)
    counted = await own_work.how_many(pool, ["sales1"], (ProcessStatus.NOT_SENT, ProcessStatus.CANCELLED))
    assert counted[ProcessStatus.NOT_SENT] == 2


async def test_an_administrator_begins_with_what_waits_for_one(app: FastAPI, pool: Pool) -> None:
    await pool.execute(ADMIN)
    text = "webhooks and chats that take nothing"
    async with visitor(app, "admin-only") as admin, visitor(app, "manager1") as other:
        before = tiles(await admin.read("/"))
        had = int(before[text][1]) if text in before else 0
        endpoint = await pool.fetchval(
            """INSERT INTO endpoints (id, kind, name, address, owner, off_reason)
               VALUES (gen_random_uuid(), 'webhook', 'ERP', 'x', 'admin-only', 'failing') RETURNING id"""
        )
        html, others = await admin.read("/"), await other.read("/")
        await pool.execute("DELETE FROM endpoints WHERE id = $1", endpoint)
    assert tiles(html)[text] == ("/admin/endpoints", str(had + 1))
    assert 'class="empty-title">' not in html  # "Nothing waits for you" would not be so
    assert text not in tiles(others)


@pytest.mark.parametrize("followed", [True, False])
async def test_orders_that_are_parked_wait_for_an_administrator_while_their_system_is_followed(
    pool: Pool, followed: bool
) -> None:
    await pool.execute(ADMIN)
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("DELETE FROM connectors")
        await connection.execute(
            """INSERT INTO connectors (system, address, client_id, client_secret, enabled, changed_by, changed_at)
               VALUES ('amis', 'https://amis.invalid', 'an-phat', 'x', $1, 'admin-only', now())""",
            followed,
        )
        await connection.execute(
            """INSERT INTO connector_failures (id, system, key, reason, failed_at, next_try_at)
               VALUES (gen_random_uuid(), 'amis', '1', 'owner_unknown', now(), now())"""
        )
        await connection.execute(
            """INSERT INTO connector_writings (system, key, number, problem)
               VALUES ('amis', '1', 'DH1', '{"reason": "x", "params": {}}'), ('amis', '2', 'DH2', NULL)"""
        )
        found = await admin_work.waiting(connection)
        await transaction.rollback()
    assert (found.orders_not_taken, found.orders_not_told) == ((1, 1) if followed else (0, 0))
