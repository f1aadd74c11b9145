"""A CRM that is hard on its pages: long texts without a space, large amounts, many lines, a request in each state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import FastAPI

from application.mail_links import LinkRules
from approval.effects import EventType
from crm.pool import Pool
from embedded.amis.orders import example
from settings import Settings
from tests.api.attaching import attach
from tests.api.setting import DIRECTOR_ONLY, SMALL, completed, connect, publish, sent
from tests.clients import LINE, ApiClient
from tests.conftest import SignIn
from tests.connectors import amis
from tests.notices.conftest import Mailing
from tests.notices.hooked import happen, hooked
from tests.notices.post_office import open_post_office
from tests.notices.receiver import receiving, status
from tests.notices.test_mail import LINK as IN_MAIL
from tests.web.browser import visitor

LINK: Final = "https://example.com/" + "bao-gia-thiet-bi-" * 10
"""A text that people paste, in which no line can be broken at a space."""
SOME: Final = LINK[:60]

LARGE: Final = {**LINE, "description": LINK, "quantity": "98765.25", "unit_price": "9876543210.5", "supplier": LINK}
"""A line of 975,461,... billions; its product code and its warehouse are long as well."""
LONG_LINE: Final = {**LARGE, "product_code": LINK[:50], "warehouse": LINK}
MANY: Final = [{**LINE, "description": f"Bộ lưu điện APC Smart-UPS 3000VA số {number}"} for number in range(59)]


@asynccontextmanager
async def full_crm(app: FastAPI, sign_in: SignIn, pool: Pool, settings: Settings) -> AsyncIterator[dict[str, str]]:
    """While the block runs, a CRM full of them; ids, and the token of a mail, by what they are of."""
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    made = await _requests(sales, manager)
    made |= await _sources(sales)
    made |= await _looked_at(app)
    await _administered(admin, sales)
    await _around(made, sales, manager, admin)
    async with open_post_office() as office:
        await Mailing(pool, settings, office, LinkRules()).done()
        made["token"] = IN_MAIL.findall(office.to("manager1")[-1].part("plain"))[-1].rsplit("/", 1)[1]
    async with (
        receiving() as receiver,
        hooked(admin, pool, receiver.address, name=LINK) as hook,
        amis.serving() as stand_in,
    ):
        receiver.respond = status(503, LINK * 5)
        await happen(pool, made["waiting"], EventType.REQUEST_SENT, EventType.STEP_OPENED)
        await hook.dispatch()
        await hook.deliver()
        stand_in.orders.add(example(LINK[:150], 1))
        await amis.connect(pool, stand_in)
        await amis.followed(pool, stand_in)
        yield made | {"endpoint": str(hook.endpoint_id)}
        await amis.forget(pool)


async def _requests(sales: ApiClient, manager: ApiClient) -> dict[str, str]:
    order = next(item for item in (await sales.get("/sales-orders?q=0412"))["items"])["id"]
    draft = await sales.get(f"/sales-orders/{order}/purchase-request-draft")
    texts = {"purpose": LINK, "delivery_address": LINK, "description": LINK}
    waiting = await sent(sales, **texts, lines=[LONG_LINE, *MANY])
    proposed = await sent(sales, **{**draft, **texts})
    await manager.done(proposed["id"], "reject", {"step": "manager", "note": LINK})
    await sales.done(proposed["id"], "send")
    quantity = {"id": proposed["lines"][0]["id"], "quantity": "123456.75", "supplier": LINK}
    await manager.done(proposed["id"], "approve", {"step": "manager", "changes": {"lines": [quantity]}})
    returned = await sent(sales, **texts, lines=[LONG_LINE, *MANY])
    await manager.done(returned["id"], "reject", {"step": "manager", "note": LINK})
    bought = await completed(sales, manager, **texts, lines=[{**LONG_LINE, "unit_price": "1.5"}, *SMALL])
    kept = await sales.create(**texts, lines=[LONG_LINE])
    return {
        "order": order,
        "draft": kept["id"],
        "waiting": waiting["id"],
        "proposed": proposed["id"],
        "returned": returned["id"],
        "bought": bought["id"],
    }


async def _sources(sales: ApiClient) -> dict[str, str]:
    return {"opportunity": (await sales.get("/opportunities"))["items"][0]["id"]}


async def _administered(admin: ApiClient, sales: ApiClient) -> None:
    """A process with long names of which something is on its way, and one with a matrix."""
    steps = [{**step, "name": SOME} for step in DIRECTOR_ONLY]
    await publish(admin, "long-names", steps, description=LINK)
    await connect(admin, "long-names")
    await sent(sales, purpose=LINK)
    await publish(admin, "long-names", [*steps, {**steps[0], "key": "again"}], description=LINK)
    await connect(admin, "purchase-approval")
    matrix = {
        "rows": [
            {
                "step": "board",
                "department": "Kinh doanh miền Bắc",
                "supplier": SOME,
                "approvers": [{"role": "director"}],
            }
        ]
    }
    board = {"key": "board", "name": SOME, "approvers": [{"matrix": True}]}
    document = {"schema_version": 2, "key": "matrix", "name": SOME, "steps": [board], "matrix": matrix}
    await _done(admin, "PUT", "/processes/matrix/draft", document)


async def _looked_at(app: FastAPI) -> dict[str, str]:
    """A file that an admin has uploaded and not taken yet."""
    async with visitor(app, "admin1", "vi") as person:
        fields = {"csrf_token": await person.token("/admin/imports"), "kind": "suppliers"}
        files = {"file": (f"{SOME}.csv", f"code,name\nFPT,{LINK}\n".encode())}
        answer = await person.http.post("/admin/imports", data=fields, files=files)
    assert answer.status_code == 303, answer.text
    return {"import": answer.headers["location"].rsplit("/", 1)[1]}


async def _around(made: dict[str, str], sales: ApiClient, manager: ApiClient, admin: ApiClient) -> None:
    """What is said about requests, their files, and who decides for whom."""
    request = f"/purchase-requests/{made['waiting']}"
    await _done(sales, "POST", f"{request}/comments", {"text": f"@manager1 **{LINK}**\n\n- {LINK}\n\n> {LINK}"})
    await _done(sales, "POST", f"{request}/watchers", {"username": "sales2"})
    await attach(manager, {"id": made["waiting"]}, name=f"{LINK[20:160].strip('-')}.pdf")
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    await _done(manager, "POST", "/substitutions", {"substitute": "manager2", "until": until, "reason": LINK[:180]})
    hours = {day: ["08:00-12:00", "13:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
    own = [{"date": f"{datetime.now(UTC).year}-12-30", "hours": [], "name": LINK[:90]}]
    long = {"username": "long1", "name": LINK[:190], "department": LINK[:190], "email": f"{LINK[20:150]}@example.com"}
    await _done(
        admin, "POST", "/people", {**long, "roles": [f"{letter * 60}" for letter in "ab"], "manager": "manager1"}
    )
    answer = await admin.call("PUT", "/calendar", {"weekly_hours": hours, "own_days": own}, If_Match="*")
    assert answer.is_success, answer.text


async def _done(who: ApiClient, method: str, path: str, body: Any) -> None:
    answer = await who.call(method, path, body)
    assert answer.is_success, answer.text
