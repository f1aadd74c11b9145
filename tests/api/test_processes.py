"""Processes as data, and the connection between the CRM and one of them. Source: domain.md, decisions 3 to 5."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.api.setting import DIRECTOR_ONLY, connect, publish, sent
from tests.clients import BASE, ApiClient, request_body
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

YAML = """\
# Quy trình thử
schema_version: 1
key: as-yaml
name: {vi: Thử, en: Trial}
steps:
  - key: boss   # the owner's manager
    name: Boss
    approvers: [{manager: 1}, {role: director}]
    when: request.total > 0.0
    decision: all
"""


async def _put(admin: ApiClient, key: str, content: str, content_type: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": content_type, "Accept-Language": "en"}
    return await admin.http.put(f"{BASE}/processes/{key}/draft", content=content, headers=headers)


async def test_a_process_is_written_as_yaml_and_keeps_its_text(sign_in: SignIn) -> None:
    answer = await _put(await sign_in("admin1"), "as-yaml", YAML, "application/yaml")
    process = answer.json()
    assert answer.status_code == 200
    assert (process["draft_text"], process["version"], process["versions"]) == (YAML, None, [])
    (step,) = process["draft"]["steps"]
    assert step["approvers"] == [{"manager": 1}, {"role": "director"}]
    assert (step["decision"], step["name"]) == ("all", {"vi": "Boss", "en": "Boss"})


async def test_the_same_process_is_written_as_json(sign_in: SignIn) -> None:
    document = {"key": "as-json", "name": "Trial", "steps": DIRECTOR_ONLY}
    answer = await _put(await sign_in("admin1"), "as-json", json.dumps(document), "application/json")
    assert answer.status_code == 200
    assert answer.json()["draft"]["name"] == {"vi": "Trial", "en": "Trial"}


STEP: dict[str, Any] = DIRECTOR_ONLY[0]
INVALID: dict[str, tuple[Any, str]] = {
    "no steps": ({"steps": []}, "/steps"),
    "an unknown field": ({"owner": "x"}, "/owner"),
    "a key that differs from the address": ({"key": "other"}, "/key"),
    "an unknown schema": ({"schema_version": 2}, "/schema_version"),
    "a step without approvers": ({"steps": [STEP, {**STEP, "key": "b", "approvers": []}]}, "/steps/1/approvers"),
    "an approver that is none": ({"steps": [{**STEP, "approvers": [{"team": "x"}]}]}, "/steps/0/approvers/0"),
    "a user that is not there": (
        {"steps": [{**STEP, "approvers": [{"user": "director1"}, {"user": "ghost"}]}]}, "/steps/0/approvers/1",
    ),
    "a role that nobody holds": ({"steps": [{**STEP, "approvers": [{"role": "pope"}]}]}, "/steps/0/approvers/0"),
    "a condition that cannot be read": ({"steps": [{**STEP, "when": "request.total >"}]}, "/steps/0/when"),
    "a condition on an unknown fact": ({"steps": [{**STEP, "when": "request.colour == 'red'"}]}, "/steps/0/when"),
    "a condition that is no question": ({"steps": [{**STEP, "when": "request.total"}]}, "/steps/0/when"),
    "a condition in Python": ({"steps": [{**STEP, "when": "__import__('os').getcwd() == ''"}]}, "/steps/0/when"),
    "a field that nobody may edit": ({"steps": [{**STEP, "may_edit": ["owner"]}]}, "/steps/0/may_edit/0"),
    "a deadline of no hours": ({"steps": [{**STEP, "deadline_hours": 0}]}, "/steps/0/deadline_hours"),
    "two steps with one key": ({"steps": [STEP, STEP]}, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", INVALID)
async def test_an_invalid_process_is_refused_with_a_pointer_to_the_place(case: str, sign_in: SignIn) -> None:
    changes, pointer = INVALID[case]
    document = {"schema_version": 1, "key": "wrong", "name": "Wrong", "steps": DIRECTOR_ONLY, **changes}
    admin = await sign_in("admin1")
    answer = await _put(admin, "wrong", json.dumps(document), "application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert answer.json()["errors"][0]["detail"]
    assert (await admin.call("GET", "/processes/wrong")).status_code == 404, "nothing is saved"


@pytest.mark.parametrize(
    ("text", "place"),
    [("key: [", "line 1"), ("key: a\n  b: c", "line 2"), ("- \t: {", ""), ("x" * 10 + ": &a [*a]", ""), ("", "")],
)
async def test_yaml_that_cannot_be_read_is_refused_with_its_line(text: str, place: str, sign_in: SignIn) -> None:
    answer = await _put(await sign_in("admin1"), "broken", text, "application/yaml")
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    assert place in answer.json()["errors"][0]["detail"]


async def test_yaml_of_ten_thousand_levels_is_refused(sign_in: SignIn) -> None:
    answer = await _put(await sign_in("admin1"), "deep", "[" * 10_000, "application/yaml")
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")


async def test_a_draft_becomes_a_version_that_never_changes(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    assert await publish(admin, "life", DIRECTOR_ONLY) == 1
    first = await admin.get("/processes/life/versions/1")
    assert (first["key"], first["version"], first["published_by"]) == ("life", 1, "admin1")

    changed = [{**STEP, "name": "Changed"}]
    document = {"key": "life", "name": "life", "steps": changed}
    assert (await admin.call("PUT", "/processes/life/draft", document)).status_code == 200
    draft = await admin.get("/processes/life")
    assert (draft["version"], draft["versions"]) == (1, [1]), "a draft is not a version"
    assert draft["draft"]["steps"][0]["name"]["en"] == "Changed"
    assert await publish(admin, "life", changed) == 2
    assert await publish(admin, "life", changed) == 2, "publishing what is published already adds nothing"
    assert await admin.get("/processes/life/versions/1") == first
    assert (await admin.get("/processes/life"))["versions"] == [2, 1]
    assert (await admin.call("GET", "/processes/life/versions/3")).status_code == 404


async def test_only_admins_write_processes_and_the_connection(sign_in: SignIn) -> None:
    for username in ("sales1", "manager1", "director1", "purchasing1"):
        client = await sign_in(username)
        answers = [
            await client.call("PUT", "/processes/mine/draft", {"key": "mine", "name": "x", "steps": DIRECTOR_ONLY}),
            await client.call("POST", "/processes/purchase-approval/publish"),
            await client.call("PUT", "/connection", {"process_key": "purchase-approval"}),
            await client.call("DELETE", "/connection"),
        ]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "forbidden")}
        assert (await client.get("/connection"))["process_key"] == "purchase-approval"
        assert "purchase-approval" in [item["key"] for item in (await client.get("/processes"))["items"]]


async def test_the_demo_is_connected_to_a_published_process(sign_in: SignIn) -> None:
    connection = await (await sign_in("sales1")).get("/connection")
    shown = ("connected", "process_key", "process_version", "connected_by")
    assert tuple(connection[name] for name in shown) == (True, "purchase-approval", 1, "admin1")


@pytest.mark.parametrize("key", ["unpublished", "nowhere"])
async def test_the_crm_is_connected_to_published_processes_only(key: str, sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    if key == "unpublished":
        await admin.call("PUT", f"/processes/{key}/draft", {"key": key, "name": "x", "steps": DIRECTOR_ONLY})
    answer = await admin.call("PUT", "/connection", {"process_key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["errors"][0]["pointer"] == "/process_key"
    assert (await admin.get("/connection"))["process_key"] == "purchase-approval"


async def test_without_a_connection_a_send_is_refused_and_the_request_kept(sign_in: SignIn) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    request = await sales.create()
    assert (await admin.call("DELETE", "/connection")).status_code == 204
    assert (await sales.get("/connection"))["connected"] is False
    try:
        answer = await sales.act(request["id"], "send")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_connected")
        preview = await sales.get(f"/purchase-requests/{request['id']}/approval-preview")
        assert (preview["steps"], preview["refusal"]) == ([], "not_connected")

        both = await sales.call("POST", "/purchase-requests", request_body(send={}, purpose="Giữ lại"))
        assert (both.status_code, both.json()["code"]) == (409, "not_connected")
        kept = await sales.get(both.headers["Location"].removeprefix(BASE))
        assert (kept["process_status"], kept["process_id"], kept["run"]) == ("not_sent", None, None)
        assert both.json()["purchase_request"] == {"id": kept["id"], "number": kept["number"]}
        refused = (await sales.timeline(kept["id"]))[-1]
        assert (refused["action"], refused["outcome"], refused["reason"]) == ("send", "refused", "not_connected")
    finally:
        await connect(admin, "purchase-approval")
    assert (await sales.done(request["id"], "send"))["process_status"] == "in_progress"
    assert (await sales.done(kept["id"], "send"))["process_status"] == "in_progress"


async def test_disconnecting_leaves_running_requests_running(sign_in: SignIn) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    request = await sent(sales)
    await admin.call("DELETE", "/connection")
    try:
        await manager.done(request["id"], "reject", {"step": "manager", "note": "Giảm"})
        assert (await sales.done(request["id"], "send"))["run"]["round"] == 2, "a run goes on with its own process"
        await manager.done(request["id"], "approve", {"step": "manager"})
        done = await (await sign_in("director1")).done(request["id"], "approve", {"step": "director"})
        assert done["process_status"] == "completed"
    finally:
        await connect(admin, "purchase-approval")


async def test_editing_and_publishing_a_process_never_changes_a_running_request(sign_in: SignIn) -> None:
    sales, manager, admin = await sign_in("sales1"), await sign_in("manager1"), await sign_in("admin1")
    two = [{"key": "first", "name": "First", "approvers": [{"manager": 1}]}, STEP]
    await publish(admin, "moving", two)
    await connect(admin, "moving")
    request = await sent(sales)
    assert await publish(admin, "moving", [{"key": "south", "name": "South", "approvers": [{"user": "manager2"}]}]) == 2
    later = await sent(sales)
    await connect(admin, "purchase-approval")

    assert await sales.request(request["id"]) == request
    await manager.done(request["id"], "reject", {"step": "first", "note": "Giảm"})
    resent = await sales.done(request["id"], "send")
    assert resent["run"]["process"] == {"key": "moving", "version": 1}, "in later rounds too"
    assert [step["key"] for step in resent["run"]["steps"]] == ["first", "director"]
    assert later["run"]["process"] == {"key": "moving", "version": 2}
    assert [step["key"] for step in later["run"]["steps"]] == ["south"]


async def test_the_preview_says_what_a_send_would_run_and_why(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    preview = await sales.get(f"/purchase-requests/{request['id']}/approval-preview")
    assert preview["refusal"] is None
    shown = ("key", "name", "approvers", "must_choose", "why")
    assert [{name: step[name] for name in shown} for step in preview["steps"]] == [
        {
            "key": "manager",
            "name": "Line manager",
            "approvers": [{"username": "manager1", "name": "Lê Hoàng Nam"}],
            "must_choose": False,
            "why": "Manager of Nguyễn Văn An, 1 level(s) up",
        },
        {
            "key": "director",
            "name": "Director",
            "approvers": [{"username": "director1", "name": "Trần Thị Minh Nguyệt"}],
            "must_choose": False,
            "why": "Holds the role director; Needed because: request.total >= 50000000.0",
        },
    ]
    sent_now = await sales.done(request["id"], "send")
    for planned, run in zip(preview["steps"], sent_now["run"]["steps"], strict=True):
        assert {name: planned[name] for name in ("key", "approvers", "why")} == {
            name: run[name] for name in ("key", "approvers", "why")
        }


@pytest.mark.parametrize(
    ("condition", "applies"),
    [
        ("request.total >= 125000000.0", True),
        ("request.total > 125000000.0", False),
        ('request.source_type == "sales_order"', False),
        ('"FPT Synnex" in request.suppliers', True),
        ('lines.exists(line, line.product_code == "LT-T14" && line.quantity > 9.0)', True),
        ('request.department == "Kinh doanh miền Bắc"', True),
        ('request.owner == "sales2"', False),
        ('request.currency != "VND"', False),
    ],
)
async def test_a_condition_decides_whether_a_step_is_run(condition: str, applies: bool, sign_in: SignIn) -> None:
    sales, admin = await sign_in("sales1"), await sign_in("admin1")
    extra = {"key": "extra", "name": "Extra", "approvers": [{"manager": 1}], "when": condition}
    await publish(admin, "conditional", [extra, STEP])
    await connect(admin, "conditional")
    request = await sent(sales)
    await connect(admin, "purchase-approval")
    assert request["run"]["steps"][0]["state"] == ("open" if applies else "skipped")
    assert condition in request["run"]["steps"][0]["why"]
    assert request["run"]["step"]["key"] == ("extra" if applies else "director")
