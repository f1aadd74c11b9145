"""Which database errors are retried, and which are not."""

from __future__ import annotations

import asyncpg
import pytest
from pydantic import TypeAdapter, ValidationError
from temporalio.exceptions import ApplicationError

from activities.errors import PERMANENT, classify
from crm.pool import Pool, is_permanent

PASSING = [
    "53300",  # too many connections
    "53100",  # disk full
    "57P01",  # an administrator ends the session
    "57P03",  # the server is starting
    "57014",  # the statement took too long
    "40001",  # serialization failure
    "40P01",  # deadlock
    "08006",  # the connection broke
    "55P03",  # a lock is not to be had
    "25006",  # a standby that has not taken over yet
    "58030",  # the disk does not answer
    "XX000",  # an internal error
    "42P01",  # a table is not there yet: the worker is ahead of its migration
    "42501",  # a privilege is missing
]
STAYING = [
    "22021",  # a character that the database does not take
    "22003",  # a number out of range
    "23502",  # a value is missing
    "23503",  # a row that is referred to is not there
    "23505",  # a row is there already
    "23514",  # a check is violated
]


async def raised(pool: Pool, sqlstate: str) -> asyncpg.PostgresError:
    """An error as PostgreSQL raises it."""
    with pytest.raises(asyncpg.PostgresError) as caught:
        await pool.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$")
    return caught.value


@pytest.mark.parametrize("sqlstate", PASSING)
async def test_an_error_that_passes_is_retried(pool: Pool, sqlstate: str) -> None:
    assert not is_permanent(await raised(pool, sqlstate))


@pytest.mark.parametrize("sqlstate", STAYING)
async def test_an_error_that_stays_is_not_retried(pool: Pool, sqlstate: str) -> None:
    assert is_permanent(await raised(pool, sqlstate))


@pytest.mark.parametrize(
    "error", [OSError(), ConnectionRefusedError(), TimeoutError(), asyncpg.InterfaceError("connection is closed")]
)
def test_a_database_that_is_not_there_is_waited_for(error: Exception) -> None:
    assert not is_permanent(error)


async def test_a_value_that_the_database_cannot_take_is_not_retried(pool: Pool) -> None:
    with pytest.raises(asyncpg.DataError) as caught:
        await pool.execute("SELECT $1::integer", "many")
    assert is_permanent(caught.value)


def test_a_stored_value_that_the_code_cannot_read_is_tried_again_until_somebody_has_mended_the_code() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(int).validate_python("many")
    assert not is_permanent(caught.value)


async def test_an_activity_fails_for_good_on_what_stays_and_passes_on_what_passes(pool: Pool) -> None:
    @classify
    async def activity(sqlstate: str) -> None:
        raise await raised(pool, sqlstate)

    with pytest.raises(ApplicationError) as caught:
        await activity("23505")
    assert (caught.value.non_retryable, caught.value.type) == (True, PERMANENT)
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await activity("40P01")
