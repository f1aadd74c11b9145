"""``/calendar`` and reminders by hand, through the API. Source: processes.md, "Deadlines that do something"."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish, sent
from tests.clients import ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

OFFICE = ["08:00-12:00", "13:00-17:00"]
WEEK = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), OFFICE)
CALENDAR = {"weekly_hours": WEEK, "country": "VN", "own_days": [{"date": "2026-12-24", "name": "Tất niên"}]}


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def as_before(sign_in: SignIn, pool: Pool) -> AsyncIterator[None]:
    """Every test begins and ends without a stored calendar, and ends with the demo's connection."""
    await pool.execute("DELETE FROM calendars")
    yield
    await pool.execute("DELETE FROM calendars")
    await connect(await sign_in("admin1"), "purchase-approval")


async def put(admin: ApiClient, body: Any, seen: str | None = '"0"') -> Any:
    """Change the calendar."""
    return await admin.call("PUT", "/calendar", body, **({"If_Match": seen} if seen is not None else {}))


async def test_until_somebody_stores_one_the_calendar_is_that_of_the_settings(sign_in: SignIn) -> None:
    answer = await (await sign_in("sales1")).call("GET", "/calendar")
    assert answer.headers["etag"] == '"0"'
    found = answer.json()
    assert (found["version"], found["changed_by"], found["country"]) == (0, None, "VN")
    assert found["weekly_hours"] == {**WEEK, "saturday": [], "sunday": []}


async def test_an_admin_changes_it_and_everybody_reads_who_did(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    answer = await put(admin, CALENDAR)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"'), answer.text
    found = await (await sign_in("manager1")).get("/calendar")
    assert found == answer.json()
    assert found["changed_by"]["username"] == "admin1"
    assert found["own_days"] == [{"date": "2026-12-24", "hours": [], "name": "Tất niên"}]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**CALENDAR, "weekly_hours": {"monday": ["17:00-08:00"]}}, "/weekly_hours/monday"),
        ({**CALENDAR, "weekly_hours": {"monday": ["08:00-12:00", "11:00-17:00"]}}, "/weekly_hours/monday"),
        ({**CALENDAR, "weekly_hours": {"monday": ["8-12"]}}, "/weekly_hours/monday/0"),
        ({**CALENDAR, "weekly_hours": {"feastday": OFFICE}}, "/weekly_hours/feastday"),
        ({**CALENDAR, "country": "XX"}, "/country"),
        ({**CALENDAR, "own_days": [{"date": "2026-12-24"}, {"date": "2026-12-24"}]}, ""),
        ({**CALENDAR, "own_days": [{"date": "1066-10-14"}]}, "/own_days/0/date"),
        ({"country": "VN"}, "/weekly_hours"),
    ],
)
async def test_what_is_wrong_in_a_calendar_is_pointed_at(sign_in: SignIn, body: Any, pointer: str) -> None:
    answer = await put(await sign_in("admin1"), body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("week", [{}, {"sunday": []}, {"monday": ["08:00-09:00"]}])
async def test_a_calendar_without_working_time_is_refused(sign_in: SignIn, week: Any) -> None:
    answer = await put(await sign_in("admin1"), {**CALENDAR, "weekly_hours": week})
    assert (answer.status_code, answer.json()["code"]) == (422, "calendar_missing")


@pytest.mark.parametrize(
    ("seen", "status", "code"), [(None, 428, "if_match_required"), ('"7"', 412, "stale_version"), ("*", 200, None)]
)
async def test_nobodys_change_is_lost(sign_in: SignIn, seen: str | None, status: int, code: str | None) -> None:
    answer = await put(await sign_in("admin1"), CALENDAR, seen)
    assert (answer.status_code, answer.json().get("code")) == (status, code)


async def test_holidays_of_a_year_are_told_with_the_days_that_are_worked_instead(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    of_the_settings = await admin.get("/calendar/holidays?year=2026")
    await put(admin, {**CALENDAR, "country": ""})
    assert (await admin.get("/calendar/holidays?year=2026"))["holidays"] == []
    await put(admin, CALENDAR, '"1"')
    assert await admin.get("/calendar/holidays?year=2026") == of_the_settings
    found = await admin.get("/calendar/holidays?year=2026")
    assert (found["year"], found["country"], found["worked_instead"]) == (2026, "VN", ["2026-08-22"])
    names = {holiday["date"]: holiday["name"] for holiday in found["holidays"]}
    assert names["2026-02-17"] == "Lunar New Year"
    assert "2026-08-31" in names
    answer = await admin.call("GET", "/calendar/holidays?year=1066")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/year")


def step(**more: Any) -> dict[str, Any]:
    """A step of the manager's with a deadline."""
    return {"key": "manager", "name": "Manager", "approvers": [{"user": "manager1"}], **more}


CLOCK: dict[str, Any] = {
    "deadline": "16bh",
    "remind": ["50%", "100%"],
    "escalate": [{"after": "8bh", "to": "manager"}, {"after": "16bh", "to": {"role": "admin"}}],
    "on_expiry": "return",
    "expire_after": "2bd",
}


async def test_a_request_says_until_when_and_what_the_clock_will_do(sign_in: SignIn) -> None:
    admin, sales, manager = [await sign_in(name) for name in ("admin1", "sales1", "manager1")]
    always = {day: ["00:00-23:59"] for day in (*WEEK, "saturday", "sunday")}
    await put(admin, {"weekly_hours": always})
    await publish(admin, "with-a-clock", [step(**CLOCK)], schema_version=2)
    await connect(admin, "with-a-clock")
    request = await sent(sales, lines=SMALL)
    (one,) = request["run"]["steps"][0]["assignments"]
    opened, due = (datetime.fromisoformat(one[name]) for name in ("opened_at", "due_at"))
    assert 16 * 3600 <= (due - opened).total_seconds() <= 16 * 3600 + 60
    assert [alarm["kind"] for alarm in one["upcoming"]] == ["remind", "remind", "escalate", "escalate"]
    assert one["upcoming"][1]["at"] == one["due_at"]
    assert (one["reminded"], one["escalated_from"]) == ([], None)
    inbox = await manager.get("/inbox?limit=200")
    (item,) = [item for item in inbox["items"] if item["id"] == request["id"]]
    assert (item["deadline"], item["instead_of"]) == (one["due_at"], None)
    assert item["upcoming"][0]["kind"] == "remind"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"deadline": "16"}, "deadline"),
        ({"deadline": "50%"}, "deadline"),
        ({"deadline": None}, "remind"),
        ({"remind": ["50%"] * 11}, "remind"),
        ({"escalate": [{"after": "8bh", "to": {"user": "nobody"}}]}, "escalate/0/to"),
        ({"escalate": [{"after": "8bh", "to": {"role": "no-such-role"}}]}, "escalate/0/to"),
        ({"escalate": [{"after": "8bh", "to": "boss"}]}, "escalate/0/to"),
        ({"on_expiry": "approve"}, "on_expiry"),
        ({"expire_after": None}, "on_expiry"),
    ],
)
async def test_what_is_wrong_with_a_clock_is_pointed_at(sign_in: SignIn, wrong: Any, pointer: str) -> None:
    document = {"schema_version": 2, "key": "wrong", "name": "Wrong", "steps": [step(**{**CLOCK, **wrong})]}
    answer = await (await sign_in("admin1")).call("PUT", "/processes/wrong/draft", document)
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    assert f"/steps/0/{pointer}" in [error["pointer"] for error in answer.json()["errors"]]


