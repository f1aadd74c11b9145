"""What has yet to come stands by supplier, page by page, each line once."""

from __future__ import annotations

from decimal import Decimal

from crm import to_buy
from crm.drafts import LineDraft
from crm.pool import Pool
from tests.crm.saved import save


def line(code: str, supplier: str | None) -> LineDraft:
    """A line of ten."""
    return LineDraft(product_code=code, quantity=Decimal(10), unit_price=Decimal(1), supplier=supplier)


async def test_lines_come_by_supplier_page_by_page_until_all_of_them_has_come(pool: Pool) -> None:
    suppliers = ["Viettel", None, "FPT", "fpt", "Viettel", "FPT"]
    lines = [line(f"P-{number}", supplier) for number, supplier in enumerate(suppliers)]
    first, second = [await save(pool, lines=tuple(some), purpose="Đợt mua riêng") for some in (lines[:3], lines[3:])]
    waiting = await save(pool, lines=(line("P-9", "FPT"),), purpose="Đợt mua riêng")
    ids = [first.id, second.id]
    await pool.execute("UPDATE purchase_requests SET process_status = 'completed' WHERE id = ANY ($1)", ids)
    await pool.execute("UPDATE purchase_request_lines SET quantity_received = 9.99 WHERE id = $1", second.lines[0].id)
    await pool.execute("UPDATE purchase_request_lines SET quantity_received = 10 WHERE id = $1", second.lines[1].id)
    await pool.execute("UPDATE purchase_request_lines SET decision = 'reject' WHERE id = $1", second.lines[2].id)

    found: list[to_buy.LineToBuy] = []
    cursor: str | None = None
    while True:
        page = await to_buy.page(pool, q="dot mua rieng", limit=1, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [(one.supplier, one.product_code) for one in found] == [
        ("", "P-1"),
        ("FPT", "P-2"),
        ("fpt", "P-3"),
        ("Viettel", "P-0"),
    ]
    assert waiting.id not in {one.request_id for one in found}
    of_one = await to_buy.page(pool, q="dot mua rieng", supplier="Fpt", limit=9)
    assert [one.product_code for one in of_one.items] == ["P-2", "P-3"]
    of_nobody = await to_buy.page(pool, q="dot mua rieng", supplier=to_buy.NOBODY, limit=9)
    assert [one.product_code for one in of_nobody.items] == ["P-1"]
