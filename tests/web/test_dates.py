"""Dates in forms: written as the reader's language writes them, read however people type them, refused with an example."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from starlette.datastructures import FormData

from tests.conftest import SignIn
from tests.web.browser import visitor
from texts import LANGUAGES, Language
from texts.moments import day_text, moment_text
from web.dates import read_day
from web.formats import Formats
from web.request_form import WrongFormError, read

pytestmark = pytest.mark.usefixtures("running_worker")

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2026, 12, 8)


@pytest.mark.parametrize(
    "typed",
    ["08/12/2026", " 8/12/2026 ", "8.12.2026", "08-12-2026", "8 / 12 / 2026", "08122026", "8 Dec 2026", "2026-12-08"],
)
def test_a_date_is_read_however_it_is_typed_the_day_first(typed: str) -> None:
    assert read_day(typed) == DAY


@pytest.mark.parametrize(
    "typed", ["", "mai", "31/02/2026", "12/2026", "8/12/26", "8 Xyz 2026", "0/12/2026", "٨/١٢/٢٠٢٦", "08/12/20266"]
)
def test_what_is_no_date_is_not_guessed_at(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several places
        read_day(typed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_page_writes_is_read_again(language: str) -> None:
    formats = Formats(language, ZONE)  # type: ignore[arg-type]  # one of them
    for month in range(1, 13):
        assert read_day(formats.day(date(2026, month, 28))) == date(2026, month, 28)


@pytest.mark.parametrize(
    ("language", "example"), [("vi", "hãy nhập ngày, ví dụ 24/11/2026"), ("en", "write a date such as 24 Nov 2026")]
)
def test_a_request_says_which_date_is_wrong_and_how_to_write_it(language: str, example: str) -> None:
    fields = {"purpose": "a", "currency": "VND", "lines.0.product_code": "a", "lines.0.quantity": "1"}
    formats = Formats(language, ZONE)  # type: ignore[arg-type]  # see above
    with pytest.raises(WrongFormError) as wrong:
        read(FormData({**fields, "desired_delivery_date": "12/31/2026"}), formats, None, {})
    assert wrong.value.form.errors == {"/desired_delivery_date": example}
    assert wrong.value.form.values["desired_delivery_date"] == "12/31/2026"
    for typed in ("08/12/2026", "2026-12-08"):
        _, draft = read(FormData({**fields, "desired_delivery_date": typed}), formats, None, {})
        assert draft.desired_delivery_date == DAY


@pytest.mark.parametrize(("language", "written"), [("vi", "15/01/2027"), ("en", "15 Jan 2027")])
async def test_the_form_shows_the_date_as_the_language_writes_it(
    app: FastAPI, sign_in: SignIn, language: str, written: str
) -> None:
    request = await (await sign_in("sales1")).create()
    async with visitor(app, "sales1", language) as person:
        page = await person.read(f"/requests/{request['id']}/edit")
    field = re.search(r'<input [^>]*name="desired_delivery_date"[^>]*>', page)
    assert field
    assert f'value="{written}"' in field[0]


async def test_a_substitution_says_which_date_is_wrong(app: FastAPI) -> None:
    fields = {"substitute": "manager2", "from": "30/02/2027", "until": "5/3/2027", "reason": "Nghỉ phép"}
    async with visitor(app, "manager1", "vi") as person:
        answer = await person.post(
            "/substitutions", {**fields, "id": "0190a0a0-0000-7000-8000-000000000001"}, page="/substitutions"
        )
    assert answer.status_code == 422
    assert "hãy nhập ngày, ví dụ 24/11/2026" in answer.text
    assert 'value="30/02/2027"' in answer.text


async def test_a_day_of_the_companys_own_is_typed_as_dates_are(app: FastAPI) -> None:
    async with visitor(app, "admin1", "vi") as person:
        fields = {"year": "2027", "hours": "", "name": "Ngày thành lập"}
        refused = await person.post("/admin/calendar/days", {**fields, "day": "hôm nay"}, page="/admin/calendar")
        assert "hãy nhập ngày, ví dụ 24/11/2026" in refused.text
        taken = await person.post("/admin/calendar/days", {**fields, "day": "05/03/2027"}, page="/admin/calendar")
        assert taken.status_code == 303
        assert "05/03/2027" in await person.read("/admin/calendar?year=2027")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("month", range(1, 13))
def test_mails_and_notices_write_days_and_moments_as_pages_do(language: Language, month: int) -> None:
    formats, moment = Formats(language, ZONE), datetime(2026, month, 1, 10, 5, tzinfo=ZONE)
    assert day_text(moment, language) == formats.day(moment.date())
    assert moment_text(moment, language, ZONE) == formats.time(moment)
