"""A link from a mail decides once, what its person was shown and may decide now; opened, it changes nothing."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from application.mail_links import WRONG_PER_MINUTE, LinkRules, MailLinks
from application.recent_sign_in import RecentSignIn
from application.taking import cancel, take
from crm.notices import NoticeSettings, save_settings
from crm.pool import Pool
from tests.api.setting import SMALL, sent
from tests.application.orders import SYSTEM, order, source_id
from tests.conftest import SignIn
from tests.notices.conftest import BASE_URL, Mailing
from tests.notices.test_mail import LINK, links_of
from tests.web.browser import visitor

pytestmark = pytest.mark.usefixtures("running_worker")


@asynccontextmanager
async def phone(app: FastAPI, client: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody is signed in."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(client, 4321))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, timeout=30) as http:
        yield http


async def link_to(mailing: Mailing, username: str = "manager1") -> str:
    """The address, without its host, that the last mail to somebody has."""
    await mailing.done()
    mail = mailing.office.to(username)[-1]
    (link,) = links_of(mail)
    return link.removeprefix(BASE_URL)


async def state_of(pool: Pool) -> list[Any]:
    """Whatever an opened link could have changed."""
    return [
        [tuple(row) for row in await pool.fetch(query)]
        for query in (
            "SELECT * FROM mail_tokens ORDER BY token_hash",
            "SELECT id, version, process_status FROM purchase_requests ORDER BY id",
            "SELECT count(*) FROM timeline",
            "SELECT count(*) FROM sessions",
            "SELECT count(*) FROM commands",
        )
    ]


async def test_a_scanner_that_opens_it_changes_nothing_and_its_person_decides(
    app: FastAPI, sign_in: SignIn, mailing: Mailing, pool: Pool
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales, lines=SMALL)
    link = await link_to(mailing)
    before = await state_of(pool)
    async with phone(app) as http:
        for _ in range(10):
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = await http.request(method, f"{link}?choose=approve")
                assert answer.status_code in (200, 405)
                assert answer.headers["referrer-policy"] == "no-referrer"
                assert answer.headers["cache-control"] == "no-store"
        assert await state_of(pool) == before
        html = (await http.get(f"{link}?choose=approve")).text
        assert re.search(r'value="approve" required checked', html)
        for shown in (request["number"], "ThinkPad T14", "Nguyễn Văn An", "Lê Hoàng Nam"):
            assert shown in html
        http.cookies.clear()
        answer = await http.post(link, data={"decision": "approve", "note": "Đồng ý"})
        assert answer.status_code == 200, answer.text
        assert request["number"] in answer.text
    done = await sales.request(request["id"])
    assert done["process_status"] == "completed"
    last = (await sales.timeline(request["id"]))[-1]
    assert (last["action"], last["channel"], last["note"], last["actor"]["username"]) == (
        "approve",
        "email",
        "Đồng ý",
        "manager1",
    )
    for language, words in (("vi", "bằng e-mail"), ("en", "by e-mail")):
        async with visitor(app, "sales1", language) as person:
            assert words in await person.read(f"/requests/{request['id']}")


async def test_it_says_that_the_order_was_cancelled(
    app: FastAPI, sign_in: SignIn, mailing: Mailing, pool: Pool
) -> None:
    given, sales = order(), await sign_in("sales1")
    await take(pool, SYSTEM, [given], at=datetime.now(UTC))
    draft = await sales.get(f"/sales-orders/{await source_id(pool, given)}/purchase-request-draft")
    request = await sales.create(**draft)
    await cancel(pool, SYSTEM, [given.key], at=datetime.now(UTC))
    await sales.done(request["id"], "send", {"note": "Khách vẫn lấy"})
    link = await link_to(mailing)
    async with phone(app) as http:
        html = (await http.get(link)).text
        assert request["number"] in html
        assert "Giữ nguyên dù đơn hàng đã bị hủy" in html


async def test_used_twice_it_is_one_decision(app: FastAPI, sign_in: SignIn, mailing: Mailing) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    link = await link_to(mailing)
    fields = {"decision": "approve", "note": ""}
    async with phone(app) as http:
        answers = await asyncio.gather(*(http.post(link, data=fields) for _ in range(5)))
        assert {answer.status_code for answer in answers} <= {200, 410}
        assert [answer.status_code for answer in answers].count(200) >= 1
        assert (await http.post(link, data=fields)).status_code == 200  # the same again: the same answer
        opened = await http.get(link)
        other = await http.post(link, data={"decision": "reject", "note": "Thôi"})
        for used in (opened, other):
            assert used.status_code == 410
            assert "Liên kết này đã được dùng" in used.text
            assert f"/inbox/{request['id']}" in used.text
    timeline = await sales.timeline(request["id"])
    assert [(entry["action"], entry["outcome"]) for entry in timeline] == [
        ("create", "accepted"),
        ("send", "accepted"),
        ("approve", "accepted"),
    ]


async def test_of_two_decisions_at_once_one_counts(app: FastAPI, sign_in: SignIn, mailing: Mailing) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    link = await link_to(mailing)
    async with phone(app) as http:
        answers = await asyncio.gather(
            *(http.post(link, data={"decision": decision, "note": "Vậy"}) for decision in ("approve", "reject", "end"))
        )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert [answer.status_code for answer in answers].count(200) == 1
    timeline = await sales.timeline(request["id"])
    assert len([entry for entry in timeline if entry["outcome"] == "accepted"]) == 3


@pytest.mark.parametrize(("decision", "status"), [("reject", "returned"), ("end", "rejected")])
async def test_to_return_or_reject_it_takes_a_note(
    app: FastAPI, sign_in: SignIn, mailing: Mailing, decision: str, status: str
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    link = await link_to(mailing)
    async with phone(app) as http:
        missing = await http.post(link, data={"decision": decision, "note": " "})
        assert missing.status_code == 422
        assert re.search(rf'value="{decision}" required checked', missing.text)
        assert all(entry["outcome"] == "accepted" for entry in await sales.timeline(request["id"]))
        assert (await sales.request(request["id"]))["process_status"] == "in_progress"
        unclear = await http.post(link, data={"decision": "both", "note": "?"})
        assert unclear.status_code == 422
        done = await http.post(link, data={"decision": decision, "note": "Hết ngân sách"})
        assert done.status_code == 200, done.text
    shown = await sales.request(request["id"])
    assert (shown["process_status"], shown["notes"][-1]["text"]) == (status, "Hết ngân sách")


async def test_after_its_time_it_decides_nothing(app: FastAPI, sign_in: SignIn, mailing: Mailing, pool: Pool) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    link = await link_to(mailing)
    expires = await pool.fetchval("SELECT max(expires_at) - now() FROM mail_tokens")
    assert timedelta(hours=71, minutes=59) < expires <= timedelta(hours=72)
    await pool.execute("UPDATE mail_tokens SET expires_at = now()")
    await refused(app, link, 410, "Liên kết này đã hết hạn")
    assert (await sales.request(request["id"]))["process_status"] == "in_progress"


async def test_after_the_content_changed_it_decides_nothing(
    app: FastAPI, sign_in: SignIn, mailing: Mailing, pool: Pool
) -> None:
    request = await sent(await sign_in("sales1"))
    link = await link_to(mailing)
    manager, director = await sign_in("manager1"), await sign_in("director1")
    changes = {"lines": [{"id": request["lines"][0]["id"], "quantity": "9"}]}
    await manager.done(request["id"], "approve", {"step": "manager", "changes": changes})
    theirs = await link_to(mailing, "director1")
    await director.done(request["id"], "reject", {"step": "director", "note": "Xem lại"})
    await (await sign_in("sales1")).done(request["id"], "send")
    for old in (link, theirs):
        await refused(app, old, (409, 412), "")
    async with phone(app) as http:
        fresh = await link_to(mailing)
        await pool.execute(
            "UPDATE mail_tokens SET version = version - 1 WHERE used_at IS NULL AND request_id = $1", request["id"]
        )
        answer = await http.post(fresh, data={"decision": "approve", "note": ""})
        assert answer.status_code == 412
        assert "Yêu cầu đã thay đổi" in answer.text


async def test_after_another_decided_it_says_who(app: FastAPI, sign_in: SignIn, mailing: Mailing) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    link = await link_to(mailing)
    await sales.done(request["id"], "recall", {"note": "Khách đổi ý"})
    await refused(app, link, 409, "Nguyễn Văn An")


async def test_by_its_person_in_the_pages_it_is_settled(app: FastAPI, sign_in: SignIn, mailing: Mailing) -> None:
    request = await sent(await sign_in("sales1"))
    link = await link_to(mailing)
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})
    await refused(app, link, 409, "Lê Hoàng Nam")


async def test_a_substitute_who_is_signed_in_does_not_decide_by_it(
    app: FastAPI, sign_in: SignIn, mailing: Mailing
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    link = await link_to(mailing)
    async with visitor(app, "manager2", "vi") as substitute:
        for answer in (
            await substitute.get(link),
            await substitute.http.post(link, data={"decision": "approve", "note": ""}),
        ):
            assert answer.status_code == 403
            assert "Liên kết này dành cho người khác" in answer.text
    async with visitor(app, "manager1") as person:
        assert (await person.get(link)).status_code == 200
    assert (await sales.request(request["id"]))["process_status"] == "in_progress"


async def test_whoever_has_left_decides_nothing_by_it(
    app: FastAPI, sign_in: SignIn, mailing: Mailing, pool: Pool
) -> None:
    await sent(await sign_in("sales1"))
    link = await link_to(mailing)
    await pool.execute("UPDATE users SET active = false WHERE username = 'manager1'")
    try:
        await refused(app, link, 403, "không còn dùng được")
    finally:
        await pool.execute("UPDATE users SET active = true WHERE username = 'manager1'")


async def test_another_sites_form_does_not_decide(app: FastAPI, sign_in: SignIn, mailing: Mailing) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    link = await link_to(mailing)
    async with phone(app) as http:
        for site in ("cross-site", "same-site"):
            headers = {"Sec-Fetch-Site": site}
            answer = await http.post(link, data={"decision": "approve", "note": ""}, headers=headers)
            assert answer.status_code == 403
    assert (await sales.request(request["id"]))["process_status"] == "in_progress"


async def test_one_bit_more_is_no_link_and_guessing_is_bounded(app: FastAPI, sign_in: SignIn, mailing: Mailing) -> None:
    await sent(await sign_in("sales1"))
    link = await link_to(mailing)
    wrong = link[:-2] + ("A" if link[-2] != "A" else "B") + link[-1]
    async with phone(app, "192.0.2.7") as guesser, phone(app, "192.0.2.8") as other:
        statuses = [(await guesser.get(wrong)).status_code for _ in range(WRONG_PER_MINUTE + 5)]
        assert statuses == [404] * WRONG_PER_MINUTE + [429] * 5
        assert "retry-after" in (await guesser.post(wrong, data={"decision": "approve"})).headers
        assert (await other.get(wrong)).status_code == 404
        assert (await guesser.get(link)).status_code == 200  # who shares an address with a guesser still decides


async def test_the_token_is_in_no_log_line_and_in_no_database(
    app: FastAPI, sign_in: SignIn, mailing: Mailing, pool: Pool
) -> None:
    await sent(await sign_in("sales1"))
    link = await link_to(mailing)
    token = link.removeprefix("/mail/")
    written = io.StringIO()
    before = structlog.get_config()
    handler = logging.StreamHandler(written)
    handler.addFilter(lambda record: not record.name.startswith("httpx"))  # the client that opens the links
    logging.getLogger().addHandler(handler)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written), cache_logger_on_first_use=False)
    try:
        async with phone(app) as http:
            for address in (link, f"{link}?choose=approve", f"{link}/more", f"{link}%0a"):
                await http.get(address)
                await http.put(address)
                await http.post(address, data={"decision": "x"})
            metrics = (await http.get("/metrics")).text
    finally:
        structlog.configure(**before)
        logging.getLogger().removeHandler(handler)
    assert "/mail/{token}" in written.getvalue()
    assert token not in written.getvalue()
    assert token not in metrics
    for table in ("mail_tokens", "mails", "notices", "commands", "timeline"):
        assert token not in str([tuple(row) for row in await pool.fetch(f"SELECT t::text FROM {table} t")])


async def test_it_is_in_its_readers_language(app: FastAPI, sign_in: SignIn, mailing: Mailing, pool: Pool) -> None:
    await sent(await sign_in("sales1"))
    link = await link_to(mailing)
    async with phone(app) as http:
        assert "Xác nhận quyết định" in (await http.get(link)).text
        await save_settings(pool, "manager1", NoticeSettings(language="en"))
        try:
            assert "Confirm the decision" in (await http.get(link)).text
        finally:
            await save_settings(pool, "manager1", NoticeSettings())


async def test_what_cannot_be_undone_is_not_decided_by_it_where_a_sign_in_must_be_recent(
    app: FastAPI, sign_in: SignIn, mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = await sign_in("sales1")
    last, first = await sent(sales, lines=SMALL), await sent(sales)
    await mailing.done()
    text = mailing.office.to("manager1")[-1].part("plain")
    links = [link.removeprefix(BASE_URL) for link in dict.fromkeys(LINK.findall(text))]
    commands = app.state.mail_links._commands
    monkeypatch.setattr(commands, "_recent_sign_in", RecentSignIn(timedelta(minutes=10)))
    async with phone(app) as http:
        answers = {link: await http.post(link, data={"decision": "approve", "note": ""}) for link in links}
        assert sorted(answer.status_code for answer in answers.values()) == [200, 401]
        (refusal,) = [answer for answer in answers.values() if answer.status_code == 401]
        assert f"/inbox/{last['id']}" in refusal.text
    assert (await sales.request(last["id"]))["process_status"] == "in_progress"
    assert (await sales.request(first["id"]))["run"]["step"]["key"] == "director"


async def test_once_the_company_has_switched_it_off_no_link_decides(
    app: FastAPI, sign_in: SignIn, mailing: Mailing, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(await sign_in("sales1"))
    link = await link_to(mailing)
    links = app.state.mail_links
    monkeypatch.setattr(app.state, "mail_links", MailLinks(pool, links._commands, LinkRules(on=False)))
    await refused(app, link, 403, "Công ty yêu cầu đăng nhập")


async def refused(app: FastAPI, link: str, status: int | tuple[int, ...], words: str) -> None:
    """Opened or sent, a link decides nothing, and says why and where one signs in."""
    statuses = status if isinstance(status, tuple) else (status,)
    async with phone(app) as http:
        for answer in (await http.get(link), await http.post(link, data={"decision": "approve", "note": ""})):
            assert answer.status_code in statuses, answer.text
            assert words in answer.text
            assert 'href="/inbox/' in answer.text
            assert 'name="decision"' not in answer.text
