"""Reports of before the ledger become its rows: how much had come in all, of the line that each report meant."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from crm.drafts import LineDraft
from crm.pool import Pool
from tests.crm.saved import save

MIGRATION = "crm/migrations/20261128182000_receipts.sql"


def line(code: str) -> LineDraft:
    """A line of ten."""
    return LineDraft(product_code=code, quantity=Decimal(10), unit_price=Decimal(1))


async def test_reports_of_before_the_ledger_become_corrections(pool: Pool, repository: Path) -> None:
    up, down = (repository / MIGRATION).read_text(encoding="utf-8").split("-- migrate:down")
    request = await save(pool, lines=(line("A"), line("B"), line("TWIN"), line("TWIN")))
    first, second, twin, _ = [one.id for one in request.lines]
    reports: list[tuple[str, list[dict[str, Any]]]] = [
        ("by id", [{"line_id": str(first), "product_code": None, "quantity_received": "4"}]),
        ("by code", [{"line_id": None, "product_code": "B", "quantity_received": "2.50"}]),
        (
            "manual-1",
            [{"product_code": "A", "quantity_received": "1"}, {"product_code": "A", "quantity_received": "3"}],
        ),
        ("by its own id", [{"line_id": str(twin), "quantity_received": "10"}]),
        ("of nothing that is there", [{"product_code": name, "quantity_received": "9"} for name in ("X", "TWIN")]),
        ("a status", []),
    ]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(down)
        for day, (event_id, lines) in enumerate(reports, 1):
            await connection.execute(
                """INSERT INTO purchasing_events (event_id, request_id, occurred_at, body, applied, received_at)
                   VALUES ($1, $2, $3, $4, true, now())""",
                event_id,
                request.id,
                datetime(2025, 12, day, tzinfo=UTC),
                {"lines": lines, "purchase_status": "ordered"},
            )
        await connection.execute(up)
    rows = await pool.fetch(
        "SELECT event_id, line_id, kind, quantity, occurred_at FROM receipts WHERE request_id = $1 ORDER BY occurred_at",
        request.id,
    )
    assert [(row["event_id"], row["line_id"], row["kind"], row["quantity"]) for row in rows] == [
        ("by id", first, "corrected", Decimal(4)),
        ("by code", second, "corrected", Decimal("2.5")),
        ("manual-1", first, "corrected", Decimal(3)),
        ("by its own id", twin, "corrected", Decimal(10)),
    ]
    assert rows[1]["occurred_at"] == datetime(2025, 12, 2, tzinfo=UTC)
    by_hand = await pool.fetch("SELECT event_id FROM purchasing_events WHERE by_hand")
    assert [row["event_id"] for row in by_hand] == ["manual-1"]
