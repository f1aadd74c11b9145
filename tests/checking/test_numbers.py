"""No request number is given twice after a restore, whoever knows it: the CRM, the engine, or people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from application.checking.findings import Kind
from application.checking.numbers import Known, pass_numbers
from application.delivery.engine import Engine
from crm import numbers, sessions
from crm.pool import Pool
from tests.api.setting import sent
from tests.checking.looking import YEAR, forget, found
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")


async def set_back(pool: Pool, number: str) -> None:
    """Have the CRM give this number next, as one that was restored to before it."""
    year, place = number.split("-")[1:]
    await pool.execute(f"SELECT setval('purchase_request_number_{year}', $1)", int(place) - 1)


async def begin_session(pool: Pool) -> None:
    lasting = timedelta(hours=1)
    assert await sessions.begin(
        pool, str(uuid7()), "sales1", authenticated_at=None, lasting=lasting, most=5, instead_of=None
    )


async def test_numbers_that_the_engine_knows_are_passed(sign_in: SignIn, pool: Pool, engine: Engine) -> None:
    sales = await sign_in("sales1")
    _, first, last = [await sent(sales) for _ in range(3)]
    for request in (first, last):
        await forget(pool, request)
    await set_back(pool, first["number"])

    *_, finding = await found(pool, engine)

    assert finding.kind is Kind.NUMBERS_BEHIND
    assert f"numbers up to {last['number']}" in finding.text
    assert "run the check with --restored" in finding.remedy
    assert (await sales.create())["number"] > last["number"]


async def test_after_a_restore_numbers_of_drafts_that_only_people_know_are_left_out_once(
    sign_in: SignIn, pool: Pool, engine: Engine
) -> None:
    sales = await sign_in("sales1")
    known, unsent = await sent(sales), await sales.create()
    await forget(pool, unsent)
    await set_back(pool, unsent["number"])
    await begin_session(pool)

    findings = await found(pool, engine, margin=1000)

    assert [finding.kind for finding in findings] == [Kind.NUMBERS_LEFT_OUT, Kind.LOOKED, Kind.SESSIONS_ENDED]
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 0
    place = (await numbers.last_given(pool))[YEAR]
    assert place == int(known["number"].rsplit("-", 1)[1]) + 1000
    await begin_session(pool)
    assert await found(pool, engine, margin=1000) == []
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 1
    assert (await numbers.last_given(pool))[YEAR] == place
    assert int((await sales.create())["number"].rsplit("-", 1)[1]) == place + 1


async def test_a_number_that_nobody_can_have_been_given_is_for_a_person(pool: Pool) -> None:
    """Whoever can start a run can give it any number; a year's numbers are not used up by that."""
    before = await numbers.last_given(pool)
    known = Known()
    known.add([f"YCMH-{YEAR}-900000000", "YCMH-2019-000005", "PO-7"])
    (finding,) = [finding async for finding in pass_numbers(pool, known, year=YEAR, margin=None)]
    assert finding.kind is Kind.NUMBERS_TOO_FAR
    assert finding.remedy
    assert await numbers.last_given(pool) == before


async def test_a_number_that_was_given_again_is_for_a_person(sign_in: SignIn, pool: Pool, engine: Engine) -> None:
    sales = await sign_in("sales1")
    lost = await sent(sales)
    await forget(pool, lost)
    await set_back(pool, lost["number"])
    again = await sent(sales)
    assert again["number"] == lost["number"]

    findings = await found(pool, engine)

    assert [finding.kind for finding in findings] == [Kind.REQUEST_LOST, Kind.NUMBER_TWICE]
    assert again["id"] in findings[1].text
    assert findings[1].remedy
