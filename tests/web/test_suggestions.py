"""The form of a request suggests products and suppliers that are still bought, whatever the accents that one types."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from crm.pool import Pool
from tests.web.browser import Visitor, visitor


async def _suggested(person: Visitor, what: str, q: str) -> Any:
    answer = await person.http.get(f"/suggestions/{what}", params={"q": q})
    assert answer.status_code == 200
    return answer.json()


async def test_products_are_found_by_code_and_by_name_and_say_what_a_line_takes_over(app: FastAPI, pool: Pool) -> None:
    await pool.execute("UPDATE products SET discontinued = true WHERE code = 'MON-27U'")
    async with visitor(app, "sales1", "vi") as sales:
        (found,) = await _suggested(sales, "products", "may tinh xach")
        assert (found["code"], found["name"]) == ("LT-T14", "Máy tính xách tay Lenovo ThinkPad T14 Gen 5")
        assert found["unit"] == "Chiếc"
        assert "." in found["unit_price"]
        assert [one["code"] for one in await _suggested(sales, "products", "lt-")] == ["LT-T14"]
        assert await _suggested(sales, "products", "mon-27") == []
        assert await _suggested(sales, "products", "%") == []
        assert len(await _suggested(sales, "products", "")) == 15


async def test_suppliers_are_found_by_name(app: FastAPI) -> None:
    async with visitor(app, "sales1") as sales:
        assert await _suggested(sales, "suppliers", "vien son") == [{"name": "Cisco – Viễn Sơn"}, {"name": "Viễn Sơn"}]


@pytest.mark.parametrize("what", ["products", "suppliers"])
async def test_whoever_makes_no_requests_is_told_nothing(app: FastAPI, what: str) -> None:
    async with visitor(app, "purchasing1") as person:
        assert (await person.http.get(f"/suggestions/{what}")).status_code == 403
