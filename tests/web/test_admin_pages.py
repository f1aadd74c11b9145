"""The pages of process admins: the connection, processes as pictures, the editor, versions."""

from __future__ import annotations

import re
import threading
from html import unescape

import pytest
from fastapi import FastAPI

from approval.document_text import LONGEST_DOCUMENT
from approval.model import Code, FieldError, refuse
from approval.process import ParallelBlock
from crm.pool import Pool
from tests.api.setting import sent
from tests.approval.parsing import parse_process
from tests.conftest import SignIn
from tests.web.browser import visitor
from tests.web.editor import PROCESS, problems_of, save, save_new
from web.process_changes import step_changes
from web.process_document import TEMPLATE, Kind, differences, locate, write

SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize("username", ["sales1", "manager1", "purchasing1"])
async def test_only_admins_get_in(app: FastAPI, username: str) -> None:
    async with visitor(app, username) as person:
        for address in (
            "/admin/connection",
            "/admin/processes",
            "/admin/new-process",
            "/admin/processes/purchase-approval",
            "/admin/processes/purchase-approval/edit",
            "/admin/processes/purchase-approval/versions/1",
        ):
            assert (await person.get(address)).status_code == 403, address
        for address in (
            "/admin/connection",
            "/admin/connection/disconnect",
            "/admin/new-process",
            "/admin/check-process",
            "/admin/processes/purchase-approval/edit",
            "/admin/processes/purchase-approval/publish",
        ):
            assert (await person.post(address, {"document": TEMPLATE}, page="/requests")).status_code == 403, address


