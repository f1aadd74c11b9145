"""Processes as data and the connection to one. Source: domain.md, decision 3; reference, 1."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from crm.pool import Pool
from tests.api.setting import DIRECTOR_ONLY, connect, publish, sent
from tests.clients import BASE, ApiClient
from tests.conftest import SignIn

pytestmark = pytest.mark.usefixtures("running_worker")

MANAGER_ONLY = [{"key": "manager", "name": "Manager", "approvers": [{"manager": 1}]}]


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def connected(sign_in: SignIn) -> AsyncIterator[None]:
    """Every test begins with the demo's connection."""
    await connect(await sign_in("admin1"), "purchase-approval")
    yield


async def _put(admin: ApiClient, key: str, document: Any) -> httpx.Response:
    return await admin.call("PUT", f"/processes/{key}/draft", document)


def _document(key: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"key": key, "name": {"vi": "Quy trình", "en": "Process"}, "steps": steps}


# The connection.


async def test_without_a_connection_a_send_is_refused_and_the_request_is_kept(sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    request = await sales.create()
    assert (await admin.call("DELETE", "/connection")).status_code == 204
    assert await sales.get("/connection") == {
        "connected": False,
        "process_key": None,
        "process_version": None,
        "connected_by": None,
        "connected_at": None,
    }
    answer = await sales.act(request["id"], "send")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_connected")
    kept = await sales.request(request["id"])
    assert (kept["process_status"], kept["run"], kept["send_pending"]) == ("not_sent", None, False)
    last = (await sales.timeline(request["id"]))[-1]
    assert (last["action"], last["reason"]) == ("send", "not_connected")
    await connect(admin, "purchase-approval")
    assert (await sales.done(request["id"], "send"))["process_status"] == "in_progress"


async def test_save_and_send_without_a_connection_keeps_the_request_and_says_where(sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await admin.call("DELETE", "/connection")
    answer = await sales.call("POST", "/purchase-requests", {"purpose": "x", "lines": [_LINE], "send": {}})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "not_connected")
    kept = await sales.request(problem["purchase_request"]["id"])
    assert answer.headers["Location"] == f"{BASE}/purchase-requests/{kept['id']}"
    assert (kept["number"], kept["process_status"]) == (problem["purchase_request"]["number"], "not_sent")


_LINE = {"product_code": "LT-T14", "quantity": "1", "unit_price": "1000"}


async def test_disconnecting_leaves_running_requests_running(sign_in: SignIn) -> None:
    admin, sales, manager = await sign_in("admin1"), await sign_in("sales1"), await sign_in("manager1")
    running, returned = await sent(sales), await sent(sales)
    await sales.done(returned["id"], "recall")
    await admin.call("DELETE", "/connection")
    assert (await manager.done(running["id"], "approve", {"step": "manager"}))["run"]["step"]["key"] == "director"
    again = await sales.done(returned["id"], "send")
    assert (again["process_status"], again["run"]["round"]) == ("in_progress", 2)


async def test_a_process_that_is_not_published_is_not_connected(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    await _put(admin, "draft-only", _document("draft-only", MANAGER_ONLY))
    for key in ("draft-only", "no-such-process"):
        answer = await admin.call("PUT", "/connection", {"process_key": key})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/process_key")
    assert (await admin.get("/connection"))["process_key"] == "purchase-approval"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/connection", {"process_key": "purchase-approval-with-choice"}),
        ("DELETE", "/connection", None),
        ("PUT", "/processes/mine/draft", _document("mine", MANAGER_ONLY)),
        ("POST", "/processes/purchase-approval/publish", None),
    ],
)
@pytest.mark.parametrize("username", ["sales1", "manager1", "director1", "purchasing1"])
async def test_only_admins_write_processes_and_the_connection(
    method: str, path: str, body: Any, username: str, sign_in: SignIn
) -> None:
    answer = await (await sign_in(username)).call(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert (await (await sign_in("admin1")).get("/connection"))["process_key"] == "purchase-approval"


# Drafts and versions.


async def test_a_draft_becomes_a_version_that_never_changes(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    assert await publish(admin, "versions", MANAGER_ONLY) == 1
    first = await admin.get("/processes/versions/versions/1")
    assert await publish(admin, "versions", DIRECTOR_ONLY) == 2
    assert await admin.get("/processes/versions/versions/1") == first
    assert [step["key"] for step in first["document"]["steps"]] == ["manager"]
    process = await admin.get("/processes/versions")
    assert (process["version"], process["versions"]) == (2, [2, 1])
    assert (await admin.call("GET", "/processes/versions/versions/3")).status_code == 404


async def test_publishing_what_is_published_makes_no_new_version(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    assert [await publish(admin, "same", MANAGER_ONLY) for _ in range(2)] == [1, 1]


async def test_a_draft_is_not_run_before_it_is_published(sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    await publish(admin, "drafted", MANAGER_ONLY)
    await connect(admin, "drafted")
    await _put(admin, "drafted", _document("drafted", DIRECTOR_ONLY))
    assert (await sent(sales))["run"]["step"]["key"] == "manager"


async def test_a_draft_may_be_yaml_and_keeps_the_text_as_it_was_written(sign_in: SignIn, repository: Path) -> None:
    admin = await sign_in("admin1")
    text = (repository / "crm" / "demo" / "purchase-approval.yaml").read_text(encoding="utf-8")
    headers = {
        "Authorization": f"Bearer {admin.token}",
        "Content-Type": "application/yaml",
    }
    answer = await admin.http.put(f"{BASE}/processes/purchase-approval/draft", content=text, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["draft_text"] == text
    assert [step["key"] for step in answer.json()["draft"]["steps"]] == ["manager", "director"]


@pytest.mark.parametrize(
    ("step", "pointer"),
    [
        ({"approvers": [{"user": "nobody"}]}, "/steps/1/approvers/0"),
        ({"approvers": [{"role": "director"}, {"role": "emperor"}]}, "/steps/1/approvers/1"),
        ({"approvers": []}, "/steps/1/approvers"),
        ({"when": "request.amount > 1.0"}, "/steps/1/when"),
        ({"may_edit": ["number"]}, "/steps/1/may_edit/0"),
        ({"key": "manager"}, "/steps/1/key"),
    ],
)
async def test_a_wrong_draft_is_refused_at_the_place_and_not_saved(
    step: dict[str, Any], pointer: str, sign_in: SignIn
) -> None:
    admin = await sign_in("admin1")
    before = await admin.get("/processes/purchase-approval")
    steps = [*MANAGER_ONLY, {**DIRECTOR_ONLY[0], **step}]
    answer = await _put(admin, "purchase-approval", _document("purchase-approval", steps))
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await admin.get("/processes/purchase-approval") == before


async def test_a_draft_has_the_key_of_its_address(sign_in: SignIn) -> None:
    answer = await _put(await sign_in("admin1"), "one", _document("other", MANAGER_ONLY))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/key")


async def test_one_answer_names_everything_that_is_wrong_with_a_draft(sign_in: SignIn) -> None:
    steps: list[dict[str, Any]] = [
        {"key": "a", "name": "A", "approvers": [{"user": "ghost"}, {"role": "pope"}], "deadline_hours": 0},
        {"key": "a", "name": "B", "approvers": [{"manager": 1}], "when": "request.totl > 1.0"},
    ]
    answer = await _put(await sign_in("admin1"), "one", _document("other", steps))
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/key",
        "/steps/0/approvers/0",
        "/steps/0/approvers/1",
        "/steps/0/deadline_hours",
        "/steps/1/key",
        "/steps/1/when",
    }


async def test_json_is_read_as_json(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    document = {**_document("json", MANAGER_ONLY), "description": "\U0001f600"}
    answer = await _put_text(admin, "json", json.dumps(document, indent="\t"), "application/json")
    assert answer.status_code == 200, answer.text
    assert answer.json()["draft"]["description"] == "\U0001f600"
    answer = await _put_text(admin, "json", '{\n"key": json}', "application/json")
    assert answer.json()["errors"][0]["detail"].startswith("line 2, column 8: this cannot be read as JSON")
    answer = await _put_text(admin, "json", "[]", "application/json")
    assert answer.json()["errors"] == [{"pointer": "", "detail": "this must be an object: fields with their values"}]


async def test_publishing_a_draft_stored_before_labels_were_known_makes_no_new_version(
    sign_in: SignIn, pool: Pool
) -> None:
    admin = await sign_in("admin1")
    assert await publish(admin, "older", DIRECTOR_ONLY) == 1
    await pool.execute(
        "UPDATE process_versions SET document = document #- '{steps,0,condition_label}' WHERE process_key = 'older'"
    )
    assert await publish(admin, "older", DIRECTOR_ONLY) == 1


async def test_a_draft_whose_people_have_left_is_not_published(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    await _put(admin, "left", _document("left", DIRECTOR_ONLY))
    await pool.execute("UPDATE users SET active = false WHERE username = 'director1'")
    try:
        answer = await admin.call("POST", "/processes/left/publish")
    finally:
        await pool.execute("UPDATE users SET active = true WHERE username = 'director1'")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/steps/0/approvers/0")


async def test_a_new_condition_is_not_published_under_the_words_of_the_old_one(sign_in: SignIn, pool: Pool) -> None:
    admin = await sign_in("admin1")
    label = {"vi": "từ 50 triệu đồng", "en": "50 million dong or more"}
    first = {**DIRECTOR_ONLY[0], "when": "request.total >= 50000000.0", "condition_label": label}
    turned = {**first, "when": "request.total < 50000000.0"}
    assert await publish(admin, "labels", [*MANAGER_ONLY, first]) == 1
    answer = await _put(admin, "labels", _document("labels", [*MANAGER_ONLY, turned]))
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    ((pointer, detail),) = [(error["pointer"], error["detail"]) for error in answer.json()["errors"]]
    assert (pointer, detail.partition(",")[0]) == (
        "/steps/1/condition_label",
        "the condition of this step is not that of version 1 any more",
    )

    # A draft from before the rule is not published either.
    await pool.execute(
        "UPDATE processes SET draft = jsonb_set(draft, '{steps,1,when}', $1) WHERE key = 'labels'", turned["when"]
    )
    answer = await admin.call("POST", "/processes/labels/publish")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/steps/1/condition_label")
    assert (await admin.get("/processes/labels"))["version"] == 1

    other = {"vi": "dưới 50 triệu đồng", "en": "less than 50 million dong"}
    assert await publish(admin, "labels", [*MANAGER_ONLY, {**turned, "condition_label": other}]) == 2
    assert await publish(admin, "labels", [*MANAGER_ONLY, {**first, "condition_label": None}]) == 3
    assert await publish(admin, "labels", [*MANAGER_ONLY, first]) == 4


STEP: dict[str, Any] = DIRECTOR_ONLY[0]
INVALID: dict[str, tuple[Any, str]] = {
    "no steps": ({"steps": []}, "/steps"),
    "an unknown field": ({"owner": "x"}, "/owner"),
    "a key that differs from the address": ({"key": "other"}, "/key"),
    "an unknown schema": ({"schema_version": 3}, "/schema_version"),
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
    "two steps with one key": ({"steps": [STEP, STEP]}, "/steps/1/key"),
}  # fmt: skip


@pytest.mark.parametrize("case", INVALID)
async def test_an_invalid_process_is_refused_with_a_pointer_to_the_place(case: str, sign_in: SignIn) -> None:
    changes, pointer = INVALID[case]
    document = {"schema_version": 1, "key": "wrong", "name": "Wrong", "steps": DIRECTOR_ONLY, **changes}
    admin = await sign_in("admin1")
    answer = await _put_text(admin, "wrong", json.dumps(document), "application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    assert {error["pointer"] for error in answer.json()["errors"]} == {pointer}
    assert answer.json()["errors"][0]["detail"]
    assert (await admin.call("GET", "/processes/wrong")).status_code == 404, "nothing is saved"


@pytest.mark.parametrize(
    ("text", "place"),
    [("key: [", "line 1"), ("key: a\n  b: c", "line 2"), ("- \t: {", ""), ("x" * 10 + ": &a [*a]", ""), ("", "")],
)
async def test_yaml_that_cannot_be_read_is_refused_with_its_line(text: str, place: str, sign_in: SignIn) -> None:
    answer = await _put_text(await sign_in("admin1"), "broken", text, "application/yaml")
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")
    assert place in answer.json()["errors"][0]["detail"]


async def test_yaml_of_ten_thousand_levels_is_refused(sign_in: SignIn) -> None:
    answer = await _put_text(await sign_in("admin1"), "deep", "[" * 10_000, "application/yaml")
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")


@pytest.mark.parametrize("content_type", ["application/yaml", "application/json"])
async def test_a_long_draft_is_read_beside_the_event_loop(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, content_type: str
) -> None:
    threads = []

    def noted(_: str) -> object:
        threads.append(threading.current_thread())
        return _document("long", MANAGER_ONLY)

    for name in ("read_yaml", "read_json"):
        monkeypatch.setattr(f"api.routes.processes.{name}", noted)
    answer = await _put_text(await sign_in("admin1"), "long", "#" * 10_000, content_type)
    assert answer.status_code == 200, answer.text
    assert threads
    assert threading.current_thread() not in threads


async def _put_text(admin: ApiClient, key: str, content: str, content_type: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": content_type, "Accept-Language": "en"}
    return await admin.http.put(f"{BASE}/processes/{key}/draft", content=content, headers=headers)


# A run keeps the version it started with.


async def test_editing_a_process_never_changes_a_running_request(sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    manager, director = await sign_in("manager1"), await sign_in("director1")
    await publish(admin, "edited", [*MANAGER_ONLY, *DIRECTOR_ONLY])
    await connect(admin, "edited")
    running, returned = await sent(sales), await sent(sales)
    await manager.done(returned["id"], "reject", {"step": "manager", "note": "Sửa"})

    await publish(admin, "edited", DIRECTOR_ONLY)
    assert (await sales.request(running["id"]))["run"]["step"]["key"] == "manager"
    await manager.done(running["id"], "approve", {"step": "manager"})
    done = await director.done(running["id"], "approve", {"step": "director"})
    assert (done["process_status"], done["run"]["process"]) == ("completed", {"key": "edited", "version": 1})

    again = await sales.done(returned["id"], "send")
    assert (again["run"]["process"]["version"], again["run"]["step"]["key"]) == (1, "manager")
    new = await sent(sales)
    assert (new["run"]["process"]["version"], new["run"]["step"]["key"]) == (2, "director")


async def test_what_was_published_under_wider_limits_is_still_read_and_run(sign_in: SignIn, pool: Pool) -> None:
    admin, sales, director = await sign_in("admin1"), await sign_in("sales1"), await sign_in("director1")
    await publish(admin, "wider", DIRECTOR_ONLY)
    stored = (await admin.get("/processes/wider"))["draft"]
    name = {"vi": "Bước " + "dài" * 100, "en": "A step " + "long" * 100}
    step = stored["steps"][0] | {"name": name, "deadline_hours": 5000, "colour": "red"}
    step["approvers"] = [{"user": "director1"}, {"manager": 40}]
    skipped = [{**step, "key": f"step-{number}", "when": "false"} for number in range(30)]
    stored |= {"description": "d" * 5000, "steps": [*skipped, step], "colour": "red"}
    answer = await _put(admin, "wider", stored)
    assert {error["pointer"] for error in answer.json()["errors"]} >= {"/description", "/steps", "/colour"}
    await pool.execute("UPDATE process_versions SET document = $1 WHERE process_key = 'wider'", stored)
    await pool.execute("UPDATE processes SET draft = $1 WHERE key = 'wider'", stored)
    await connect(admin, "wider")

    version = await admin.get("/processes/wider/versions/1")
    assert (len(version["document"]["steps"]), version["document"]["description"]) == (31, "d" * 5000)
    request = await sales.create()
    preview = await sales.get(f"/purchase-requests/{request['id']}/approval-preview")
    assert (preview["refusal"], preview["steps"][-1]["name"]) == (None, name["en"])
    running = await sales.done(request["id"], "send")
    assert running["run"]["step"]["key"] == "director"
    assert (await director.done(running["id"], "approve", {"step": "director"}))["process_status"] == "completed"

    answer = await admin.call("POST", "/processes/wider/publish")
    assert (answer.status_code, answer.json()["code"]) == (422, "process_invalid")


async def test_connecting_another_process_leaves_running_requests_on_theirs(sign_in: SignIn) -> None:
    admin, sales = await sign_in("admin1"), await sign_in("sales1")
    request = await sent(sales)
    await sales.done(request["id"], "recall")
    await publish(admin, "other", DIRECTOR_ONLY)
    await connect(admin, "other")
    again = await sales.done(request["id"], "send")
    assert again["run"]["process"]["key"] == "purchase-approval"


async def test_publishing_takes_no_field(sign_in: SignIn) -> None:
    admin = await sign_in("admin1")
    await publish(admin, "no-fields", DIRECTOR_ONLY)
    answer = await admin.call("POST", "/processes/no-fields/publish", {"version": 7})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/version")
    assert (await admin.call("POST", "/processes/no-fields/publish", {})).status_code == 200