async def test_a_reminder_by_hand_is_on_the_timeline_and_again_only_after_four_hours(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    assert "remind" in request["allowed_actions"]
    reminded = await sales.done(request["id"], "remind", {"step": "manager"})
    assert "remind" not in reminded["allowed_actions"]
    assert len(reminded["run"]["steps"][0]["assignments"][0]["reminded"]) == 1
    last = (await sales.timeline(request["id"]))[-1]
    assert (last["action"], last["actor"]["username"], last["note"]) == ("remind", "sales1", "Lê Hoàng Nam (manager1)")
    again = await sales.act(request["id"], "remind", {"step": "manager"})
    assert (again.status_code, again.json()["code"]) == (429, "reminded_recently")
    assert 14_000 < int(again.headers["retry-after"]) <= 14_400
    other = await manager.act(request["id"], "remind", {"step": "manager"})
    assert (other.status_code, other.json()["code"]) == (403, "forbidden")
    approved = await manager.done(request["id"], "approve", {"step": "manager"}, If_Match=f'"{request["version"]}"')
    assert approved["process_status"] == "completed", "a reminder has made a decision stale"


@pytest.mark.parametrize("command", ["5b1f5a4e-95a5-4b0f-8a58-0d4a4f6a4a10"])
async def test_a_reminder_that_is_tried_again_is_one_reminder(sign_in: SignIn, command: str) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales, lines=SMALL)
    body = {"step": "manager", "command_id": command}
    first, again = [await sales.done(request["id"], "remind", body) for _ in range(2)]
    assert first["version"] == again["version"]
    assert len(again["run"]["steps"][0]["assignments"][0]["reminded"]) == 1


async def test_a_calendar_with_a_year_off_in_a_row_is_refused(sign_in: SignIn) -> None:
    first = date(2027, 1, 4)
    days = [{"date": (first + timedelta(days=number)).isoformat()} for number in range(200)]
    answer = await put(await sign_in("admin1"), {**CALENDAR, "own_days": days})
    assert (answer.status_code, answer.json()["code"]) == (422, "calendar_missing")
    (wrong,) = answer.json()["errors"]
    assert wrong["pointer"] == "/own_days"
    assert "2027-01-04" in wrong["detail"]
    weeks = [day for day in days if date.fromisoformat(day["date"]).weekday() < 2]
    assert (await put(await sign_in("admin1"), {**CALENDAR, "own_days": weeks})).status_code == 200
