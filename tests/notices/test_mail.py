"""Mail goes out once to whom it concerns, in their language, whatever the mail server does."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from application.mail_links import LinkRules
from crm import retention
from crm.notices import NoticeSettings, save_settings
from crm.pool import Pool
from crm.retention import Passing, Retention
from embedded.processes import free_port
from notices.mail import Patience
from settings import Settings
from tests.api.setting import SMALL, sent
from tests.clients import LINE
from tests.conftest import SignIn
from tests.notices.conftest import IMPATIENT, Mailing
from tests.notices.post_office import PostOffice, Received, open_post_office

pytestmark = pytest.mark.usefixtures("running_worker")

LINK = re.compile(r"http://localhost/mail/[A-Za-z0-9_-]{43}")


async def states(pool: Pool) -> list[tuple[str, int]]:
    """State and tries of each mail, the oldest first."""
    return [(row["state"], row["tries"]) for row in await pool.fetch("SELECT state, tries FROM mails ORDER BY id")]


async def test_whoever_is_asked_gets_what_a_decision_needs(
    sign_in: SignIn, mailing: Mailing, office: PostOffice
) -> None:
    lines = [LINE | {"description": f"Máy tính {number}"} for number in range(7)]
    request = await sent(await sign_in("sales1"), lines=lines)
    left = await mailing.done()
    assert left.next_at is None
    (mail,) = office.mails
    message, text, html = mail.message, mail.part("plain"), mail.part("html")
    assert mail.receiver == "manager1@demo.example"
    assert message["From"] == "Mua hàng <mua-hang@demo.example>"
    assert message["Subject"] == f"Chờ bạn duyệt: {request['number']}, 875.000.000 ₫"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "vi"
    assert message["References"] == message["In-Reply-To"] == f"<request-{request['id']}@demo.example>"
    assert re.fullmatch(r"<[0-9a-f-]{36}@demo\.example>", message["Message-ID"])
    assert message["Date"].datetime is not None
    for body in (text, html):
        for said in (
            "875.000.000\u00a0₫",
            "Máy tính 4",
            "và 2 mặt hàng khác",
            "Nguyễn Văn An",
            "Hạn",
            request["number"],
        ):
            assert said in body, (said, body)
        assert "Máy tính 5" not in body
        assert len(set(LINK.findall(body))) == 1
        assert f"http://localhost/inbox/{request['id']}?step=manager" in body
    assert f"{LINK.findall(text)[0]}?choose=approve" in text
    assert f"{LINK.findall(text)[0]}?choose=reject" in text


async def test_mails_of_a_request_are_a_thread_and_each_is_in_its_readers_language(
    sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool
) -> None:
    await save_settings(pool, "sales1", NoticeSettings(language="en"))
    try:
        request = await sent(await sign_in("sales1"))
        await mailing.done()
        note = "Kho còn hai máy"
        await (await sign_in("manager1")).done(request["id"], "reject", {"step": "manager", "note": note})
        await mailing.done()
    finally:
        await save_settings(pool, "sales1", NoticeSettings())
    asked, answered = office.mails
    assert (asked.receiver, answered.receiver) == ("manager1@demo.example", "sales1@demo.example")
    assert (asked.message["Content-Language"], answered.message["Content-Language"]) == ("vi", "en")
    assert asked.message["References"] == answered.message["References"]
    assert "Open the request" in answered.part("plain")
    assert note in answered.part("plain")
    assert f"http://localhost/requests/{request['id']}" in answered.part("plain")
    assert not LINK.search(answered.part("plain"))


async def test_several_at_once_are_one_mail(sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool) -> None:
    sales = await sign_in("sales1")
    requests = [await sent(sales) for _ in range(3)]
    await mailing.done()
    (mail,) = office.mails
    assert mail.message["Subject"] == "3 yêu cầu mua hàng chờ bạn duyệt"
    assert mail.message["References"] is None
    text = mail.part("plain")
    assert all(request["number"] in text for request in requests)
    assert len(set(LINK.findall(text))) == 3
    assert await states(pool) == [("sent", 1)]
    await mailing.done()
    assert len(office.mails) == 1


async def test_the_subject_of_several_notices_about_one_request_is_what_happened_last(
    sign_in: SignIn, mailing: Mailing, office: PostOffice
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    await manager.done(request["id"], "reject", {"step": "manager", "note": "Thiếu báo giá"})
    assert (await sales.call("POST", f"/purchase-requests/{request['id']}/send", {})).status_code == 200
    await manager.done(request["id"], "approve", {"step": "manager"})
    await mailing.done()
    (mail,) = [mail for mail in office.mails if mail.receiver == "sales1@demo.example"]
    assert mail.message["Subject"] == f"{request['number']} đã được duyệt xong; người duyệt cuối là Lê Hoàng Nam."
    assert "Thiếu báo giá" in mail.part("plain")


async def test_what_is_decided_before_the_mail_goes_is_not_mailed(
    sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool, settings: Settings
) -> None:
    request = await sent(await sign_in("sales1"))
    office.answers_to["manager1@demo.example"] = ["451 later"]
    await Mailing(pool, settings, office, patience=Patience()).done()
    assert await states(pool) == [("waiting", 1)]
    await pool.execute("UPDATE mails SET next_try_at = now()")
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})
    await mailing.done()
    assert [mail.receiver for mail in office.mails] == ["director1@demo.example"]
    assert await states(pool) == [("sent", 1)]


async def test_whoever_has_no_address_or_has_left_gets_none(
    sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool
) -> None:
    await sent(await sign_in("sales1"))
    await mailing.tell()
    await pool.execute("UPDATE users SET email = '' WHERE username = 'manager1'")
    try:
        left = await mailing.deliver()
    finally:
        await pool.execute("UPDATE users SET email = 'manager1@demo.example' WHERE username = 'manager1'")
    assert left.next_at is None
    assert (office.mails, await states(pool)) == ([], [])


async def test_what_looks_like_headers_or_markup_is_text(
    sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool
) -> None:
    name = 'An <b>Nguyễn</b>\r\nBcc: other@elsewhere.example\r\n\r\n<script>alert("1")</script>'
    line = LINE | {"description": '<img src="http://elsewhere.example/x">', "unit": "=1+1"}
    await pool.execute("UPDATE users SET name = $1 WHERE username = 'sales2'", name)
    await sent(await sign_in("sales2"), lines=[line], purpose="</td></table><a href='javascript:1'>xem</a>")
    await mailing.done()
    (mail,) = office.mails
    assert mail.receiver == "manager1@demo.example"
    assert not [header for header in mail.message if header.lower() in ("bcc", "cc", "sender")]
    html = mail.part("html")
    for markup in ("<b>", "<script", "<img", "javascript:1'>", "</td></table><a"):
        assert markup not in html
    assert "&lt;img src=" in html
    assert "\nBcc:" not in mail.part("plain")
    assert 'An <b>Nguyễn</b> Bcc: other@elsewhere.example <script>alert("1")</script>' in mail.part("plain")


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: c@d.example",
        "nobody",
        "hà@demo.example",
        "a b@c.example",
        "a@",
        "@c.example",
        "a@b@c.example",
    ],
)
async def test_what_is_no_address_is_refused_and_others_get_theirs(
    sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool, address: str
) -> None:
    await pool.execute("UPDATE users SET email = $1 WHERE username = 'manager1'", address)
    try:
        for owner in ("sales1", "manager1"):
            await sent(await sign_in(owner))
        left = await mailing.done()
    finally:
        await pool.execute("UPDATE users SET email = 'manager1@demo.example' WHERE username = 'manager1'")
    assert [mail.receiver for mail in office.mails] == ["director1@demo.example"]
    assert sorted(await states(pool)) == [("refused", 1), ("sent", 1)]
    assert "refused · `manager1`" in left.details


async def test_one_connection_takes_many_and_a_refused_receiver_keeps_nobody_else_from_theirs(
    sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool
) -> None:
    for owner in ("sales1", "manager1", "manager2"):
        await sent(await sign_in(owner))
    office.answers_to["manager1@demo.example"] = ["550 no such `mailbox`"]
    left = await mailing.done()
    assert office.connections == 1
    assert {mail.receiver for mail in office.mails} == {"director1@demo.example"}
    assert sorted(state for state, _ in await states(pool)) == ["refused", "sent"]
    assert "refused · `manager1`" in left.details
    assert "`` 550 no such `mailbox` ``" in left.details


async def test_a_receiver_who_is_greylisted_gets_it_later(
    sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool, settings: Settings
) -> None:
    await sent(await sign_in("sales1"))
    office.answers_to["manager1@demo.example"] = ["450 4.2.0 greylisted", "450 4.2.0 greylisted"]
    usual = Mailing(pool, settings, office, patience=Patience())
    for tries, minutes in ((1, 1), (2, 5)):
        left = await usual.done()
        assert left.next_at is not None
        pause = left.next_at - datetime.now(UTC)
        assert timedelta(minutes=minutes - 1) < pause <= timedelta(minutes=minutes)
        assert (await states(pool), office.mails) == ([("waiting", tries)], [])
        await pool.execute("UPDATE mails SET next_try_at = now()")
    await mailing.done()
    assert (len(office.mails), await states(pool)) == (1, [("sent", 3)])


async def test_what_is_never_taken_is_given_up(
    sign_in: SignIn, pool: Pool, settings: Settings, mailing: Mailing, office: PostOffice
) -> None:
    await sent(await sign_in("sales1"))
    office.answers_to["manager1@demo.example"] = ["450 not now"]
    hasty = Mailing(pool, settings, office, patience=IMPATIENT.model_copy(update={"give_up": timedelta(0)}))
    left = await hasty.done()
    assert (await states(pool), left.next_at) == ([("refused", 1)], None)


async def test_while_the_server_is_away_all_wait(
    sign_in: SignIn, pool: Pool, settings: Settings, mailing: Mailing, office: PostOffice
) -> None:
    await sent(await sign_in("sales1"))
    nowhere = PostOffice(port=free_port())
    away = Mailing(pool, settings, nowhere, patience=Patience(away=timedelta(minutes=1)))
    left = await away.done()
    assert left.next_at is not None
    assert left.details.startswith("**The mail server takes no mail**")
    assert await states(pool) == []
    await mailing.done()
    assert (len(office.mails), await states(pool)) == (1, [("sent", 1)])


async def test_a_server_that_hangs_is_given_up_in_time_and_the_mail_is_sent_once_more(
    sign_in: SignIn, pool: Pool, settings: Settings, mailing: Mailing
) -> None:
    await sent(await sign_in("sales1"))
    async with open_post_office() as slow:
        slow.pause = 1.0
        waiting = Mailing(pool, settings, slow, timeout=0.3)
        await waiting.done()
        assert await states(pool) == [("waiting", 1)]
        await asyncio.sleep(0.01)
        slow.pause = 0.0
        await waiting.done()
        assert await states(pool) == [("sent", 2)]
        assert len(slow.mails) == 2
        assert len({mail.message["Message-ID"] for mail in slow.mails}) == 1


async def test_of_a_mail_whose_line_is_cut_twice_nobody_sends_a_third(
    sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool
) -> None:
    await sent(await sign_in("sales1"))
    office.dropped = 2
    for _ in range(2):
        await mailing.done()
        await asyncio.sleep(0.01)
    left = await mailing.done()
    assert len(office.mails) == 2
    assert len({mail.message["Message-ID"] for mail in office.mails}) == 1
    assert await states(pool) == [("unknown", 2)]
    assert (left.next_at, "unknown · `manager1`" in left.details) == (None, True)


async def test_after_a_kill_in_the_middle_of_a_mail_it_goes_out_once_more_at_most(
    sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool, settings: Settings, repository: Path
) -> None:
    await sent(await sign_in("sales1"))
    await mailing.tell()
    office.pause = 60.0
    for kills in (1, 2):
        office.came.clear()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.notices.deliver",
            str(office.port),
            cwd=repository,
            env={**os.environ, "DATABASE_URL": settings.database_url},
        )
        await asyncio.wait_for(office.came.wait(), 60)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        assert await states(pool) == [("sending", kills)]
        assert (
            await mailing.deliver()
        ).next_at is not None  # while the dead one's time is not over, nobody else sends it
        assert len(office.mails) == kills
        await pool.execute("UPDATE mails SET next_try_at = now()")
    left = await mailing.deliver()
    assert await states(pool) == [("unknown", 2)]
    assert left.next_at is None
    assert len(office.mails) == 2
    assert len({mail.message["Message-ID"] for mail in office.mails}) == 1


async def test_two_workers_at_once_send_each_mail_once(
    sign_in: SignIn, pool: Pool, settings: Settings, mailing: Mailing, office: PostOffice
) -> None:
    for owner in ("sales1", "manager1", "manager2"):
        await sent(await sign_in(owner))
    await mailing.tell()
    office.pause = 0.05
    others = [Mailing(pool, settings, office) for _ in range(4)]
    await asyncio.gather(*(other.deliver() for other in others))
    assert sorted(mail.receiver for mail in office.mails) == ["director1@demo.example", "manager1@demo.example"]


def links_of(mail: Received) -> set[str]:
    return set(LINK.findall(mail.part("plain")))


@pytest.mark.parametrize(
    ("rules", "linked"),
    [
        (LinkRules(on=False), False),
        (LinkRules(up_to=Decimal(124_999_999), currency="VND"), False),
        (LinkRules(up_to=Decimal(125_000_000), currency="VND"), True),
        (LinkRules(up_to=Decimal(125_000_000), currency="USD"), False),
    ],
)
async def test_the_company_says_what_may_be_decided_from_a_mail(
    sign_in: SignIn,
    pool: Pool,
    settings: Settings,
    mailing: Mailing,
    office: PostOffice,
    rules: LinkRules,
    linked: bool,
) -> None:
    await sent(await sign_in("sales1"))
    await Mailing(pool, settings, office, rules).done()
    (mail,) = office.mails
    assert bool(links_of(mail)) is linked
    assert "/inbox/" in mail.part("plain")


async def test_a_substitute_is_mailed_without_links_that_decide(
    sign_in: SignIn, mailing: Mailing, office: PostOffice
) -> None:
    manager = await sign_in("manager1")
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"until": until, "reason": "Nghỉ phép", "substitute": "manager2"}
    answer = await manager.call("POST", "/substitutions", body)
    assert answer.status_code == 201, answer.text
    try:
        request = await sent(await sign_in("sales1"))
        await mailing.done()
    finally:
        revoked = await manager.call("DELETE", f"/substitutions/{answer.json()['id']}")
        assert revoked.status_code == 204, revoked.text
    (own,), (theirs,) = office.to("manager1"), office.to("manager2")
    assert links_of(own)
    assert not links_of(theirs)
    assert f"http://localhost/inbox/{request['id']}?step=manager&for=manager1" in theirs.part("plain")
    assert "người thay Lê Hoàng Nam" in theirs.part("plain")


async def test_after_the_end_a_substitute_who_may_still_read_it_is_not_asked(
    sign_in: SignIn, mailing: Mailing, office: PostOffice
) -> None:
    manager = await sign_in("manager1")
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"until": until, "reason": "Nghỉ phép", "substitute": "manager2"}
    answer = await manager.call("POST", "/substitutions", body)
    assert answer.status_code == 201, answer.text
    try:
        sales = await sign_in("sales1")
        request = await sent(sales)
        watching = await sales.call("POST", f"/purchase-requests/{request['id']}/watchers", {"username": "manager2"})
        assert watching.status_code == 201, watching.text
        await mailing.tell()
    finally:
        revoked = await manager.call("DELETE", f"/substitutions/{answer.json()['id']}")
        assert revoked.status_code == 204, revoked.text
    await mailing.deliver()
    assert [mail.receiver for mail in office.mails] == ["manager1@demo.example"]


async def test_what_became_of_old_mails_is_forgotten_and_what_waits_is_not(
    sign_in: SignIn, mailing: Mailing, office: PostOffice, pool: Pool
) -> None:
    await sent(await sign_in("sales1"))
    await mailing.done()
    await pool.execute("UPDATE mails SET ended_at = now() - interval '91 days'")
    assert await retention.forget_some(pool, Passing.MAILS, Retention()) == 1
    assert await pool.fetchval("SELECT count(*) FROM mail_tokens") == 0
    await mailing.done()
    assert len(office.mails) == 1


async def test_a_mail_says_an_amount_to_the_smallest_unit_of_its_currency_as_pages_do(
    sign_in: SignIn, mailing: Mailing, office: PostOffice
) -> None:
    lines = [LINE | {"quantity": "10", "unit_price": "1250000.25"}]
    request = await sent(await sign_in("sales1"), lines=lines)
    await mailing.done()
    (mail,) = office.mails
    assert mail.message["Subject"] == f"Chờ bạn duyệt: {request['number']}, 12.500.003 ₫"
    for body in (mail.part("plain"), mail.part("html")):
        assert "12.500.002,5" not in body
