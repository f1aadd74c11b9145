"""Files over the API: shown first, taken as they were shown, all or nothing, refused at their cells."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from application.table_files import TableKind
from approval.incoming import SourceType
from crm.drafts import LineDraft, SourceRef
from crm.pool import Pool
from tests.clients import BASE, ApiClient
from tests.conftest import SignIn
from tests.crm.saved import SavedRun, save
from tests.files import csv_table, excel_table

EXCEL, CSV = TableKind.EXCEL.value, TableKind.CSV.value


async def send(admin: ApiClient, kind: str, content: bytes, query: str = "", **headers: str) -> httpx.Response:
    """Send a file; a workbook unless ``Content_Type`` says otherwise."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"Authorization": f"Bearer {admin.token}", "Content-Type": EXCEL, "Accept-Language": "en", **given}
    return await admin.http.post(f"{BASE}/imports/{kind}{query}", content=content, headers=sent)


async def done(admin: ApiClient, kind: str, content: bytes, query: str = "", **headers: str) -> Any:
    """Send a file that must be taken; what it changed."""
    answer = await send(admin, kind, content, query, **headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(answer: Any) -> dict[str, int]:
    """How many things became what."""
    return {name: answer[name] for name in ("new", "changed", "unchanged", "gone")}


PRODUCTS: Final = ["Mã hàng", "Tên hàng", "Nhóm hàng", "Đơn vị tính", "Đơn giá thông thường (VND)", "Ngừng mua"]


async def test_a_file_is_shown_first_and_then_taken_and_the_same_again_changes_nothing(
    sign_in: SignIn, pool: Pool
) -> None:
    admin = await sign_in("admin1")
    content = excel_table(
        PRODUCTS,
        ["IMP-1", "Bàn phím", "Phụ kiện", "Chiếc", 450000, None],
        ["LT-T14", "ThinkPad", None, None, None, None],
    )
    shown = await done(admin, "products", content, "?dry_run=true")
    assert (shown["dry_run"], counts(shown)) == (True, {"new": 1, "changed": 1, "unchanged": 0, "gone": 0})
    assert shown["not_in_file"] == 15
    new, changed = shown["changes"]
    assert (new["key"], new["row"], new["fields"]["unit_price"]) == ("IMP-1", 2, {"before": "", "after": "450000"})
    assert changed["fields"]["category"] == {"before": "Máy tính", "after": ""}
    assert await pool.fetchval("SELECT count(*) FROM products WHERE code = 'IMP-1'") == 0

    taken = await done(admin, "products", content)
    assert taken == {**shown, "dry_run": False}
    row = await pool.fetchrow("SELECT name, category, unit, unit_price FROM products WHERE code = 'IMP-1'")
    assert dict(row or {}) == {"name": "Bàn phím", "category": "Phụ kiện", "unit": "Chiếc", "unit_price": 450000}
    again = await done(admin, "products", content)
    assert (counts(again), again["changes"]) == ({"new": 0, "changed": 0, "unchanged": 2, "gone": 0}, [])


async def test_a_column_of_which_nothing_is_known_is_left_out_if_that_was_shown(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    content = csv_table(["Mã nhà cung cấp", "Ghi chú", "Tên nhà cung cấp"], ["LO-1", "old", "FPT"])
    for sent in ({}, {"If_Match": "*"}):
        refused = await send(admin, "suppliers", content, Content_Type=CSV, **sent)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
        assert [(error["pointer"], error["detail"]) for error in refused.json()["errors"]] == [
            ("/B1", "cell B1: there is no column Ghi chú")
        ]
    assert await pool.fetchval("SELECT count(*) FROM suppliers WHERE code = 'LO-1'") == 0

    shown = await send(admin, "suppliers", content, "?dry_run=true", Content_Type=CSV)
    other = csv_table(["Mã nhà cung cấp", "Hạng", "Tên nhà cung cấp"], ["LO-1", "old", "FPT"])
    stale = await send(admin, "suppliers", other, Content_Type=CSV, If_Match=shown.headers["etag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    taken = await done(admin, "suppliers", content, Content_Type=CSV, If_Match=shown.headers["etag"])
    for answer in (shown.json(), taken):
        assert answer["unknown_columns"] == [{"cell": "B1", "heading": "Ghi chú"}]
    assert await pool.fetchval("SELECT name FROM suppliers WHERE code = 'LO-1'") == "FPT"


async def test_who_has_left_does_not_stay_because_that_heading_is_misspelt(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    content = excel_table(["Tên đăng nhập", "Họ và tên", "Đã nghĩ việc"], ["sales1", "Nguyễn Văn An", "có"])
    for query in ("?dry_run=true", ""):
        refused = await send(admin, "people", content, query)
        assert [(error["pointer"], error["detail"]) for error in refused.json()["errors"]] == [
            (
                "/C1",
                "sheet “Sheet1”, cell C1: there is no column Đã nghĩ việc; "
                "if it is Has left, call it that, or else delete it",
            )
        ]


async def test_it_is_taken_as_it_was_shown_or_not_at_all(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    content = csv_table(["Mã nhà cung cấp", "Tên nhà cung cấp"], ["S-1", "FPT"], ["S-2", "Viễn Sơn"])
    shown = await send(admin, "suppliers", content, "?dry_run=true", Content_Type=CSV)
    await pool.execute("INSERT INTO suppliers (code, name) VALUES ('S-2', 'Viễn Sơn cũ')")
    refused = await send(admin, "suppliers", content, Content_Type=CSV, If_Match=shown.headers["etag"])
    assert (refused.status_code, refused.json()["code"]) == (412, "stale_version")
    assert await pool.fetchval("SELECT count(*) FROM suppliers WHERE code LIKE 'S-%'") == 1
    shown = await send(admin, "suppliers", content, "?dry_run=true", Content_Type=CSV)
    taken = await done(admin, "suppliers", content, Content_Type=CSV, If_Match=shown.headers["etag"])
    assert counts(taken) == {"new": 1, "changed": 1, "unchanged": 0, "gone": 0}


async def test_what_is_wrong_is_named_by_its_cell_and_nothing_is_taken(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    content = excel_table(
        PRODUCTS, ["BAD-1", "Tốt", None, None, 5, None], ["BAD-2", None, None, None, "12.500", "perhaps"], sheet="Hàng"
    )
    for query in ("?dry_run=true", ""):
        answer = await send(admin, "products", content, query)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert answer.headers["content-type"] == "application/problem+json"
        assert [(error["pointer"], error["detail"].partition(": ")[0]) for error in answer.json()["errors"]] == [
            ("/B3", "sheet “Hàng”, cell B3 (Tên hàng)"),
            ("/E3", "sheet “Hàng”, cell E3 (Đơn giá thông thường (VND))"),
            ("/F3", "sheet “Hàng”, cell F3 (Ngừng mua)"),
        ]
    vietnamese = (await send(admin, "products", content, Accept_Language="vi")).json()
    assert vietnamese["errors"][2]["detail"] == "trang tính “Hàng”, ô F3 (Ngừng mua): hãy ghi có hoặc không"
    assert await pool.fetchval("SELECT count(*) FROM products WHERE code LIKE 'BAD%'") == 0


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [(b"no zip", EXCEL, "invalid"), (b"\xff\xfe", CSV, "invalid"), (b"x", "image/png", "invalid")],
)
async def test_what_is_no_such_file_is_refused(sign_in: SignIn, content: bytes, kind: str, code: str) -> None:
    answer = await send(await sign_in("admin1"), "people", content, Content_Type=kind)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert len(answer.json()["errors"]) == 1


async def test_a_kind_that_there_is_not_is_not_found(sign_in: SignIn) -> None:
    assert (await send(await sign_in("admin1"), "invoices", b"")).status_code == 404


async def test_a_key_tells_a_dry_run_from_taking(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    content, key = excel_table(PRODUCTS[:2], ["KEY-1", "x"]), str(uuid4())
    await done(admin, "products", content, "?dry_run=true", Idempotency_Key=key)
    assert (await send(admin, "products", content, Idempotency_Key=key)).json()["code"] == "idempotency_key_reused"
    other = str(uuid4())
    first = await send(admin, "products", content, Idempotency_Key=other)
    again = await send(admin, "products", content, Idempotency_Key=other)
    assert first.json()["new"] == again.json()["new"] == 1
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(("accept", "begins"), [("*/*", b"PK"), (CSV, b"\xef\xbb\xbf")])
async def test_a_template_is_downloaded_in_the_readers_language(sign_in: SignIn, accept: str, begins: bytes) -> None:
    admin = await sign_in("admin1")
    answer = await admin.call("GET", "/imports/people/template", Accept=accept, Accept_Language="vi")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert "nhan-su" in answer.headers["content-disposition"]


# People

PEOPLE: Final = ["Tên đăng nhập", "Họ và tên", "Vai trò", "Quản lý", "Phòng ban", "Email", "Đã nghỉ việc"]


async def test_people_come_with_their_managers_and_whoever_is_not_named_stays(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    content = excel_table(
        PEOPLE,
        ["imp.an", "Trần An", "Kinh doanh", "imp.nam", "Miền Trung", "an@example.com", None],
        [
            "imp.nam",
            "Lê Nam",
            "Quản lý; ke-toan",
            "director1",
            "Miền Trung",
            "",
            None,
        ],
    )
    shown = await done(admin, "people", content, "?dry_run=true")
    assert (counts(shown), shown["not_in_file"]) == ({"new": 2, "changed": 0, "unchanged": 0, "gone": 0}, 7)
    assert shown["new_roles"] == ["ke-toan"]
    await done(admin, "people", content)
    rows = await pool.fetch("SELECT username, roles, manager FROM users WHERE username LIKE 'imp.%' ORDER BY username")
    assert [tuple(row) for row in rows] == [
        ("imp.an", ["sales"], "imp.nam"),
        ("imp.nam", ["ke-toan", "manager"], "director1"),
    ]
    assert await pool.fetchval("SELECT count(*) FROM users WHERE active") == 9
    assert counts(await done(admin, "people", content))["unchanged"] == 2


async def test_whoever_has_left_cannot_sign_in_any_more_and_waits_to_be_handed_over(
    sign_in: SignIn, pool: Pool, running_worker: None
) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await done(admin, "people", excel_table(PEOPLE[:4], ["gone.boss", "Sắp Nghỉ", "manager", "director1"]))
    await pool.execute("UPDATE users SET manager = 'gone.boss' WHERE username = 'sales1'")
    try:
        request = await sales.create(send={})
        assert request["run"]["step"]["approvers"][0]["username"] == "gone.boss"
        leaver = await ApiClient.signed_in(sales.http, "gone.boss")
        content = excel_table([PEOPLE[0], PEOPLE[1], PEOPLE[6]], ["gone.boss", "Sắp Nghỉ", "có"])
        assert counts(await done(admin, "people", content))["gone"] == 1
        assert (await leaver.call("GET", "/me")).status_code == 403
        plan = await admin.call("POST", "/people/gone.boss/reassign", {"to": "manager", "dry_run": True})
        assert (plan.status_code, plan.json()["requests"]) == (200, 1)
    finally:
        await pool.execute("UPDATE users SET manager = 'manager1' WHERE username = 'sales1'")


async def test_nobody_locks_out_the_last_admin(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    refused = await send(admin, "people", excel_table(PEOPLE[:3], ["admin1", "Bùi Quang Huy", "sales"]))
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/C2"]
    two = excel_table(PEOPLE[:3], ["admin1", "Bùi Quang Huy", "sales"], ["imp.admin", "Phạm Hòa", "Quản trị"])
    shown = await done(admin, "people", two, "?dry_run=true")
    assert counts(shown)["changed"] == 1
    assert await pool.fetchval("SELECT roles FROM users WHERE username = 'admin1'") == ["admin"]


async def test_of_two_files_at_once_that_each_leave_one_admin_one_is_refused(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    await done(admin, "people", excel_table(PEOPLE[:3], ["other.admin", "Đỗ Minh", "admin"]))
    answers = await asyncio.gather(
        send(admin, "people", excel_table([*PEOPLE[:2], PEOPLE[6]], ["other.admin", "Đỗ Minh", "x"])),
        send(admin, "people", excel_table([*PEOPLE[:2], PEOPLE[6]], ["admin1", "Bùi Quang Huy", "x"])),
    )
    try:
        assert sorted(answer.status_code for answer in answers) in ([200, 403], [200, 422])
        assert await pool.fetchval("SELECT count(*) FROM users WHERE active AND 'admin' = ANY (roles)") == 1
    finally:
        await pool.execute("UPDATE users SET active = username = 'admin1' WHERE 'admin' = ANY (roles)")


# Sales orders and opportunities

ORDERS: Final = [
    "Số đơn hàng",
    "Ngày",
    "Khách hàng",
    "Người thực hiện",
    "Mã hàng",
    "Số lượng",
    "Đơn giá",
    "Đã hủy",
]


def _order(number: str, *lines: Sequence[Any], owner: str = "sales1", cancelled: str | None = None) -> list[list[Any]]:
    return [[number, "24/11/2026", "An Phát", owner, *line, cancelled] for line in lines]


async def _source(sales: ApiClient, number: str, kind: str = "sales-orders") -> Any:
    (item,) = (await sales.get(f"/{kind}?q={number}"))["items"]
    return await sales.get(f"/{kind}/{item['id']}")


async def test_an_order_comes_changes_and_is_cancelled(sign_in: SignIn, pool: Pool) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    first = _order("DH-IMP-1", ["LT-T14", 10, 28_900_000], ["MON-27U", "2,5", None], ["LT-T14", 1, 0])
    taken = await done(admin, "orders", excel_table(ORDERS, *first))
    assert counts(taken) == {"new": 1, "changed": 0, "unchanged": 0, "gone": 0}
    assert [line["key"] for line in taken["changes"][0]["lines"]] == ["LT-T14", "MON-27U", "LT-T14"]
    order = await _source(sales, "DH-IMP-1")
    assert (order["name"], order["customer"], order["owner"]["username"]) == ("An Phát", "An Phát", "sales1")
    assert [(line["product_code"], line["quantity"]) for line in order["lines"]] == [
        ("LT-T14", "10"),
        ("MON-27U", "2.5"),
        ("LT-T14", "1"),
    ]
    assert order["lines"][1]["description"] == "Màn hình Dell UltraSharp 27 inch U2724D"
    assert counts(await done(admin, "orders", excel_table(ORDERS, *first))) == {
        "new": 0,
        "changed": 0,
        "unchanged": 1,
        "gone": 0,
    }

    second = excel_table(ORDERS, *_order("DH-IMP-1", ["LT-T14", 12, 28_900_000], ["NAS-1823", 1, None]))
    (change,) = (await done(admin, "orders", second, "?dry_run=true"))["changes"]
    assert (change["what"], change["fields"]) == ("changed", {})
    assert [(line["what"], line["key"], line["row"]) for line in change["lines"]] == [
        ("changed", "LT-T14", 2),
        ("new", "NAS-1823", 3),
        ("gone", "MON-27U", None),
        ("gone", "LT-T14", None),
    ]
    assert change["lines"][0]["fields"] == {"quantity": {"before": "10", "after": "12"}}
    await done(admin, "orders", second)
    after = await _source(sales, "DH-IMP-1")
    assert [(line["product_code"], line["quantity"]) for line in after["lines"]] == [
        ("LT-T14", "12"),
        ("NAS-1823", "1"),
    ]
    assert after["lines"][0]["id"] == order["lines"][0]["id"]

    cancelled = _order("DH-IMP-1", ["LT-T14", 12, 28_900_000], ["NAS-1823", 1, None], cancelled="có")
    assert counts(await done(admin, "orders", excel_table(ORDERS, *cancelled)))["gone"] == 1
    assert (await sales.get("/sales-orders?q=DH-IMP-1"))["items"] == []


async def test_a_dry_run_says_which_requests_will_be_held_marked_or_let_go(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")

    def with_quantity(quantity: int) -> bytes:
        return excel_table(ORDERS, *_order("DH-IMP-REQ", ["LT-T14", quantity, 28_900_000]))

    assert (await done(admin, "orders", with_quantity(10)))["requests"] == []
    row = await pool.fetchrow(
        "SELECT s.id, l.unit FROM sources s JOIN source_lines l ON l.source_id = s.id WHERE s.number = 'DH-IMP-REQ'"
    )
    assert row is not None
    source = SourceRef(type=SourceType.SALES_ORDER, id=row["id"])
    lines = (LineDraft(product_code="LT-T14", unit=row["unit"], quantity=Decimal(10)),)
    draft, running = [await save(pool, source=source, lines=lines) for _ in range(2)]
    await SavedRun.sent(pool, running)

    shown = await done(admin, "orders", with_quantity(12), "?dry_run=true")
    assert [(one["number"], one["status"], one["held"]) for one in shown["requests"]] == [
        (draft.number, "not_sent", False),
        (running.number, "in_progress", True),
    ]
    for one in shown["requests"]:
        (change,) = one["changes"]
        assert (change["kind"], change["was"]["quantity"], change["now"]["quantity"]) == ("line_changed", "10", "12")
    assert shown["requests_left_out"] == 0
    taken = await done(admin, "orders", with_quantity(12))
    assert (counts(taken), taken["requests"]) == (counts(shown), []), "of a file that is taken nobody asks"

    back = await done(admin, "orders", with_quantity(10), "?dry_run=true")
    assert [(one["id"], one["changes"], one["held"]) for one in back["requests"]] == [
        (str(one.id), [], False) for one in (draft, running)
    ]


async def test_what_the_door_refuses_is_named_by_its_cell(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    theirs = await pool.fetchval("SELECT number FROM sources WHERE system = 'demo' LIMIT 1")
    rows = [*_order("DH-IMP-2", ["LT-T14", 1, 1], owner="nobody9"), *_order(theirs, ["LT-T14", 1, 1])]
    answer = await send(admin, "orders", excel_table(ORDERS, *rows))
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/D2", "/A3"]
    assert await pool.fetchval("SELECT count(*) FROM sources WHERE system = 'files' AND number = 'DH-IMP-2'") == 0


async def test_every_wrong_cell_of_a_row_is_named_in_one_go(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    rows = [
        *_order("DH-IMP-3", ["LT-T14", "1.500", 1], owner="nobody9"),
        *_order("DH-IMP-4", ["LT-T14", 1, 1]),
        *_order("DH-IMP-5", ["LT-T14", "1.500", 1], ["LT-T14", "2.500", 1], owner="nobody8"),
    ]
    orders = await send(admin, "orders", excel_table(ORDERS, *rows))
    assert [error["pointer"] for error in orders.json()["errors"]] == ["/D2", "/F2", "/D4", "/F4", "/F5"]
    headings = ["Tên đăng nhập", "Họ và tên", "Vai trò", "Quản lý", "Email"]
    people = await send(
        admin,
        "people",
        excel_table(
            headings,
            ["imp.hai", "Hai", "sales", "khong.co", "no address"],
            ["imp.ba", "Ba", "sales", "imp.hai", None],
            ["imp.ba", "Ba", "sales", "khong.co", None],
        ),
    )
    assert [error["pointer"] for error in people.json()["errors"]] == ["/D2", "/E2", "/A4", "/D4"]


async def test_an_opportunity_is_what_a_request_is_made_from(sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    headings = ["Số cơ hội", *ORDERS[1:]]
    await done(admin, "opportunities", excel_table(headings, *_order("CH-IMP-1", ["LT-T14", 3, 100])))
    source = await _source(sales, "CH-IMP-1", "opportunities")
    draft = await sales.get(f"/opportunities/{source['id']}/purchase-request-draft")
    assert draft["lines"][0]["quantity"] == "3"


@pytest.mark.slow
async def test_ten_thousand_orders_take_seconds_and_the_api_answers_meanwhile(sign_in: SignIn, pool: Pool) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    rows = [row for number in range(10_000) for row in _order(f"BULK-{number}", ["LT-T14", 1, 5], ["MON-27U", 2, 5])]
    content = excel_table(ORDERS, *rows)
    longest = 0.0
    begun = time.perf_counter()
    taking = asyncio.create_task(done(admin, "orders", content))
    while not taking.done():
        asked = time.perf_counter()
        assert (await sales.call("GET", "/me")).status_code == 200
        longest = max(longest, time.perf_counter() - asked)
        await asyncio.sleep(0.05)
    taken = time.perf_counter() - begun
    assert counts(await taking)["new"] == 10_000
    assert len((await taking)["changes"]) == 200
    assert await pool.fetchval("SELECT count(*) FROM sources WHERE number LIKE 'BULK-%'") == 10_000
    print(f"10,000 orders in {taken:.1f} s; the slowest other call took {longest:.2f} s")
    assert taken < 60
