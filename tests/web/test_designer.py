"""The process designer: a form that makes the same document as an admin who writes it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from fastapi import FastAPI

from crm import processes
from crm.pool import Pool
from tests.api.setting import SMALL, sent
from tests.conftest import SignIn
from tests.web.browser import Visitor, visitor
from tests.web.designer import Designer

NEW = "/admin/new-process/form"

HARD: dict[str, Any] = {
    "schema_version": 2,
    "name": "Mọi thứ",
    "key": "everything",
    "description": "a 'b' \"c\" <d> & e",
    "matrix": {"matches": "collected", "rows": []},
    "resume": "delta",
    "cumulative": [{"window": "10bd", "key": ["supplier", "owner"]}],
    "steps": [
        {
            "name": {"en": "One\n", "vi": " Một <b>"},
            "key": "one",
            "approvers": [{"matrix": True}, {"user": "director1"}, {"manager": 2}],
            "kind": "approval",
            "when": 'request.total>=2.50 // from two and a half\n  && request.currency == "VND"',
            "may_edit": ["lines.supplier", "purpose"],
            "on_expiry": "none",
        },
        {
            "kind": "parallel",
            "name": "Cùng lúc",
            "key": "both",
            "steps": [
                {
                    "key": "two",
                    "name": "Hai",
                    "approvers": [{"role": "director"}, {"user": "manager1"}],
                    "decision": {"quorum": "60%"},
                    "when": "size(lines) > 3\n  || request.routing_amount > 1.0 && true",
                    "condition_label": "nhiều dòng",
                    "tolerance": 5,
                    "inputs": ["total", "lines", "currency"],
                    "escalate": [{"to": {"role": "admin"}, "after": "8bh"}, {"after": "2bd", "to": "manager"}],
                    "deadline": "3bd",
                    "remind": ["50%", "100%", "4bh"],
                    "expire_after": "9h",
                    "on_expiry": "reject",
                },
                {"key": "three", "name": "Ba", "approvers": [{"manager": 1}], "deadline_hours": 4, "choose": False},
            ],
        },
        {
            "key": "four",
            "name": "Bốn",
            "approvers": [{"role": "manager"}],
            "choose": True,
            "may_return_to": ["three", "one"],
            "when": '"FPT" in request.suppliers || request.owner != "sales1"',
            "may_decide_lines": True,
        },
    ],
}


@pytest_asyncio.fixture(loop_scope="session")
async def admin(app: FastAPI) -> AsyncIterator[Visitor]:
    """An admin who reads Vietnamese."""
    async with visitor(app, "admin1", "vi") as person:
        yield person


async def drafted(pool: Pool, key: str) -> dict[str, Any]:
    """The draft of a process as its author's text has it."""
    process = await processes.load(pool, key)
    assert process is not None
    document = yaml.safe_load(process.draft_text or "")
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize(
    "key",
    ["purchase-approval", "purchase-approval-matrix", "purchase-approval-parallel", "purchase-approval-with-choice"],
)
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_form_that_is_saved_untouched_leaves_the_text_as_it_is(
    app: FastAPI, pool: Pool, repository: Path, key: str, language: str
) -> None:
    text = (repository / "crm" / "demo" / f"{key}.yaml").read_text(encoding="utf-8")
    async with visitor(app, "admin1", language) as person:
        await (await Designer(person, f"/admin/processes/{key}/form").open()).save()
    process = await processes.load(pool, key)
    assert process is not None
    assert process.draft_text == text


async def test_a_form_shows_everything_that_a_document_can_say(admin: Visitor, sign_in: SignIn, pool: Pool) -> None:
    api = await sign_in("admin1")
    text = yaml.safe_dump(HARD, sort_keys=False, allow_unicode=True)
    answer = await admin.post("/admin/new-process", {"document": text}, page="/admin/new-process")
    assert answer.status_code == 303, answer.text
    designer = await Designer(admin, "/admin/processes/everything/form").open()
    assert designer.steps == ["a0", "a1", "a1-0", "a1-1", "a2"]
    await designer.press("row.a0.approvers")  # a blank row, and the page comes again
    await designer.press("drop.a0.approvers.3")
    await designer.save()
    assert (await api.get("/processes/everything"))["draft_text"] == text
    assert repr(await drafted(pool, "everything")) == repr(HARD)


