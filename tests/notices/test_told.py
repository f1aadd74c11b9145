"""Which event tells whom, by which way, in which language, once; and whom it must not tell. On a real request, database, mail
server and push service. Whom, as rules alone: ``test_telling``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio

from approval.effects import Event, EventType
from approval.notice_kinds import PUSHED, USUAL, MailChoice, NoticeKind
from crm import outbox
from crm.notices import NoticeSettings, save_settings
from crm.pool import Pool
from settings import Settings
from tests.api.setting import sent
from tests.conftest import SignIn
from tests.notices.conftest import Mailing
from tests.notices.post_office import PostOffice
from tests.notices.push_service import Browser, PushService, push_service
from tests.notices.pushing import Pushing
from tests.notices.test_telling import WHOM

pytestmark = pytest.mark.usefixtures("running_worker")

PEOPLE: Final = {
    "owner": "sales1",
    "watcher": "admin1",
    "asked": "manager1",
    "stand-in": "manager2",
    "mentioned": "director1",
    "talker": "director1",
    "buyer": "director1",
}
"""Of the demo, as ``test_telling`` calls them. ``sales2``, who has left, watches too; ``purchasing1`` stood in until a moment ago."""
LANGUAGES: Final = {
    "sales1": "vi",
    "admin1": "en",
    "manager1": "vi",
    "manager2": "en",
    "director1": "en",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def request_id(sign_in: SignIn, pool: Pool) -> AsyncIterator[UUID]:
    """A request that waits for its manager, and the people around it."""
    sales, manager, other = await sign_in("sales1"), await sign_in("manager1"), await sign_in("sales2")
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    given = []
    for substitute in ("manager2", "purchasing1"):
        body = {"substitute": substitute, "until": until, "reason": "Nghỉ phép"}
        answer = await manager.call("POST", "/substitutions", body)
        assert answer.status_code == 201, answer.text
        given.append(answer.json()["id"])
    request = UUID((await sent(sales))["id"])
    await sent(other)  # its owner has nothing to do with it
    for watcher in ("admin1", "sales2"):
        await pool.execute(
            "INSERT INTO watchers (request_id, username, added_by, added_at) VALUES ($1, $2, 'sales1', now())",
            request,
            watcher,
        )
    assert (await manager.call("DELETE", f"/substitutions/{given[1]}")).status_code == 204
    for username, language in LANGUAGES.items():
        await save_settings(pool, username, NoticeSettings(language=language))
    await pool.execute("UPDATE users SET active = false WHERE username = 'sales2'")
    yield request
    await pool.execute("UPDATE users SET active = true WHERE username = 'sales2'")
    await pool.execute("DELETE FROM notice_settings")
    await manager.call("DELETE", f"/substitutions/{given[0]}")


async def happened(pool: Pool, request_id: UUID, event_type: EventType) -> None:
    """Write an event as it is written when it happens."""
    place = await pool.fetchrow(
        "SELECT id, step FROM assignments WHERE request_id = $1 AND person = 'manager1' AND state = 'open'", request_id
    )
    assert place is not None
    facts: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(),
        "action": "approve",
        "actor": "$system",
        "note": "Xem giúp",
        "step": place["step"],
        "mentioned": ["director1", "sales2"],
        "commented": ["director1"],
        "asked": ["manager1"],
        "buyers": ["director1"],
    }
    if event_type.startswith(("assignment.", "consultation.", "decision.")):
        facts |= {"person": "manager1", "from": "director1"}
    if event_type.startswith("assignment."):
        facts["assignment_id"] = str(place["id"])
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, request_id, [Event(type=event_type, facts=facts)])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PushService]:
    """A push service."""
    async with push_service(tmp_path_factory.mktemp("push")) as service:
        yield service


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browsers(service: PushService, pool: Pool, request_id: UUID) -> dict[str, Browser]:
    """Everybody has one, also those who are not to be told."""
    usernames = await pool.fetch("SELECT username FROM users")
    found = {row["username"]: service.subscribe() for row in usernames}
    for username, browser in found.items():
        await browser.told(pool, username)
    return found


@pytest.mark.parametrize("event_type", EventType)
async def test_it_tells_whom_it_concerns_by_bell_mail_and_device_in_their_language_once(
    request_id: UUID,
    event_type: EventType,
    mailing: Mailing,
    office: PostOffice,
    pool: Pool,
    settings: Settings,
    service: PushService,
    browsers: dict[str, Browser],
) -> None:
    service.receiver.received.clear()
    pushing = Pushing(pool, settings, service.sender)
    mailing = Mailing(pool, settings, office, sinks=[pushing.sink])
    await pool.execute("DELETE FROM notices")
    await happened(pool, request_id, event_type)
    for _ in range(2):
        await mailing.done()
        await pushing.deliver()
    expected = {PEOPLE[name] for name in WHOM[event_type]}
    told = await pool.fetch("SELECT username, kind, type FROM notices")
    assert sorted(row["username"] for row in told) == sorted(expected), "each once, and nobody else"
    assert {row["type"] for row in told} <= {event_type}
    mailed = {row["username"] for row in told if USUAL[NoticeKind(row["kind"])] is MailChoice.AT_ONCE}
    assert sorted(mail.receiver for mail in office.mails) == sorted(f"{name}@demo.example" for name in mailed)
    for mail in office.mails:
        username = mail.receiver.partition("@")[0]
        assert mail.message["Content-Language"] == LANGUAGES[username]
    pushed = {name: came for name, browser in browsers.items() if (came := service.came_to(browser))}
    assert set(pushed) == {row["username"] for row in told if row["kind"] in PUSHED}
    for username, came in pushed.items():
        assert [(one["lang"], one["tag"]) for one in came] == [(LANGUAGES[username], f"request-{request_id}")]
