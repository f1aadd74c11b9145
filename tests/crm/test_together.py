"""Several questions in one statement, against PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import asyncpg
import pytest

from crm.pool import Pool
from crm.together import Together
from tests.statements import asked_by, listen


@pytest.fixture(scope="module", autouse=True)
def _listening(monkeypatch_module: pytest.MonkeyPatch) -> None:
    listen(monkeypatch_module)


async def test_what_is_asked_at_the_same_time_is_answered_as_if_it_were_asked_alone(pool: Pool) -> None:
    values = """SELECT n, $1::numeric * n AS price, $2::timestamptz AS at, jsonb_build_object('n', n) AS document,
        ARRAY['a', NULL] AS names, NULL::text AS nothing FROM generate_series(1, 3) n ORDER BY n DESC"""
    arguments = (Decimal("1.10"), datetime(2026, 11, 29, tzinfo=UTC))
    none = "SELECT username FROM users WHERE username = $1"
    together = Together(pool)
    one, other, again = await asyncio.gather(
        together.fetch(values, *arguments), together.fetch(none, "nobody"), together.fetch(values, *arguments)
    )
    assert one == again == [dict(row) for row in await pool.fetch(values, *arguments)]
    assert other == []
    assert [type(one[0][name]) for name in ("price", "at", "document")] == [Decimal, datetime, dict]


async def test_it_costs_one_round_trip(pool: Pool) -> None:
    async def ask() -> None:
        together = Together(pool)
        await asyncio.gather(*(together.fetch(f"SELECT {number} AS number") for number in range(5)))

    await ask()
    assert len(await asked_by(ask())) == 1


async def test_one_that_cannot_be_answered_is_told_to_all_and_the_next_ones_are_answered(pool: Pool) -> None:
    together = Together(pool)
    found = await asyncio.gather(
        together.fetch("SELECT 1 AS number"), together.fetch("SELECT 1 / $1::int AS number", 0), return_exceptions=True
    )
    assert [type(one) for one in found] == [asyncpg.DivisionByZeroError] * 2
    assert await together.fetch("SELECT 2 AS number") == [{"number": 2}]


async def test_a_column_that_the_driver_might_not_read_is_refused(pool: Pool) -> None:
    with pytest.raises(TypeError, match=r"^days is of the type date\[\]; make it JSON$"):
        await Together(pool).fetch("SELECT ARRAY[current_date] AS days")


async def test_who_does_not_wait_any_more_keeps_no_answer_from_others(pool: Pool) -> None:
    together = Together(pool)
    gone = asyncio.create_task(together.fetch("SELECT 1 AS number"))
    stays = asyncio.create_task(together.fetch("SELECT 2 AS number"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == [{"number": 2}]
    with pytest.raises(asyncio.CancelledError):
        await gone
