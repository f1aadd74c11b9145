"""Request numbers: unique, ascending within their year, gaps allowed."""

from __future__ import annotations

import asyncio
from datetime import date

import asyncpg
import pytest

from crm.pool import Pool
from tests.crm.saved import save


async def test_numbers_ascend_within_their_year_and_start_anew_with_the_next(pool: Pool) -> None:
    years = (2030, 2030, 2031, 2030, 2031)
    numbers = [(await save(pool, today=date(year, 12, 31))).number for year in years]
    assert numbers == [
        "YCMH-2030-000001",
        "YCMH-2030-000002",
        "YCMH-2031-000001",
        "YCMH-2030-000003",
        "YCMH-2031-000002",
    ]


async def test_the_first_requests_of_a_year_made_at_once_all_get_numbers_of_their_own(pool: Pool) -> None:
    saved = await asyncio.gather(*(save(pool, today=date(2032, 1, 1)) for _ in range(20)))
    assert len({request.number for request in saved}) == 20
    assert all(request.number.startswith("YCMH-2032-") for request in saved)


async def test_a_request_that_was_not_saved_leaves_a_gap_and_holds_nobody_up(pool: Pool) -> None:
    await save(pool, today=date(2033, 1, 1))
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        assert await connection.fetchval("SELECT next_request_number(2033)") == "YCMH-2033-000002"
        async with asyncio.timeout(5):
            other = await save(pool, today=date(2033, 1, 1))  # while that one is neither saved nor given up
        await transaction.rollback()
    assert other.number == "YCMH-2033-000003"
    assert (await save(pool, today=date(2033, 1, 1))).number == "YCMH-2033-000004"


async def test_no_two_requests_have_one_number(pool: Pool) -> None:
    one, other = await save(pool), await save(pool)
    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute("UPDATE purchase_requests SET number = $1 WHERE id = $2", one.number, other.id)