async def test_the_crm_is_disconnected_and_connected_again(app: FastAPI, running_worker: None, sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    running = await sent(sales)
    async with visitor(app, "admin1") as admin:
        html = await admin.read("/admin/connection")
        assert re.search(r"request is on its way|requests are on their way", html)
        await admin.post("/admin/connection/disconnect", page="/admin/connection")
        html = await admin.read("/admin/connection")
        assert "Not connected" in html
        assert '<option value="purchase-approval">' in html
        await manager.done(running["id"], "approve", {"step": "manager"})
        answer = await admin.post("/admin/connection", {"process_key": "purchase-approval"}, page="/admin/connection")
        assert answer.headers["location"] == "/admin/connection"
        html = await admin.read("/admin/connection")
        assert "connected by Bùi Quang Huy" in html
        assert '<option value="purchase-approval">' not in html, "it is connected already"
        assert " selected" not in html.split("<main")[1], "one chooses the other process oneself"
    assert (await sales.get("/connection"))["process_key"] == "purchase-approval"


async def test_a_process_that_is_not_published_cannot_be_connected(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        await save_new(admin, PROCESS.format(key="only-draft", name="Nháp"))
        await admin.post("/admin/connection", {"process_key": "only-draft"}, page="/admin/connection")
        assert "Something is not right" in await admin.read("/admin/connection")


async def test_a_process_is_shown_as_a_picture(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        html = await admin.read("/admin/processes/purchase-approval")
        shown = unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))
    for text in (
        "The owner's direct manager",
        "Only when the total is 50 million dong or more, or in a foreign currency"
        ' request.total >= 50000000.0 || request.currency != "VND"',
        "16 business hours",
        "Desired delivery date, Quantity, Supplier",
        "Everybody with the role Director",
    ):
        assert text in shown, text


async def test_a_process_is_made_published_changed_and_compared(app: FastAPI) -> None:
    first = PROCESS.format(key="office", name=f'"{SCRIPT}"')
    async with visitor(app, "admin1") as admin:
        answer = await save_new(admin, first.replace("\n", "\r\n"))
        assert answer.headers["location"] == "/admin/processes/office"
        html = await admin.read("/admin/processes/office")
        assert SCRIPT not in html
        assert "not published yet" in html
        assert "# who approves small things" in html
        answer = await admin.post("/admin/processes/office/publish", page="/admin/processes/office")
        assert "No request runs it until the CRM is connected to it." in await admin.read(answer.headers["location"])
        assert answer.headers["location"] == "/admin/processes/office/versions/1"
        await save(admin, "office", first.replace("deadline_hours: 8", "deadline_hours: 4"))
        html = await admin.read("/admin/processes/office")
        assert "<del>  deadline_hours: 8</del>" in html
        assert "<ins>  deadline_hours: 4</ins>" in html
        await admin.post("/admin/processes/office/publish", page="/admin/processes/office")
        html = await admin.read("/admin/processes/office/versions/2")
        assert "Changes since version 1" in html
        assert "<ins>  deadline_hours: 4</ins>" in html
        assert "Changes since version 2" in await admin.read("/admin/processes/office/versions/1?against=2")
        assert (await admin.get("/admin/processes/office/versions/3")).status_code == 404


CHANGED = """\
schema_version: 1
key: {key}
name: Mới
steps:
  - key: director
    name: Ban giám đốc
    approvers:
      - user: director1
    when: request.total >= 1000.0
    condition_label: {{vi: từ một nghìn, en: a thousand or more}}
    may_edit: [lines.quantity]
  - key: manager
    name: Quản lý
    approvers:
      - manager: 2
      - user: manager1
    deadline_hours: 4
  - key: accounting
    name: Kế toán
    approvers:
      - role: director
    when: request.total >= 5000.0
    condition_label: {{vi: từ năm nghìn, en: five thousand or more}}
"""


async def test_what_publishing_changes_is_said_in_words_before_it(app: FastAPI) -> None:
    first = PROCESS.format(key="worded", name="Cũ") + "  - key: last\n    name: Cuối\n    approvers: [{manager: 1}]\n"
    async with visitor(app, "admin1") as admin:
        await save_new(admin, first)
        await admin.post("/admin/processes/worded/publish", page="/admin/processes/worded")
        await save(admin, "worded", CHANGED.format(key="worded"))
        html = await admin.read("/admin/processes/worded")
    in_words = html[html.index("What it changes:") :]
    text = " ".join(re.sub(r"<[^>]+>", " ", in_words[: in_words.index("</form>")]).split())
    for said in (
        "Name: Cũ Mới",
        "Ban giám đốc moved: now step 1",
        "Approver: The owner's direct manager The owner's manager, 2 levels up, Lê Hoàng Nam manager1 one of them is enough",
        "Deadline: 8 business hours 4 business hours",
        "Name: Giám đốc Ban giám đốc",
        "Only when: request.total &gt;= 1000.0 a thousand or more",
        "Kế toán new, as step 3 Only when: five thousand or more Approver: Everybody with the role Director",
        "Cuối taken away",
    ):
        assert said in text, text
    assert text.count("moved:") == 1, text
    assert "May change" not in text, "it is as it was"
    folded = html[html.index('<details class="diff-lines">') :]
    assert "<ins>  deadline_hours: 4</ins>" in folded
    assert html.count("moved: now step 1") == 2, "above the lines of the document, too"


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("- user: director1", "- user: nobody"), 14, "nobody active has the username nobody"),
        (("may_edit: [lines.quantity]", "may_edit: [lines.colour]"), 16, "this must be one of"),
        (("key: director", "key: manager"), 11, "step 1 has the key manager already"),
        (("deadline_hours: 8", "deadline_hours: 0"), 10, "at least 1"),
        (("when: request.total >= 1000.0", "when: request.amount > 5.0"), 15, "knows no request.amount"),
        (("    approvers:\n      - manager: 1\n", ""), 6, "this field is required"),
        (("name: Giám đốc", "name: [Giám"), 12, "is not complete here"),
        (("schema_version: 1", "schema_version: 1\nowner: me"), 3, "there is no such field"),
    ],
)
async def test_an_error_points_at_its_line(app: FastAPI, change: tuple[str, str], line: int, said: str) -> None:
    document = PROCESS.format(key="wrong", name="Sai").replace(*change)
    async with visitor(app, "admin1") as admin:
        answer = await save_new(admin, document)
        assert answer.status_code == 422
        assert [at for at, _ in problems_of(answer.text)] == [line], problems_of(answer.text)
        assert said in problems_of(answer.text)[0][1]
        assert unescape(answer.text.split("<textarea")[1].split(">\n", 1)[1].split("</textarea>")[0]) == document
        checked = await admin.post("/admin/check-process", {"document": document}, page="/admin/processes")
        assert problems_of(checked.text) == problems_of(answer.text)
        assert (await admin.get("/admin/processes/wrong")).status_code == 404


