"""Request numbers: how far each year has come, and going on further. They only ever ascend; gaps are allowed."""

from __future__ import annotations

import re
from typing import Final

from approval.model import Frozen
from crm.pool import Pool

_NUMBER: Final = re.compile(r"YCMH-(?P<year>20\d\d)-(?P<place>\d{6,9})")


class RequestNumber(Frozen):
    """A request's number, in its parts: ``YCMH-2026-000123`` is the 123rd of 2026."""

    year: int
    place: int

    @classmethod
    def read(cls, text: str) -> RequestNumber | None:
        """The number that a text is; None: it is none."""
        found = _NUMBER.fullmatch(text)
        return cls(year=int(found["year"]), place=int(found["place"])) if found else None

    def __str__(self) -> str:
        return f"YCMH-{self.year}-{self.place:06d}"


async def last_given(pool: Pool) -> dict[int, int]:
    """The last place that each year's numbers have come to; years without one are left out."""
    rows = await pool.fetch(
        """SELECT right(sequencename, 4)::int AS year, coalesce(last_value, 0) AS last_value FROM pg_sequences
           WHERE schemaname = current_schema() AND sequencename ~ '^purchase_request_number_20\\d\\d$'
             """
    )
    return {row["year"]: row["last_value"] for row in rows}


async def last_saved(pool: Pool) -> dict[int, int]:
    """The last place of a request that is there, by year."""
    rows = await pool.fetch(
        """WITH RECURSIVE newest AS (
               (SELECT request_number_order(number) AS place FROM purchase_requests
                ORDER BY request_number_order(number) DESC LIMIT 1)
               UNION ALL
               SELECT (SELECT request_number_order(number) FROM purchase_requests
                       WHERE request_number_order(number) < newest.place / 100000000000 * 100000000000
                       ORDER BY request_number_order(number) DESC LIMIT 1)
               FROM newest WHERE newest.place IS NOT NULL
           )
           SELECT place / 100000000000 AS year, place % 100000000000 AS place FROM newest WHERE place IS NOT NULL"""
    )
    return {row["year"]: row["place"] for row in rows}


async def leave_out(pool: Pool, year: int, place: int) -> int:
    """Give none of a year's numbers up to a place, while others may take some; the last place that is left out.

    They are drawn one after the other, as they are given: a sequence that is set to a place could be set back behind a number
    that somebody has just been given.
    """
    return int(
        await pool.fetchval(
            """WITH RECURSIVE drawn AS (
                   SELECT nextval(('purchase_request_number_' || $1::int)::regclass) AS place
                   UNION ALL
                   SELECT nextval(('purchase_request_number_' || $1::int)::regclass) FROM drawn WHERE drawn.place < $2::bigint
               )
               SELECT max(place) FROM drawn""",
            year,
            place,
        )
    )
