"""The form of a request suggests products and suppliers that are still bought, whatever the accents that one types."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from crm.pool import Pool
from tests.api.setting import completed
from tests.clients import LINE
from tests.conftest import SignIn
from tests.web.browser import Visitor, visitor


async def _suggested(person: Visitor, what: str, q: str) -> Any:
    answer = await person.http.get(f"/suggestions/{what}", params={"q": q})
    assert answer.status_code == 200
    return answer.json()


def names(*found: str) -> list[dict[str, str]]:
    """What is said of something that has nothing but a name."""
    return [{"value": name, "says": name} for name in found]


async def test_products_are_found_by_code_and_by_name_and_say_what_a_line_takes_over(app: FastAPI, pool: Pool) -> None:
    await pool.execute("UPDATE products SET discontinued = true WHERE code = 'MON-27U'")
    async with visitor(app, "sales1", "vi") as sales:
        (found,) = await _suggested(sales, "products", "may tinh xach")
        assert (found["value"], found["name"]) == ("LT-T14", "Máy tính xách tay Lenovo ThinkPad T14 Gen 5")
        assert found["unit"] == "Chiếc"
        assert "." in found["unit_price"]
        assert [one["value"] for one in await _suggested(sales, "products", "lt-")] == ["LT-T14"]
        assert await _suggested(sales, "products", "mon-27") == []
        assert await _suggested(sales, "products", "%") == []
        assert len(await _suggested(sales, "products", "")) == 15


async def test_suppliers_are_found_by_name(app: FastAPI) -> None:
    async with visitor(app, "sales1") as sales:
        assert await _suggested(sales, "suppliers", "vien son") == names("Cisco – Viễn Sơn", "Viễn Sơn")


async def test_a_product_that_was_bought_says_for_how_much_and_from_whom_to_whoever_asked_for_it(
    app: FastAPI, pool: Pool, sign_in: SignIn, running_worker: None
) -> None:
    line = {**LINE, "unit_price": "27123000", "quantity": "1", "warehouse": "Kho Quận 7", "supplier": "Nhà Máy Mới"}
    request = await completed(await sign_in("sales1"), await sign_in("manager1"), lines=[line])
    async with visitor(app, "sales1", "vi") as sales:
        (found,) = await _suggested(sales, "products", "LT-T14")
        assert (found["unit_price"], found["supplier"]) == ("27.123.000", "Nhà Máy Mới")
        year, month, day = request["request_date"].split("-")
        assert f"gần nhất 27.123.000\xa0₫ ngày {day}/{month}/{year} · Nhà Máy Mới" in found["says"]
        assert await _suggested(sales, "warehouses", "quan 7") == names("Kho Quận 7")
        await pool.execute(
            """INSERT INTO warehouses (code, name, search_text)
               VALUES ('Q7', 'Kho Quận 7', 'q7 kho quan 7'), ('Q7-L', 'Kho lạnh quận 7', 'q7-l kho lanh quan 7')
               ON CONFLICT DO NOTHING"""
        )
        found = await _suggested(sales, "warehouses", "quan 7")
        await pool.execute("DELETE FROM warehouses WHERE code IN ('Q7', 'Q7-L')")
        assert found == names("Kho Quận 7", "Kho lạnh quận 7")
    async with visitor(app, "sales2", "vi") as other:
        (found,) = await _suggested(other, "products", "LT-T14")
        assert "27.123.000" not in found["says"] + found["unit_price"]
        assert found["supplier"] == ""
        assert await _suggested(other, "warehouses", "quan 7") == []


@pytest.mark.parametrize("what", ["products", "suppliers", "warehouses"])
async def test_whoever_makes_no_requests_is_told_nothing(app: FastAPI, what: str) -> None:
    async with visitor(app, "purchasing1") as person:
        assert (await person.http.get(f"/suggestions/{what}")).status_code == 403
