"""A company that has nothing but a database: one admin, four files, a process, and a request that is sent and approved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from crm.__main__ import first_admin
from crm.migrate import migrate
from crm.pool import Pool
from embedded.postgres import PostgresServer
from tests.api.test_imports import PEOPLE, PRODUCTS, done
from tests.conftest import SignIn
from tests.files import csv_table, excel_table

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database_url(postgres: PostgresServer) -> AsyncIterator[str]:
    """A database with its tables and nothing in them but the first admin."""
    name = f"test_{uuid4().hex[:12]}"
    url = postgres.create_database(name)
    await migrate(url)
    assert await first_admin(url, "huy", "Bùi Quang Huy")
    yield url
    postgres.drop_database(name)


async def test_there_is_one_first_admin(database_url: str) -> None:
    assert not await first_admin(database_url, "other", "Somebody")


async def test_a_company_begins_with_files_alone(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("huy")
    assert await pool.fetchval("SELECT count(*) FROM users") == 1
    people = excel_table(
        PEOPLE,
        ["an", "Nguyễn Văn An", "Kinh doanh", "nam", "Kinh doanh", "an@example.com", None],
        ["nam", "Lê Hoàng Nam", "Quản lý", "nguyet", "Kinh doanh", "", None],
        ["nguyet", "Trần Minh Nguyệt", "Giám đốc", None, "Ban Giám đốc", "", None],
        ["thang", "Vũ Đức Thắng", "Mua sắm", "nguyet", "Mua sắm", "", None],
    )
    assert (await done(admin, "people", people))["new"] == 4
    products = excel_table(PRODUCTS, ["LT", "Máy tính xách tay", "Máy tính", "Chiếc", 20_000_000, None])
    assert (await done(admin, "products", products))["new"] == 1
    suppliers = csv_table(["Mã nhà cung cấp", "Tên nhà cung cấp"], ["FPT", "FPT Synnex"])
    assert (await done(admin, "suppliers", suppliers, Content_Type="text/csv"))["new"] == 1
    orders = excel_table(
        ["Số đơn hàng", "Ngày", "Khách hàng", "Người thực hiện", "Mã hàng", "Số lượng", "Nhà cung cấp"],
        ["DH-1", "24/11/2026", "An Phát", "an", "LT", 3, "FPT Synnex"],
    )
    assert (await done(admin, "orders", orders))["new"] == 1

    steps = [{"key": "manager", "name": "Quản lý", "approvers": [{"manager": 1}]}]
    document = {"schema_version": 2, "key": "mua-hang", "name": "Mua hàng", "steps": steps}
    for method, path, body in (
        ("PUT", "/processes/mua-hang/draft", document),
        ("POST", "/processes/mua-hang/publish", {}),
        ("PUT", "/connection", {"process_key": "mua-hang"}),
    ):
        answer = await admin.call(method, path, body)
        assert answer.status_code == 200, answer.text

    sales, manager = await sign_in("an"), await sign_in("nam")
    (order,) = (await sales.get("/sales-orders"))["items"]
    draft = await sales.get(f"/sales-orders/{order['id']}/purchase-request-draft")
    assert (draft["lines"][0]["unit"], draft["lines"][0]["unit_price"]) == ("Chiếc", "20000000")
    created = await sales.call("POST", "/purchase-requests", {**draft, "send": {}})
    assert created.status_code == 201, created.text
    approved = await manager.done(created.json()["id"], "approve", {"step": "manager"})
    assert (approved["process_status"], approved["total"]) == ("completed", "60000000")
    assert approved["lines"][0]["product_category"] == "Máy tính"
