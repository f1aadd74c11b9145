"""The pages on which admins say who else is told."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from approval.effects import EventType
from crm.pool import Pool
from tests.conftest import SignIn
from tests.notices.hooked import happen, hooked
from tests.notices.receiver import receiving, status
from tests.web.browser import visitor

HOME = "/admin/endpoints"


async def test_a_webhook_is_made_and_its_secret_is_shown_this_once(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        fields = {
            "id": str(uuid4()),
            "kind": "webhook",
            "name": "<b>ERP</b>",
            "address": "https://erp.example.com/hooks",
        }
        shown = await admin.post(HOME, fields, page=HOME)
        assert shown.status_code == 200
        (secret,) = re.findall(r'value="(whsec_[^"]+)"', shown.text)
        html = await admin.read(f"{HOME}/{fields['id']}")
        assert unescape(secret) not in unescape(html)
        listed = await admin.read(HOME)
        assert "&lt;b&gt;ERP&lt;/b&gt;" in listed
        rotated = await admin.post(
            f"{HOME}/{fields['id']}/rotate", {"rotation_id": str(uuid4())}, page=f"{HOME}/{fields['id']}"
        )
        (other,) = re.findall(r'value="(whsec_[^"]+)"', rotated.text)
        assert other != secret


async def test_a_form_that_is_sent_again_long_after_shows_no_secret(app: FastAPI, pool: Pool) -> None:
    async with visitor(app, "admin1") as admin:
        fields = {"id": str(uuid4()), "kind": "webhook", "name": "ERP", "address": "https://erp.example.com/hooks"}
        one, rotation = f"{HOME}/{fields['id']}", {"rotation_id": fields["id"]}  # which is that of its first secret
        first = await admin.post(HOME, fields, page=HOME)
        again = await admin.post(HOME, fields, page=HOME)
        assert re.findall('whsec_[^"]+', again.text) == re.findall('whsec_[^"]+', first.text) != []
        await pool.execute(
            "UPDATE endpoints SET made_at = made_at - interval '11 minutes' WHERE id = $1", UUID(fields["id"])
        )
        for late in (await admin.post(HOME, fields, page=HOME), await admin.post(f"{one}/rotate", rotation, page=one)):
            assert "whsec_" not in late.text
        rotation = {"rotation_id": str(uuid4())}
        assert "whsec_" in (await admin.post(f"{one}/rotate", rotation, page=one)).text
        await pool.execute(
            "UPDATE endpoints SET previous_until = previous_until - interval '11 minutes' WHERE id = $1",
            UUID(fields["id"]),
        )
        assert "whsec_" not in (await admin.post(f"{one}/rotate", rotation, page=one)).text


async def test_what_is_wrong_in_the_form_is_said_at_its_field_and_what_was_typed_stays(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        fields = {"id": str(uuid4()), "kind": "webhook", "name": "Kế toán", "address": "https://10.0.0.5/hooks"}
        shown = await admin.post(HOME, fields, page=HOME)
        assert shown.status_code == 422
        assert 'id="address-error"' in shown.text
        assert 'value="https://10.0.0.5/hooks"' in shown.text


async def test_one_is_tried_switched_looked_at_sent_again_and_deleted(
    app: FastAPI, pool: Pool, sign_in: SignIn
) -> None:
    request = await (await sign_in("sales1")).create()
    by_api = await sign_in("admin1")
    async with (
        receiving() as receiver,
        visitor(app, "admin1") as admin,
        hooked(by_api, pool, receiver.address) as hook,
    ):
        page = f"{HOME}/{hook.endpoint_id}"
        receiver.respond = status(503, "<script>alert(1)</script>")
        await admin.post(f"{page}/test", {}, page=page)
        assert "&lt;script&gt;alert(1)" in await admin.read(page)
        await happen(pool, request["id"], EventType.REQUEST_SENT)
        await hook.dispatch()
        await hook.deliver()
        html = await admin.read(page)
        assert request["number"] in html
        assert "HTTP 503" in html
        assert "<script>alert(1)" not in html
        (again,) = set(re.findall(rf'action="({page}/deliveries/[^"]+/resend)"', html))
        receiver.respond = status(200)
        await admin.post(again, {}, page=page)
        await hook.deliver()
        assert receiver.received[-1].id == receiver.received[-2].id
        await admin.post(f"{page}/switch", {"to": "off"}, page=page)
        assert (await hook.stored()).off_reason == "by_hand"
        await admin.post(page, {"name": "Kho", "event_types": "request.sent"}, page=page)
        changed = await hook.stored()
        assert (changed.name, changed.event_types) == ("Kho", ("request.sent",))
        other = await admin.post(
            HOME, {"id": str(uuid4()), "kind": "slack", "name": "S", "address": "https://a.example/x/y"}, page=HOME
        )
        chat = other.headers["location"]
        assert "https://a.example/…" in await admin.read(chat)
        await admin.post(f"{chat}/delete", {}, page=chat)
        assert (await admin.get(chat)).status_code == 404


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_page_is_in_both_languages(language: str, app: FastAPI) -> None:
    async with visitor(app, "admin1", language=language) as admin:
        html = await admin.read(HOME)
    assert ("Webhook và chat" if language == "vi" else "Webhooks and chat") in html