async def test_one_field_that_is_changed_changes_one_field(admin: Visitor, pool: Pool) -> None:
    before = await drafted(pool, "purchase-approval-parallel")
    designer = await Designer(admin, "/admin/processes/purchase-approval-parallel/form").open()
    assert designer.value("a2.tests.0.number") == "50.000.000"
    designer.fill(**{"a2.tests.0.number": "70.000.000,5"})
    await designer.save()
    after = await drafted(pool, "purchase-approval-parallel")
    director = after["steps"][2]
    assert director["when"] == 'request.routing_amount >= 70000000.5 || request.currency != "VND"'
    assert director["condition_label"] == {
        "vi": "giá trị xét duyệt từ 70.000.000,5 trở lên hoặc loại tiền không phải VND",
        "en": "the routing amount is 70,000,000.5 or more or the currency is not VND",
    }
    same = {"when": "", "condition_label": ""}
    after["steps"][2] = director | same
    before["steps"][2] |= same
    assert repr(after) == repr(before)
    await designer.open()
    assert "Tài liệu có chú thích" not in designer.text()


async def test_an_admin_who_never_saw_yaml_makes_a_process(admin: Visitor, pool: Pool) -> None:
    designer = await Designer(admin, NEW).open()
    assert designer.html.count("invalid-feedback") == 0, "nothing is wrong with what is not filled in yet"
    designer.fill(process__name_vi="Mua văn phòng phẩm", a0__deadline_amount="16")
    await designer.press("row.a0.remind")
    designer.fill(a0__on_expiry="return", a0__expiry_amount="5", **{"a0.remind.0.amount": "50"})
    await designer.press("add")
    designer.fill(n1__name_vi="Giám đốc duyệt", n1__name_en="Director", n1__condition="all")
    designer.fill(
        **{"n1.approvers.0.how": "user", "n1.approvers.0.user": "director1", "n1.tests.0.number": "50.000.000"}
    )
    await designer.press("add")
    designer.fill(n2__name_vi="Kế toán", **{"n2.approvers.0.how": "role", "n2.approvers.0.role": "director"})
    await designer.press("up.n2")
    assert designer.steps == ["a0", "n2", "n1"]
    assert "Vị trí 2: Kế toán" in designer.text()
    answer = await designer.save()
    assert answer.headers["location"] == "/admin/processes/mua-van-phong-pham"
    assert await drafted(pool, "mua-van-phong-pham") == {
        "schema_version": 2,
        "key": "mua-van-phong-pham",
        "name": {"vi": "Mua văn phòng phẩm", "en": "Mua văn phòng phẩm"},
        "steps": [
            {
                "key": "manager",
                "name": {"vi": "Quản lý trực tiếp duyệt", "en": "Line manager"},
                "approvers": [{"manager": 1}],
                "deadline": "16bh",
                "remind": ["50%"],
                "on_expiry": "return",
                "expire_after": "5bd",
            },
            {"key": "ke-toan", "name": {"vi": "Kế toán", "en": "Kế toán"}, "approvers": [{"role": "director"}]},
            {
                "key": "director",
                "name": {"vi": "Giám đốc duyệt", "en": "Director"},
                "approvers": [{"user": "director1"}],
                "when": '(request.total >= 50000000.0 || request.currency != "VND")',
                "condition_label": {
                    "vi": "tổng giá trị từ 50.000.000 VND trở lên (hoặc bằng loại tiền khác)",
                    "en": "the total is 50,000,000 VND or more (or in another currency)",
                },
            },
        ],
    }


