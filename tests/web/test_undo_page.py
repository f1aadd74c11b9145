"""Taking a decision back on the pages, without a script: a form that works, and a kind answer to whoever is late."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from application.delivery.engine import EngineUnavailableError
from crm.pool import Pool
from settings import Settings
from tests.api.setting import SMALL, connect, publish, sent
from tests.conftest import SignIn
from tests.eventually import eventually
from tests.web.browser import Visitor, visitor
from tests.web.test_inbox_pages import box_of, decide, decision_fields
from web.undoing import draft_of_decision
from workflows.contracts import MOST_UNDO_SECONDS

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"undo_seconds": MOST_UNDO_SECONDS})


def way_back(html: str) -> str:
    """Where the first form leads that takes a decision back."""
    found = re.search(r'action="(/requests/[0-9a-f-]+/commands/[0-9a-f-]+/undo)"', html)
    assert found, "there is no way to take it back"
    return found[1]


async def approved(manager: Visitor, request: dict[str, Any]) -> str:
    """Approve on the decision page; the way back."""
    answer = await decide(manager, request["id"], "approve")
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    return way_back(await manager.read("/inbox"))


async def take_effect(pool: Pool, request: dict[str, Any]) -> None:
    """Its time is over, and the run has come to it."""
    await pool.execute(
        "UPDATE runs SET sent_at = sent_at - interval '1 minute' WHERE request_id = $1", UUID(request["id"])
    )
    await pool.execute(
        """UPDATE commands SET takes_effect_at = now() - interval '1 second', next_try_at = now(),
               created_at = created_at - interval '1 minute' WHERE request_id = $1 AND takes_effect_at IS NOT NULL""",
        UUID(request["id"]),
    )

    async def is_over() -> bool:
        waits = "SELECT true FROM commands WHERE request_id = $1 AND delivered_at IS NULL"
        return not await pool.fetchval(waits, UUID(request["id"]))

    await eventually(is_over)


async def test_whoever_decided_sees_at_once_until_when_they_can_take_it_back(app: FastAPI, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visitor(app, "manager1") as manager, visitor(app, "sales1") as sales:
        await approved(manager, request)
        html = await manager.read("/inbox")
        assert re.search(r"takes effect at \d\d:\d\d:\d\d", html)
        seconds = re.search(r'data-countdown="(\d+)"', html)
        assert seconds is not None
        assert 0 < int(seconds[1]) <= MOST_UNDO_SECONDS
        assert f'aria-label="Undo: Approve {request["number"]}"' in html
        assert "Approve 1 request" in html
        with pytest.raises(AssertionError, match=request["number"]):
            box_of(html, request["number"])  # it is not to be decided again
        html = await manager.read(f"/requests/{request['id']}")
        assert way_back(html)
        assert f'href="/inbox/{request["id"]}"' not in html
        html = await manager.read(f"/inbox/{request['id']}")
        assert "you can take it back until it takes effect" in html
        assert 'id="approve"' not in html
        html = await sales.read(f"/requests/{request['id']}")
        assert "takes effect" not in html
        assert '/undo"' not in html
        assert "In progress" in html


async def test_it_is_taken_back_by_a_form(app: FastAPI, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visitor(app, "manager1") as manager:
        form = await approved(manager, request)
        for _ in range(2):  # Back, and once more
            answer = await manager.post(form, {"next": f"/requests/{request['id']}"}, page="/inbox")
            assert answer.headers["location"] == f"/requests/{request['id']}"
        html = await manager.read(f"/requests/{request['id']}")
        assert "undone; nothing was decided" in html
        assert f'href="/inbox/{request["id"]}"' in html
        assert box_of(await manager.read("/inbox"), request["number"])
        answer = await decide(manager, request["id"], "reject", note="Thiếu báo giá")
        assert answer.status_code == 303
        assert "Return" in await manager.read("/inbox")
    assert (await api.request(request["id"]))["process_status"] == "in_progress"


async def test_while_the_engine_is_away_the_inbox_says_so_and_what_was_written_is_kept_for_whoever_takes_it_back(
    app: FastAPI, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)

    async def away(*_arguments: Any, **_more: Any) -> None:
        raise EngineUnavailableError("away")

    async with visitor(app, "manager1") as manager:
        with monkeypatch.context() as patch:
            patch.setattr("application.delivery.handover.deliver", away)
            patch.setattr("application.delivery.relay.deliver", away)
            await decide(manager, request["id"], "reject", note="Thiếu báo giá")
            html = await manager.read("/inbox")
            assert f"{request['number']}: Taken, not done yet" in html
            assert draft_of_decision(UUID(request["id"]), "manager", "manager1") not in html
            await manager.post(way_back(html), {"next": "/inbox"}, page="/inbox")
        assert box_of(await manager.read("/inbox"), request["number"])


async def test_the_form_of_what_was_taken_back_decides_nothing_once_more_and_says_so(
    app: FastAPI, sign_in: SignIn
) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    async with visitor(app, "manager1") as manager:
        form, page = await decision_fields(manager, request["id"], "approve"), f"/inbox/{request['id']}"
        assert (await manager.http.post(page, data=form)).headers["location"] == "/inbox"
        await manager.post(way_back(await manager.read("/inbox")), {"next": "/inbox"}, page="/inbox")
        assert (await manager.http.post(page, data=form)).headers["location"] == page
        html = await manager.read(page)
        assert "You have taken this decision back" in html
        assert 'id="approve"' in html


async def test_of_two_steps_that_wait_for_the_same_person_the_other_one_is_still_to_be_decided(
    app: FastAPI, sign_in: SignIn
) -> None:
    admin = await sign_in("admin1")
    steps = [{"key": key, "name": key, "approvers": [{"user": "manager1"}]} for key in ("finance", "technical")]
    block = {"kind": "parallel", "key": "review", "name": {"vi": "Thẩm định", "en": "Review"}, "steps": steps}
    await publish(admin, "undo-two-steps", [block], schema_version=2)
    await connect(admin, "undo-two-steps")
    request = await sent(await sign_in("sales1"), lines=SMALL)
    await connect(admin, "purchase-approval")
    async with visitor(app, "manager1") as manager:
        await decide(manager, request["id"], "approve")
        decided, other = [await manager.read(f"/inbox/{request['id']}?step={step['key']}") for step in steps]
        assert ("you can take it back" in decided, 'id="approve"' in decided) == (True, False)
        assert ("you can take it back" in other, 'id="approve"' in other) == (False, True)


async def test_it_says_for_whom_a_substitute_has_decided(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    away = {"until": until, "reason": "Nghỉ phép", "substitute": "manager2"}
    given = (await (await sign_in("manager1")).call("POST", "/substitutions", away)).json()
    request = await sent(await sign_in("sales1"), lines=SMALL)
    async with visitor(app, "manager2") as substitute:
        answer = await decide(substitute, request["id"], "approve", acting_for="manager1")
        assert answer.headers["location"] == "/inbox"
        said = re.search(rf"{request['number']}</a> for Lê Hoàng Nam", await substitute.read("/inbox"))
    await (await sign_in("manager1")).call("DELETE", f"/substitutions/{given['id']}")
    assert said


async def test_whoever_is_late_is_told_so(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    async with visitor(app, "manager1") as manager:
        form = await approved(manager, request)
        await take_effect(pool, request)
        await manager.post(form, {"next": "/inbox"}, page="/inbox")
        html = await manager.read("/inbox")
        assert "Too late to take it back" in html
        assert "has taken effect" in html


async def test_whoever_decided_is_told_why_it_did_not_take_effect(app: FastAPI, sign_in: SignIn, pool: Pool) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visitor(app, "manager1") as manager:
        await approved(manager, request)
        await api.done(request["id"], "recall", {})
        await take_effect(pool, request)
        for page in ("/inbox", f"/requests/{request['id']}"):
            html = await manager.read(page)
            assert "did not take effect" in html
            assert "Nguyễn Văn An recalled it first" in html


async def test_nobody_is_led_to_another_site(app: FastAPI, sign_in: SignIn) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    async with visitor(app, "manager1") as manager:
        form = await approved(manager, request)
        answer = await manager.post(form, {"next": "https://evil.example"}, page="/inbox")
        assert answer.headers["location"] == "/"


async def test_several_at_once_are_asked_about_first_and_take_effect_at_once(app: FastAPI, sign_in: SignIn) -> None:
    api = await sign_in("sales1")
    request = await sent(api, lines=SMALL)
    async with visitor(app, "manager1") as manager:
        html = await manager.read("/inbox?q=" + request["number"])
        fields = {"command_id": request["id"], "id": box_of(html, request["number"])}
        assert (await manager.post("/inbox/approve", fields, page="/inbox")).status_code == 200
    assert (await api.request(request["id"]))["process_status"] == "completed"
