"""The page on which an admin connects AMIS, and sees what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import unescape

import pytest
import pytest_asyncio
from fastapi import FastAPI
from temporalio.client import Client

from application.delivery.engine import Engine
from crm.pool import Pool
from embedded.amis.orders import example
from tests.connectors.amis import CLIENT_ID, CLIENT_SECRET, Served, follow_nothing, followed, forget, serving
from tests.web.browser import visitor

HOME = "/admin/amis"


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def not_connected(pool: Pool, temporal_client: Client) -> AsyncIterator[None]:
    """Nothing is connected before a test, and nothing is followed after it."""
    await forget(pool)
    yield
    await follow_nothing(temporal_client)


@pytest_asyncio.fixture(loop_scope="session")
async def amis() -> AsyncIterator[Served]:
    async with serving() as served:
        yield served


def access(amis: Served, **changes: str) -> dict[str, str]:
    known = {"address": amis.address, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "enabled": "yes"}
    return {**known, **changes}


async def test_amis_is_connected_and_its_secret_is_on_no_page(app: FastAPI, amis: Served) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        assert "https://crmconnect.misa.vn/api/v2" in await admin.read(HOME)
        answer = await admin.post(HOME, access(amis), page=HOME)
        assert answer.status_code == 303
        html = await admin.read(HOME)
        assert amis.address in html
        assert CLIENT_SECRET not in html
        tried = await admin.post(f"{HOME}/test", {}, page=HOME)
        assert "AMIS trả lời" in tried.text
        assert 'hx-get="/admin/amis"' in tried.text, "the state goes on being read from where it is"
        assert CLIENT_SECRET not in tried.text


async def test_whether_amis_answers_is_said_when_it_is_saved_and_it_is_followed_once_it_was_read(
    app: FastAPI, amis: Served, pool: Pool
) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        await admin.post(HOME, access(amis, client_secret="wrong"), page=HOME)
        html = await admin.read(HOME)
        assert "Đã lưu, nhưng chưa đọc được AMIS" in html
        assert "client id và secret không được chấp nhận" in html
        assert "từ giờ dữ liệu" not in html
        assert "Đang theo dõi" not in html
        await pool.execute("DELETE FROM connector_syncs")
        assert "Chưa đọc lần nào kể từ khi lưu" in await admin.read(HOME)
        await admin.post(HOME, access(amis), page=HOME)
        assert "AMIS trả lời, từ giờ dữ liệu ở đó được đọc về." in await admin.read(HOME)
        await followed(pool, amis)
        assert "Đang theo dõi" in await admin.read(HOME)
        await admin.post(HOME, access(amis, enabled=""), page=HOME)
        assert "AMIS trả lời. Dữ liệu ở đó không được theo dõi." in await admin.read(HOME)


@pytest.mark.parametrize("missing", [["worker"], []])
async def test_where_nobody_reads_it_is_said_what_that_means_and_whom_to_tell(
    app: FastAPI, amis: Served, pool: Pool, monkeypatch: pytest.MonkeyPatch, missing: list[str]
) -> None:
    async def found(_: Engine) -> list[str]:
        return missing

    monkeypatch.setattr(Engine, "missing", found)
    said = "Orders, and what changes in them, are read as soon as it runs again; nothing is lost. Tell IT"
    async with visitor(app, "admin1", "en") as admin:
        await admin.post(HOME, access(amis), page=HOME)
        assert said not in await admin.read(HOME), "it may be about to begin"
        await pool.execute("UPDATE connectors SET changed_at = now() - interval '1 hour'")
        await pool.execute("UPDATE connector_syncs SET begun_at = now() - interval '1 hour', ended_at = NULL")
        assert (said in await admin.read(HOME)) == bool(missing)


async def test_names_of_fields_are_set_and_an_order_is_shown_as_it_is_read_by_them(
    app: FastAPI, amis: Served, pool: Pool
) -> None:
    row = amis.orders.add({**example("Nguyễn Văn An", 1), "custom_field4": "Kho <b>Vinh</b>"})
    async with visitor(app, "admin1", "vi") as admin:
        form = await admin.read(HOME)
        assert 'name="field_line_warehouse"' in form
        assert 'placeholder="stock_name"' in form
        wrong = await admin.post(HOME, access(amis, field_line_price="a b"), page=HOME)
        assert wrong.status_code == 422
        assert 'id="field_line_price-error"' in wrong.text
        names = {"field_address": "custom_field4", "field_number": "no_such_field"}
        assert (await admin.post(HOME, access(amis, **names), page=HOME)).status_code == 303
        tried = (await admin.post(f"{HOME}/test", {}, page=HOME)).text
        assert "Đơn hàng thay đổi gần nhất" in tried
        assert "Kho &lt;b&gt;Vinh&lt;/b&gt;" in tried
        assert "không đọc được trường no_such_field" in tried
        assert row["sale_order_product_mappings"][0]["description"] in tried
        await admin.post(HOME, access(amis, field_address="custom_field4"), page=HOME)
        tried = (await admin.post(f"{HOME}/test", {}, page=HOME)).text
        assert "no_such_field" not in tried
        assert row["sale_order_no"] in tried
        assert 'value="custom_field4"' in await admin.read(HOME)
    assert await pool.fetchval("SELECT fields FROM connectors") == {"address": "custom_field4"}


async def test_what_orders_are_told_is_named_on_the_page_and_what_could_not_be_told_is_there(
    app: FastAPI, amis: Served, pool: Pool
) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        wrong = await admin.post(HOME, access(amis, write_status="status"), page=HOME)
        assert wrong.status_code == 422
        assert "AMIS tự dùng trường status" in wrong.text
        await admin.post(HOME, access(amis, write_status="custom_field8"), page=HOME)
        assert 'value="custom_field8"' in await admin.read(HOME)
        await pool.execute(
            """INSERT INTO connector_writings (system, key, number, problem, failed_at)
               VALUES ('amis', '1', 'AMIS-1', '{"reason": "says_failed", "params": {"detail": "bị <b>khóa</b>"}}', now())"""
        )
        html = await admin.read(HOME)
        assert "Những gì chưa ghi được vào AMIS" in html
        assert "(bị &lt;b&gt;khóa&lt;/b&gt;)" in html
        assert (await admin.post(f"{HOME}/write", {}, page=HOME)).status_code == 303


async def test_an_address_that_is_not_to_be_called_is_said_at_its_field(app: FastAPI, amis: Served) -> None:
    async with visitor(app, "admin1", "vi") as admin:
        answer = await admin.post(HOME, access(amis, address="http://10.0.0.5/api"), page=HOME)
        assert answer.status_code == 422
        assert "CONNECTOR_ALLOWED_NETWORKS" in answer.text
        assert 'value="http://10.0.0.5/api"' in answer.text
        assert CLIENT_SECRET not in answer.text


async def test_what_could_not_be_taken_is_there_with_the_reason_and_whoever_is_unknown(
    app: FastAPI, amis: Served, pool: Pool
) -> None:
    amis.orders.add(example("Hoàng Thị <b>Lan</b>", 1))
    async with visitor(app, "admin1", "vi") as admin:
        await admin.post(HOME, access(amis), page=HOME)
        await followed(pool, amis)
        html = await admin.read(HOME)
        assert "ở đây không ai được biết với tên Hoàng Thị &lt;b&gt;Lan&lt;/b&gt;" in html
        assert "AMIS-1001" in html
        assert html.index("AMIS-1001") < html.index('id="passes-title"'), "before what went well"
        assert '<a href="#people-title">Cho biết đó là ai</a>' in html
        assert "Chưa biết đó là ai" in html
        there = await pool.fetchval("SELECT count(*) FROM connector_items WHERE NOT gone AND NOT derived")
        assert f"Đã có {there - 1} đơn hàng của AMIS." in unescape(html)
        assert "1 đơn chưa nhận được." in unescape(html)
        nobody = {"name": "Hoàng Thị <b>Lan</b>", "username": "lan.hoàng"}
        wrong = await admin.post(f"{HOME}/people", nobody, page=HOME)
        assert wrong.status_code == 422
        assert 'value="lan.hoàng"' in wrong.text
        assert 'aria-invalid="true" aria-describedby="unknown-error"' in wrong.text
        assert "không có người dùng lan.hoàng đang hoạt động" in wrong.text
        assert "Có chỗ chưa đúng" not in wrong.text, "it is said where it is wrong"
        name = {"name": "Hoàng Thị <b>Lan</b>", "username": "sales2"}
        assert (await admin.post(f"{HOME}/people", name, page=HOME)).status_code == 303
        await followed(pool, amis)
        assert "AMIS-1001" not in await admin.read(HOME)


async def test_what_waits_for_one_reason_is_one_row_and_all_of_it_is_tried_again_at_once(
    app: FastAPI, amis: Served, pool: Pool
) -> None:
    for number in range(40):
        amis.orders.add(example("Hoàng Thị Lan", number))
    amis.orders.add(example("Ngô Bá Khá", 41))
    async with visitor(app, "admin1", "vi") as admin:
        await admin.post(HOME, access(amis), page=HOME)
        await followed(pool, amis)
        html = await admin.read(HOME)
        assert "<strong>40 đơn</strong>" in html
        assert "<strong>1 đơn</strong>" in html
        await pool.execute("UPDATE connector_failures SET next_try_at = now() + interval '12 hours'")
        assert (await admin.post(f"{HOME}/failures/retry", {}, page=HOME)).status_code == 303
        assert (
            await pool.fetchval(
                "SELECT count(*) FROM connector_failures WHERE next_try_at > now() + interval '6 hours'"
            )
            == 0
        )


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_why_amis_cannot_be_read_is_said_in_words(app: FastAPI, amis: Served, pool: Pool, language: str) -> None:
    amis.oddities.breaks_every = 1
    async with visitor(app, "admin1", language) as admin:
        await admin.post(HOME, access(amis), page=HOME)
        await followed(pool, amis)
        said = "hệ thống bên kia đang gặp lỗi" if language == "vi" else "it has an error of its own"
        assert f"{said} (HTTP 503)" in await admin.read(HOME)
