"""How far a file is that is worked on: counted in its rows, and told of as long as it is worked on."""

from __future__ import annotations

from connectors.files.kinds import ImportKind
from connectors.files.progress import Doing, Progress
from connectors.files.sources import plan_sources
from crm.pool import Pool
from tests.connectors.reading import sheet_of

ORDER = ["number", "date", "owner", "product_code", "quantity"]


async def test_of_orders_rows_are_counted_while_they_are_compared(pool: Pool) -> None:
    rows = [[number, "24/11/2026", "sales1", "LT-T14", 1] for number in ("DH-1", "DH-1", "DH-2")]
    progress = Progress()
    async with pool.acquire() as connection:
        await plan_sources(connection, sheet_of(ImportKind.ORDERS, ORDER, *rows), progress, hold=False)
    assert (progress.doing, progress.done, progress.rows) == (Doing.COMPARING, 3, 3)