@pytest.mark.parametrize(
    ("fields", "place", "vi", "en"),
    [
        ({"a0.name_vi": "", "a0.name_en": ""}, "a0-name", "1 đến 200 ký tự", "1 to 200 characters"),
        ({"a0.approvers.0.how": "user", "a0.approvers.0.user": "nobody"}, "a0-approvers-0", "nobody", "nobody active"),
        (
            {"a0.approvers.0.how": "user", "a0.approvers.0.user": ""},
            "a0-approvers-0",
            "một người, mọi người có một vai trò",
            "a person, everybody with a role",
        ),
        ({"a0.approvers.0.how": ""}, "a0-approvers", "chọn người duyệt", "choose who approves"),
        ({"a0.vote": "count", "a0.vote_number": "9"}, "a0-vote", "9", "9"),
        ({"a0.condition": "all"}, "a0-condition", "điền giá trị", "fill in its value"),
        ({"a0.condition": "all", "a0.tests.0.number": "nhiều"}, "a0-condition", "1.250,5", "1,250.5"),
        ({"a0.condition": "cel", "a0.expression": "request.amount > 1.0"}, "a0-condition", "request.amount", "amount"),
        ({"a0.deadline_amount": "lâu"}, "a0-deadline", "số nguyên", "whole number"),
        ({"a0.on_expiry": "return", "a0.expiry_amount": "2"}, "a0-expiry", "điền thời hạn", "fill that in first"),
        ({"a0.key": "Quản lý"}, "a0-key", "chữ thường", "lower-case"),
        ({"process.name_vi": ""}, "process-name", "1 đến 200 ký tự", "1 to 200 characters"),
        ({"process.key": "purchase-approval"}, "process-key", "đã thuộc về", "taken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_problem_stands_beside_its_field_in_both_languages(
    app: FastAPI, fields: dict[str, str], place: str, vi: str, en: str
) -> None:
    for language, said in (("vi", vi), ("en", en)):
        async with visitor(app, "admin1", language) as person:
            designer = await Designer(person, NEW).open()
            designer.fill(**({"process.name_vi": "Sai"} | fields))
            await designer.save(status=422)
            assert [text for text in designer.problem(place) if said in text], (place, designer.problem(place))
            for name, value in fields.items():
                assert designer.value(name) == value, "what was typed is still there"
            assert 'aria-invalid="true"' in designer.html or place in ("a0-approvers", "process-steps")


async def test_the_list_of_what_is_wrong_names_fields_as_the_form_does(admin: Visitor) -> None:
    designer = await Designer(admin, NEW).open()
    await designer.press("add")
    designer.fill(a0__on_expiry="reject", n1__approvers__0__how="")
    said = unescape(re.sub(r"<[^>]+>", "", (await designer.press("check")).text))
    for field in ("Quy trình · Tên: hãy ghi từ 1", "Bước mới · Tên: ", "Bước mới · Ai duyệt: hãy chọn người duyệt"):
        assert field in said
    for word in ("user:", "role:", "vi và en", "trường này bắt buộc", "expire_after", "deadline"):
        assert word not in said


async def test_the_form_and_the_document_are_two_views_of_one_draft(admin: Visitor, pool: Pool) -> None:
    designer = await Designer(admin, NEW).open()
    designer.fill(process__name_vi="Hai cách xem")
    answer = await designer.press("document")
    document = unescape(answer.text.split("<textarea")[1].split(">\n", 1)[1].split("</textarea>")[0])
    assert yaml.safe_load(document)["key"] == "hai-cach-xem"
    assert 'data-changed="yes"' in answer.text
    assert await processes.load(pool, "hai-cach-xem") is None, "nothing is saved by looking"
    fields = {"do": "open", "document": document.replace("Line manager", "Boss"), "seen": "0"}
    answer = await admin.post(NEW, fields, page="/admin/new-process")
    assert 'value="Boss"' in answer.text
    wrong = await admin.post(NEW, {"do": "open", "document": "steps: [", "seen": "0"}, page="/admin/new-process")
    assert "Không hiển thị được tài liệu này dưới dạng biểu mẫu" in wrong.text
    assert "data-goto-line" in wrong.text


async def test_what_is_seen_while_one_types_is_what_would_be_saved(admin: Visitor) -> None:
    designer = await Designer(admin, "/admin/processes/purchase-approval/form").open()
    designer.fill(**{"a1.tests.0.number": "7"})
    html = (await designer.press("check")).text
    assert "<html" not in html
    assert 'id="a1-words" hx-swap-oob="true">tổng giá trị từ 7 trở lên hoặc loại tiền không phải VND<' in html
    assert "request.total" not in html, "there are words for it"
    await designer.open()
    designer.fill(**{"a1.approvers.0.how": "user", "a1.approvers.0.user": "nobody"})
    assert 'href="#a1-approvers">Giám đốc duyệt · Ai duyệt<' in (await designer.press("check")).text


async def test_an_amount_without_a_currency_stays_and_is_warned_of_before_it_is_published(admin: Visitor) -> None:
    warned = "so sánh số tiền mà không nêu loại tiền"
    designer = await Designer(admin, "/admin/processes/purchase-approval/form").open()
    assert warned not in designer.text(), "its condition asks for other currencies, too"
    await designer.press("drop.a1.tests.1")
    assert designer.value("a1.tests.0.in_currency") == ""
    assert warned in designer.text()
    await designer.save()
    for address in ("", "/versions/1"):
        assert warned in unescape(await admin.read(f"/admin/processes/purchase-approval{address}")), (
            "it is of the draft"
        )
    await designer.open()
    assert designer.value("a1.tests.0.in_currency") == ""
    designer.fill(**{"a1.tests.0.in_currency": "VND"})
    await designer.save()
    assert warned not in unescape(await admin.read("/admin/processes/purchase-approval"))
    await designer.open()
    assert designer.value("a1.condition") == "all"
    assert designer.value("a1.tests.0.in_currency") == "VND"
    assert "(hoặc bằng loại tiền khác)" in designer.text()


async def test_an_amount_of_dong_is_read_as_on_the_form_of_a_request_and_is_shown_as_it_was(admin: Visitor) -> None:
    designer = await Designer(admin, "/admin/processes/purchase-approval/form").open()
    await designer.press("drop.a1.tests.1")
    for typed, shown in (("80,000", "80.000"), ("80,0000", "80"), ("28,9050", "28,9050")):
        designer.fill(**{"a1.tests.0.in_currency": "VND", "a1.tests.0.number": typed})
        await designer.save()
        await designer.open()
        assert designer.value("a1.tests.0.number") == shown, typed


async def test_a_step_says_what_only_an_expression_can_say(admin: Visitor) -> None:
    designer = await Designer(admin, "/admin/processes/purchase-approval-parallel/form").open()
    assert designer.value("a1-1.condition") == "cel"
    assert designer.value("a1-1.expression").startswith("lines.exists(")
    assert designer.value("a2.condition") == "any"
    assert "Yêu cầu được cộng dồn để tránh chia nhỏ" in designer.text()


async def test_another_draft_is_not_overwritten_unseen(admin: Visitor) -> None:
    first = await Designer(admin, "/admin/processes/purchase-approval/form").open()
    second = await Designer(admin, "/admin/processes/purchase-approval/form").open()
    first.fill(process__description="Một")
    second.fill(process__description="Hai")
    await first.save()
    await second.save(status=409)
    assert second.value("process.description") == "Hai"
    await second.save()
    assert (await second.open()).value("process.description") == "Hai"


async def test_a_document_that_no_form_has_made_is_refused_as_a_document(admin: Visitor) -> None:
    designer = await Designer(admin, "/admin/processes/purchase-approval/form").open()
    for base in ("", "steps: 1", "- 1", "a: [", "schema_version: 2\nkey: {}\nname: []\nsteps: [1]"):
        designer.fill(base=base)
        answer = await designer.admin.post(designer.address, {"base": base, "do": "add"}, page="/admin/processes")
        assert answer.status_code == 200, base
        assert "data-goto-line" in answer.text


async def test_what_is_sent_cannot_make_a_page_that_does_something(admin: Visitor) -> None:
    designer = await Designer(admin, NEW).open()
    script = '"><script>alert(1)</script>'
    designer.fill(process__name_vi=script, a0__name_vi=script, a0__vote=script, a0__deadline_unit=script)
    designer.fill(**{"steps": script, "a0.within": script, "a0.tests.0.kind": script, "a0.returns": script})
    await designer.press("add." + script)
    assert "<script>alert" not in designer.html
    await designer.save(status=422)
    assert "<script>alert" not in designer.html


async def test_people_are_found_by_name_and_by_department(admin: Visitor) -> None:
    async def found(q: str) -> list[dict[str, str]]:
        people: list[dict[str, str]] = (await admin.get(f"/admin/design-people?q={q}")).json()
        return people

    director = next(one for one in await found("director1") if one["value"] == "director1")
    name, department = director["says"].split(" · ")
    assert director in await found(name)
    assert director in await found(department)
    assert await found("zzzz") == []
    assert len(await found("")) <= 20


async def test_a_draft_is_saved_and_tried_on_past_requests(admin: Visitor, pool: Pool) -> None:
    designer = await Designer(admin, "/admin/processes/purchase-approval/form").open()
    designer.fill(process__description="Thử")
    answer = await designer.press("try", status=307)
    assert answer.headers["location"] == "/admin/processes/purchase-approval/try"
    assert (await drafted(pool, "purchase-approval"))["description"] == "Thử"
    tried = await admin.post(answer.headers["location"], dict(designer.fields), page="/admin/processes")
    assert tried.status_code == 200
    assert "Những gì sẽ khác" in tried.text


async def test_a_step_may_depend_on_the_customer_and_on_a_role_of_the_requester(admin: Visitor, pool: Pool) -> None:
    designer = await Designer(admin, NEW).open()
    designer.fill(process__name_vi="Theo khách hàng", a0__name_vi="Quản lý", a0__condition="all")
    designer.fill(**{"a0.tests.0.kind": "customer ==", "a0.tests.0.customer": "Công ty An Phát"})
    await designer.press("row.a0.tests")
    designer.fill(**{"a0.tests.1.kind": "owner_role !=", "a0.tests.1.owner_role": "manager"})
    await designer.save()
    saved = await processes.load_draft(pool, "theo-khach-hang")
    assert saved is not None
    (step,) = saved.approval_steps
    assert step.when == 'request.customer == "Công ty An Phát" && !("manager" in request.owner_roles)'
    assert step.condition_label is not None
    assert step.condition_label["vi"] == (
        "yêu cầu dành cho khách hàng “Công ty An Phát” và người thực hiện thiếu vai trò “Quản lý”"
    )
    again = await Designer(admin, "/admin/processes/theo-khach-hang/form").open()
    assert again.value("a0.tests.0.customer") == "Công ty An Phát"
    assert again.value("a0.tests.1.owner_role") == "manager"


async def test_customers_are_found_as_orders_have_them(admin: Visitor, pool: Pool) -> None:
    name = await pool.fetchval("SELECT customer FROM sources WHERE customer <> '' ORDER BY number LIMIT 1")
    found = (await admin.get(f"/admin/design-customers?q={name.upper()}")).json()
    assert [one["value"] for one in found] == [name]
    assert (await admin.get("/admin/design-customers?q=zzzz")).json() == []


@pytest.mark.usefixtures("running_worker")
async def test_a_request_is_tried_with_the_form_as_it_stands(admin: Visitor, sign_in: SignIn, pool: Pool) -> None:
    sales = await sign_in("sales1")
    large, small = await sent(sales), await sales.create(lines=SMALL)
    designer = await Designer(admin, NEW).open()
    designer.fill(process__name_vi="Chưa lưu", a0__name_vi="Quản lý")
    await designer.press("add")
    (_, step) = designer.steps
    designer.fill(
        **{
            f"{step}.name_vi": "Giám đốc",
            f"{step}.approvers.0.how": "user",
            f"{step}.approvers.0.user": "director1",
            f"{step}.condition": "all",
            f"{step}.tests.0.kind": "total >=",
            f"{step}.tests.0.number": "50.000.000",
        }
    )

    async def steps(number: str) -> dict[str, bool]:
        """Which steps there would be, and whether somebody is asked in them."""
        designer.fill(try_number=number)
        await designer.press("route")
        part = designer.html.partition('id="design-try"')[2].partition("</section>")[0]
        found = re.findall(r'<li class="plan-step([^"]*)">.*?<h3 class="plan-title">([^<]*)', part, re.DOTALL)
        return {unescape(name).strip(): "is-skipped" not in classes for classes, name in found}

    assert await steps(large["number"]) == {"Quản lý": True, "Giám đốc": True}
    assert "Lê Hoàng Nam" in designer.text()
    assert await steps(f" {small['number'].lower()} ") == {
        "Quản lý": True,
        "Giám đốc": False,
    }  # not sent, and typed as people type
    assert await steps("YCMH-1999-1") == {}
    assert "Không có yêu cầu nào có số này" in designer.text()
    designer.fill(**{f"{step}.approvers.0.user": "nobody"})
    assert await steps(large["number"]) == {}
    assert "Hãy sửa những chỗ sai trước" in designer.text()
    assert await processes.load_draft(pool, "chua-luu") is None


async def test_a_request_that_the_form_would_refuse_says_why(admin: Visitor, sign_in: SignIn) -> None:
    request = await (await sign_in("director1")).create()
    designer = await Designer(admin, NEW).open()
    designer.fill(process__name_vi="Không ai", a0__name_vi="Giám đốc", try_number=request["number"])
    designer.fill(**{"a0.approvers.0.how": "user", "a0.approvers.0.user": "director1"})
    await designer.press("route")
    assert "Không gửi được" in designer.text()