async def test_everything_wrong_is_shown_at_once_and_the_check_says_what_saving_says(app: FastAPI) -> None:
    valid = PROCESS.format(key="whole", name="Đủ")
    document = (
        valid.replace("key: whole", "key: other")
        .replace("key: director", "key: manager")
        .replace("user: director1", "user: ghost")
        .replace("deadline_hours: 8", "deadline_hours: 0")
        .replace("when: request.total", "when: request.totl")
    )
    async with visitor(app, "admin1") as admin:
        await save_new(admin, valid)
        saved = await save(admin, "whole", document)
        assert saved.status_code == 422
        assert [line for line, _ in problems_of(saved.text)] == [3, 10, 11, 14, 15]
        fields = {"document": document, "key": "whole"}
        checked = await admin.post("/admin/check-process", fields, page="/admin/processes")
        assert problems_of(checked.text) == problems_of(saved.text)
        assert 'name="key" value="whole"' in saved.text


async def test_a_long_document_is_read_beside_the_event_loop(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def noted(_: str) -> object:
        threads.append(threading.current_thread())
        raise refuse(Code.PROCESS_INVALID, FieldError(pointer="", message="document_long"))

    monkeypatch.setattr("web.routes.process_editor.read_yaml", noted)
    async with visitor(app, "admin1") as admin:
        fields = {"document": "#" * 10_000, "key": ""}
        assert (await admin.post("/admin/check-process", fields, page="/admin/processes")).status_code == 200
    assert threads
    assert threading.current_thread() not in threads


async def test_the_key_of_a_new_process_is_checked_while_one_types(app: FastAPI) -> None:
    document = PROCESS.format(key="purchase-approval", name="Khác")
    async with visitor(app, "admin1") as admin:
        taken = await admin.post("/admin/check-process", {"document": document, "key": ""}, page="/admin/processes")
        own = {"document": document, "key": "purchase-approval"}
        assert "The document is valid." in (await admin.post("/admin/check-process", own, page="/admin/processes")).text
    assert [line for line, _ in problems_of(taken.text)] == [3]


@pytest.mark.parametrize("key", ["new", "check"])
async def test_no_key_hides_a_process_behind_another_page(app: FastAPI, key: str) -> None:
    document = PROCESS.format(key=key, name="Trùng tên")
    async with visitor(app, "admin1") as admin:
        answer = await save_new(admin, document)
        assert answer.headers["location"] == f"/admin/processes/{key}"
        assert "Trùng tên" in await admin.read(f"/admin/processes/{key}")
        assert (await save(admin, key, document)).status_code == 303


async def test_a_text_that_cannot_be_read_is_shown_with_line_and_column(app: FastAPI) -> None:
    document = PROCESS.format(key="wrong", name="Sai").replace("key: director", "key: *director")
    async with visitor(app, "admin1", language="vi") as admin:
        answer = await save_new(admin, document)
    assert "Dòng 11, cột 10" in answer.text
    assert problems_of(answer.text)[0][1].startswith("& và * lặp lại nội dung ở chỗ khác")


async def test_a_document_that_is_too_long_comes_back_with_the_reason(app: FastAPI) -> None:
    document = PROCESS.format(key="long", name="Dài") + "#" * LONGEST_DOCUMENT
    async with visitor(app, "admin1", language="vi") as admin:
        answer = await save_new(admin, document)
        checked = await admin.post("/admin/check-process", {"document": document}, page="/admin/processes")
    assert answer.status_code == 422
    assert "name: Dài" in answer.text
    assert (
        problems_of(checked.text)
        == problems_of(answer.text)
        == [(1, "nội dung có hơn 100000 ký tự, không quy trình nào cần nhiều như vậy")]
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("key: director", "key: Giám"), "ghi từ 1 đến 60 chữ thường"),
        (("name: Giám đốc", "name: [1]"), "ghi một đoạn chữ"),
        (("when: request.total >= 1000.0", "when: request.total >= 1000.0 &&"), "điều kiện chưa hoàn chỉnh"),
        (("when: request.total >= 1000.0", "when: request.totl >= 1000.0"), "có phải request.total?"),
        (("may_edit: [lines.quantity]", "may_edit: lines.quantity"), "phải là một danh sách"),
        (("may_edit: [lines.quantity]", "may_edit: [colour]"), "phải là một trong: purpose, delivery_address"),
        (("may_edit: [lines.quantity]", "decision: some"), "hãy ghi any, all"),
        (("- manager: 1", "- manager: 0"), "ghi một trong: user"),
    ],
)
async def test_errors_are_clear_in_vietnamese(app: FastAPI, change: tuple[str, str], said: str) -> None:
    async with visitor(app, "admin1", language="vi") as admin:
        answer = await save_new(admin, PROCESS.format(key="wrong", name="Sai").replace(*change))
    ((_, problem),) = problems_of(answer.text)
    assert said in problem


async def test_a_draft_saved_under_fewer_rules_is_shown_and_can_be_put_right(app: FastAPI, pool: Pool) -> None:
    document = PROCESS.format(key="lenient", name="Cũ")
    async with visitor(app, "admin1") as admin:
        await save_new(admin, document)
        await pool.execute(
            """UPDATE processes SET draft_text = NULL,
                   draft = jsonb_set(draft, '{steps,1,when}', '"request.total > 1.0 || nosuch(1)"')
               WHERE key = 'lenient'"""
        )
        assert "nosuch(1)" in await admin.read("/admin/processes/lenient")
        html = await admin.read("/admin/processes/lenient/edit")
        assert "cannot call nosuch" in problems_of(html)[0][1]
        await admin.post("/admin/processes/lenient/publish", page="/admin/processes/lenient")
        assert (await admin.get("/admin/processes/lenient/versions/1")).status_code == 404
        assert (await save(admin, "lenient", document)).status_code == 303


async def test_a_process_stored_under_wider_limits_is_shown_and_can_be_put_right(app: FastAPI, pool: Pool) -> None:
    document = PROCESS.format(key="wider-page", name="Rộng")
    async with visitor(app, "admin1") as admin:
        await save_new(admin, document)
        await admin.post("/admin/processes/wider-page/publish", page="/admin/processes/wider-page")
        for statement in (
            "UPDATE processes SET draft_text = NULL, draft = jsonb_set(draft, '{description}', $2) WHERE key = $1",
            "UPDATE process_versions SET document = jsonb_set(document, '{description}', $2) WHERE process_key = $1",
        ):
            await pool.execute(statement, "wider-page", "d" * 5000)
        for page in ("/admin/processes/wider-page", "/admin/processes/wider-page/versions/1"):
            assert "d" * 5000 in await admin.read(page)
        html = await admin.read("/admin/processes/wider-page/edit")
        assert [problem for _, problem in problems_of(html)] == ["at most 200 characters"]
        assert (await save(admin, "wider-page", document)).status_code == 303


async def test_the_check_tells_a_label_whose_condition_has_changed(app: FastAPI) -> None:
    when = "when: request.total >= 1000.0"
    document = PROCESS.format(key="labelled", name="Có diễn giải").replace(
        when, f"{when}\n    condition_label: {{vi: từ 1000, en: 1000 or more}}"
    )
    turned = document.replace(">=", "<")
    async with visitor(app, "admin1") as admin:
        await save_new(admin, document)
        assert (await save(admin, "labelled", turned)).status_code == 303, "nothing is published yet"
        await save(admin, "labelled", document)
        await admin.post("/admin/processes/labelled/publish", page="/admin/processes/labelled")
        fields = {"document": turned, "key": "labelled"}
        checked = await admin.post("/admin/check-process", fields, page="/admin/processes")
        ((line, problem),) = problems_of(checked.text)
        assert line == 16
        assert problem.startswith("the condition of this step is not that of version 1 any more")
        assert problems_of((await save(admin, "labelled", turned)).text) == [(line, problem)]
        fields["document"] = turned.replace("từ 1000", "dưới 1000").replace("1000 or more", "less than 1000")
        checked = await admin.post("/admin/check-process", fields, page="/admin/processes")
        assert "The document is valid." in checked.text
        assert (await save(admin, "labelled", fields["document"])).status_code == 303


async def test_errors_are_said_in_vietnamese_too(app: FastAPI) -> None:
    async with visitor(app, "admin1", language="vi") as admin:
        answer = await save_new(admin, PROCESS.format(key="wrong", name="Sai").replace("deadline_hours: 8", "hours: 8"))
    assert "Dòng 10" in answer.text
    assert "there is no such field" not in answer.text


async def test_the_picture_follows_what_one_types(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        fields = {"document": PROCESS.format(key="typed", name="Mới")}
        answer = await admin.post("/admin/check-process", fields, page="/admin/processes")
    assert "The document is valid." in answer.text
    assert "Trần Thị Minh Nguyệt" in answer.text
    assert "<html" not in answer.text


async def test_a_key_that_is_taken_is_not_taken_over(app: FastAPI) -> None:
    async with visitor(app, "admin1") as admin:
        answer = await save_new(admin, PROCESS.format(key="purchase-approval", name="Khác"))
        assert problems_of(answer.text) == [(3, "this key is taken by another process; choose another one")]


async def test_a_draft_that_another_admin_saved_meanwhile_is_not_overwritten_unseen(app: FastAPI) -> None:
    document = PROCESS.format(key="shared", name="Chung")
    async with visitor(app, "admin1") as admin:
        await save_new(admin, document)
        answer = await save(admin, "shared", document, seen="2020-01-01T00:00:00+00:00")
        assert answer.status_code == 409
        assert "Somebody saved another draft meanwhile" in answer.text
        assert (await save(admin, "shared", document)).status_code == 303


def test_a_document_survives_being_written_and_read() -> None:
    definition = parse_process(PROCESS.format(key="office", name="Văn phòng"))
    assert parse_process(write(definition)) == definition
    assert [line for line in differences(definition, definition) if line.kind is not Kind.SAME] == []


def test_a_step_that_goes_into_a_block_has_moved() -> None:
    before = parse_process(PROCESS.format(key="office", name="Văn phòng"))
    block = ParallelBlock(kind="parallel", key="both", name=before.name, steps=before.approval_steps)
    changes = step_changes(before, before.model_copy(update={"steps": (block,)}))
    said = [(one.after and one.after.key, one.before is None, one.moved, one.place) for one in changes]
    assert said == [("both", True, False, "1"), ("manager", False, True, "1.1"), ("director", False, True, "1.2")]
    assert step_changes(before, before) == []


@pytest.mark.parametrize("text", ["[" * 5000, "a: [", "- 1\n- 2", "", "when: 2026-99-99"])
def test_any_text_gives_a_line(text: str) -> None:
    assert locate(text, [FieldError(pointer="/steps/0/key", message="x")])[0].line >= 1
