"""Signals from outside, through the real Temporal CLI: each is checked like any other decision. Source: domain.md, 10.

None of them may fail or wedge a run, whatever it carries; a refused one is on the timeline with its reason.
"""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.common import RawValue

from embedded.temporal import TemporalServer
from tests.api.cli import Cli, of_request, said
from tests.api.setting import SMALL, sent
from tests.conftest import SignIn
from tests.eventually import eventually
from workflows import contracts

pytestmark = pytest.mark.usefixtures("running_worker")


@pytest.fixture(scope="module")
def cli(temporal: TemporalServer) -> Cli:
    """The Temporal CLI."""
    return Cli(temporal.address)


def raw(content: bytes, encoding: str = "json/plain") -> Payload:
    """A payload byte by byte, for what the CLI itself would not let out."""
    return Payload(metadata={"encoding": encoding.encode()}, data=content)


RIGHT = {
    "approve": (said(), "in_progress", "director"),
    "approve without naming the step": (said(step=...), "in_progress", "director"),
    "approve with changes": (said(changes={"desired_delivery_date": "2027-03-01"}), "in_progress", "director"),
    "approve on the version that was seen": (said(version=2), "in_progress", "director"),
    "reject": (said(note="Giảm còn 8"), "returned", None),
    "reject and end": (said(note="Không cần", end=True), "rejected", None),
    "recall": (said(actor="sales1", step=...), "returned", None),
    "cancel": (said(actor="sales1", step=..., note="Khách hủy"), "cancelled", None),
    "cancel by a process admin": (said(actor="admin1", step=..., note="Nghỉ việc"), "cancelled", None),
}


@pytest.mark.parametrize("case", RIGHT)
async def test_a_right_signal_does_what_the_api_would_do(case: str, cli: Cli, sign_in: SignIn) -> None:
    inputs, status, step = RIGHT[case]
    action = case.split()[0]
    sales = await sign_in("sales1")
    request = await sent(sales)
    await cli.signal(request["id"], action, *inputs)

    async def is_done() -> bool:
        return bool((await sales.request(request["id"]))["version"] > request["version"])

    await eventually(is_done)
    after = await sales.request(request["id"])
    assert after["process_status"] == status
    assert (after["run"]["step"] or {}).get("key") == step
    last = (await sales.timeline(request["id"]))[-1]
    given = json.loads(inputs[1])
    assert (last["action"], last["outcome"], last["command_id"]) == (action, "accepted", given["command_id"])
    assert (last["actor"]["username"], last["note"]) == (given["actor"], given.get("note", ""))
    assert last["channel"] == "signal"


DEEP = b'{"a":' * 3000 + b"1" + b"}" * 3000
WRONG: dict[str, tuple[str, tuple[str, ...] | Payload, str]] = {
    "somebody who is no approver": ("approve", said(actor="manager2"), "not_your_step"),
    "somebody whom nobody knows": ("approve", said(actor="nobody"), "not_your_step"),
    "the approver of a later step": ("approve", said(actor="director1", step="director"), "step_closed"),
    "the owner": ("approve", said(actor="sales1"), "self_approval"),
    "the owner, rejecting": ("reject", said(actor="sales1", note="x"), "self_approval"),
    "an old version": ("approve", said(version=1), "stale_version"),
    "a version to come": ("approve", said(version=99), "stale_version"),
    "a step that is not there": ("approve", said(step="ceo"), "invalid"),
    "no note where one is required": ("reject", said(), "note_required"),
    "a note of spaces": ("cancel", said(actor="sales1", step=..., note=" \n "), "note_required"),
    "recall by an approver": ("recall", said(step=...), "forbidden"),
    "cancel by an approver": ("cancel", said(step=..., note="x"), "forbidden"),
    "a field that the step may not edit": ("approve", said(changes={"purpose": "x"}), "field_not_editable"),
    "a line that is not there": ("approve", said(changes={"lines": [{"id": str(uuid4()), "quantity": "1"}]}), "invalid"),
    "a quantity of zero": ("approve", said(changes={"lines": [{"id": str(uuid4()), "quantity": "0"}]}), "invalid"),
    "changes that are a text": ("approve", said(changes="x"), "invalid"),
    "changes with an approval of nothing": ("reject", said(note="x", changes={}), "invalid"),
    "end with an approval": ("approve", said(end=True), "invalid"),
    "an unknown field": ("approve", said(amount=1), "invalid"),
    "no actor": ("approve", said(actor=...), "invalid"),
    "an actor that is a number": ("approve", said(actor=7), "invalid"),
    "an actor with NUL": ("approve", said(actor="manager1\0"), "invalid"),
    "an actor of 10,000 letters": ("approve", said(actor="m" * 10_000), "invalid"),
    "no command id": ("approve", said(command_id=...), "invalid"),
    "a command id that is none": ("approve", said(command_id="1"), "invalid"),
    "a version that is a text": ("approve", said(version="new"), "invalid"),
    "a version beyond all numbers": ("approve", said(version=10**30), "invalid"),
    "a note with NUL": ("approve", said(note="a\0b"), "invalid"),
    "a note that is no Unicode": ("approve", raw(b'{"actor":"manager1","note":"\\ud800"}'), "invalid"),
    "a step with NUL": ("approve", said(step="manager\0"), "invalid"),
    "changes with NUL in a name": ("approve", said(changes={"purpose\0": "x"}), "invalid"),
    "a huge note": ("approve", said(note="x" * 100_000), "invalid"),
    "a text": ("approve", ("--input", '"manager1"'), "invalid"),
    "a list": ("approve", ("--input", "[1, 2]"), "invalid"),
    "null": ("approve", ("--input", "null"), "invalid"),
    "nothing": ("approve", (), "invalid"),
    "two objects": ("approve", (*said(), *said()), "invalid"),
    "broken JSON": ("approve", raw(b'{"actor": "manager1", '), "invalid"),
    "no JSON at all": ("approve", raw(b"\xff\xfe\x00"), "invalid"),
    "JSON of 3,000 levels": ("approve", raw(DEEP), "invalid"),
    "changes of 300 levels": ("approve", said(changes=json.loads(b'{"a":' * 300 + b"1" + b"}" * 300)), "invalid"),
    "bytes": (
        "approve", ("--input", "AAH/", "--input-base64", "--input-meta", "encoding=binary/plain"), "invalid",
    ),
    "an encoding that nobody knows": ("approve", raw(b"x", "binary/sealed"), "invalid"),
    "protobuf that is none": ("approve", raw(b"\x00", "json/protobuf"), "invalid"),
    "a name that is none": ("aprove", said(), "invalid"),
    "a name with capital letters": ("Approve", said(), "invalid"),
    "a name of the timeline": ("edit", said(), "invalid"),
    "a forged send": ("send", said(), "invalid"),
    "a send of a command that is not stored": ("send", ("--input", json.dumps({"command_id": str(uuid4())})), "invalid"),
    "forged approvers": ("resolve_approvers", said(approvers=["sales1"]), "invalid"),
    "a re-resolution that is not stored": (
        "resolve_approvers", ("--input", json.dumps({"command_id": str(uuid4())})), "invalid",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_signal_is_refused_on_the_timeline_and_the_run_goes_on(
    case: str, cli: Cli, sign_in: SignIn, temporal_client: Client
) -> None:
    name, inputs, reason = WRONG[case]
    sales = await sign_in("sales1")
    request = await sent(sales)
    handle = temporal_client.get_workflow_handle(f"purchase-request-{request['id']}")
    if isinstance(inputs, Payload):
        await handle.signal(name, RawValue(inputs))
    else:
        await cli.signal(request["id"], name, *inputs)

    async def is_told() -> bool:
        return len(await sales.timeline(request["id"])) > 2

    await eventually(is_told, 10)
    refused = (await sales.timeline(request["id"]))[-1]
    assert (refused["outcome"], refused["reason"], refused["round"]) == ("refused", reason, 1)
    assert refused["channel"] == "signal"
    assert refused["detail"]
    assert await sales.request(request["id"]) == request, "it changes nothing"

    right = {"command_id": str(uuid4()), "actor": "manager1", "step": "manager"}
    await handle.signal("approve", right)

    async def is_approved() -> bool:
        return bool((await sales.request(request["id"]))["run"]["step"]["key"] == "director")

    await eventually(is_approved)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    assert [item["outcome"] for item in await sales.timeline(request["id"])] == [
        "accepted", "accepted", "refused", "accepted",
    ]  # fmt: skip


async def test_fifty_wrong_signals_and_a_right_one_at_once_leave_one_decision(
    sign_in: SignIn, temporal_client: Client
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    handle = temporal_client.get_workflow_handle(f"purchase-request-{request['id']}")
    wrong: list[Any] = [None, 1, "x", [], {}, {"actor": "sales1"}, {"actor": "manager1", "step": 5}]
    right = {"command_id": str(uuid4()), "actor": "manager1", "step": "manager"}
    await asyncio.gather(
        *(handle.signal("approve", wrong[n % len(wrong)]) for n in range(25)),
        handle.signal("approve", right),
        *(handle.signal("reject", wrong[n % len(wrong)]) for n in range(25)),
    )

    async def all_are_told() -> bool:
        page = await sales.get(f"/purchase-requests/{request['id']}/timeline")
        return bool(len(page["items"]) + sum(one["count"] for one in page["further_refusals"]) == 2 + 51)

    await eventually(all_are_told)
    accepted = [item for item in await sales.timeline(request["id"]) if item["outcome"] == "accepted"]
    assert [item["action"] for item in accepted] == ["create", "send", "approve"]


async def test_the_same_signal_twice_is_one_decision(cli: Cli, sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    inputs = said()
    await cli.signal(request["id"], "approve", *inputs)
    await cli.signal(request["id"], "approve", *inputs)
    answer = await (await sign_in("director1")).act(request["id"], "approve", {"step": "director"})
    assert answer.status_code == 200
    assert [item["action"] for item in await sales.timeline(request["id"])] == ["create", "send", "approve", "approve"]


async def test_the_send_of_an_earlier_round_sends_nothing_again(cli: Cli, sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    first_send = (await sales.timeline(request["id"]))[-1]["command_id"]
    await manager.done(request["id"], "reject", {"step": "manager", "note": "Giảm còn 8"})
    await cli.signal(request["id"], "send", "--input", json.dumps({"command_id": first_send}))
    answer = await manager.act(request["id"], "approve", {"step": "manager"})
    assert answer.json()["code"] == "step_closed", "the forged send came first and opened nothing"
    shown = await sales.request(request["id"])
    assert (shown["process_status"], shown["run"]["round"]) == ("returned", 1)


async def test_a_signal_with_a_command_id_of_another_request_is_refused_on_the_timeline(
    cli: Cli, sign_in: SignIn
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    one, other = await sent(sales), await sent(sales)
    inputs = said()
    await cli.signal(one["id"], "approve", *inputs)

    async def is_approved() -> bool:
        return bool((await sales.request(one["id"]))["run"]["step"]["key"] == "director")

    await eventually(is_approved)
    await cli.signal(other["id"], "approve", *inputs)

    async def is_told() -> bool:
        return len(await sales.timeline(other["id"])) > 2

    await eventually(is_told)
    assert (await sales.timeline(other["id"]))[-1]["reason"] == "invalid"
    await manager.done(other["id"], "approve", {"step": "manager"})


async def test_a_run_that_has_ended_answers_not_found_and_the_api_says_run_ended(cli: Cli, sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    await manager.done(request["id"], "approve", {"step": "manager"})

    async def is_refused_by_the_engine() -> bool:
        code, output = await cli("workflow", "signal", *of_request(request["id"]), "--name", "approve", *said())
        return code != 0 and "workflow execution already completed" in output

    await eventually(is_refused_by_the_engine)
    answer = await manager.act(request["id"], "reject", {"step": "manager", "note": "Doch nicht"})
    assert (answer.status_code, answer.json()["code"]) == (409, "run_ended")
    assert "Lê Hoàng Nam" in answer.json()["detail"]
    refused = (await sales.timeline(request["id"]))[-1]
    assert (refused["reason"], refused["step"], refused["note"]) == ("run_ended", "manager", "Doch nicht")


# Starting by hand


async def _start(cli: Cli, workflow_id: str, start: object) -> None:
    code, output = await cli(
        "workflow", "start", "--type", "PurchaseRequest", "--task-queue", contracts.TASK_QUEUE,
        "--workflow-id", workflow_id, "--input", json.dumps(start),
    )  # fmt: skip
    assert code == 0, output


@pytest.mark.parametrize("carries", ["a send that is not stored", "a state of its own"])
async def test_a_start_by_hand_changes_nothing_and_the_real_send_still_works(
    carries: str, cli: Cli, sign_in: SignIn, temporal_client: Client
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    start: Any = {"request_id": request["id"], "command_id": str(uuid4())}
    if carries == "a state of its own":
        start["state"] = {"process_status": "in_progress", "round": 1, "owner": {"username": "purchasing1"}}
    workflow_id = f"purchase-request-{request['id']}"
    await _start(cli, workflow_id, start)
    handle = temporal_client.get_workflow_handle(workflow_id)
    with pytest.raises(WorkflowFailureError):
        await asyncio.wait_for(handle.result(), 10)
    assert await sales.request(request["id"]) == request
    assert len(await sales.timeline(request["id"])) == 1

    await sales.done(request["id"], "send")
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})


NO_INPUT: dict[str, tuple[str, ...] | Payload] = {
    "a text": ("--input", '"nonsense"'),
    "a number": ("--input", "7"),
    "null": ("--input", "null"),
    "a list": ("--input", "[1]"),
    "no request": ("--input", "{}"),
    "a request that is none": ("--input", '{"request_id": "YCMH-2026-000001"}'),
    "nothing": (),
    "two objects": ("--input", json.dumps({"request_id": str(uuid4())}), "--input", "{}"),
    "broken JSON": raw(b'{"request_id": '),
    "bytes": raw(b"\xff\x00", "binary/plain"),
    "an encoding that nobody knows": raw(b"x", "binary/sealed"),
}


@pytest.mark.filterwarnings("ignore:coroutine .*run_workflow")  # what the SDK leaves of a run that never began
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("given", NO_INPUT.values(), ids=NO_INPUT)
async def test_a_start_by_hand_that_cannot_be_read_fails_at_once_and_holds_no_send_up(
    given: tuple[str, ...] | Payload, cli: Cli, sign_in: SignIn, temporal_client: Client
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    workflow_id = f"purchase-request-{request['id']}"
    if isinstance(given, Payload):
        await temporal_client.start_workflow(
            "PurchaseRequest", RawValue(given), id=workflow_id, task_queue=contracts.TASK_QUEUE
        )
    else:
        start = ("workflow", "start", "--type", "PurchaseRequest", "--task-queue", contracts.TASK_QUEUE)
        code, output = await cli(*start, "--workflow-id", workflow_id, *given)
        assert code == 0, output
    with pytest.raises(WorkflowFailureError) as failed:
        await asyncio.wait_for(temporal_client.get_workflow_handle(workflow_id).result(), 10)
    assert "start it with one JSON object" in str(failed.value.cause)
    await sales.done(request["id"], "send")
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})


async def test_a_start_by_hand_with_a_signal_fails_too(sign_in: SignIn, temporal_client: Client) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    handle = await temporal_client.start_workflow(
        "PurchaseRequest",
        "nonsense",
        id=f"purchase-request-{request['id']}",
        task_queue=contracts.TASK_QUEUE,
        start_signal="approve",
        start_signal_args=[{"command_id": str(uuid4()), "actor": "manager1"}],
    )
    with pytest.raises(WorkflowFailureError):
        await asyncio.wait_for(handle.result(), 10)


async def test_a_second_run_of_a_request_cannot_be_started_under_another_name(
    cli: Cli, sign_in: SignIn, temporal_client: Client
) -> None:
    sales = await sign_in("sales1")
    request = await sent(sales)
    send = (await sales.timeline(request["id"]))[-1]["command_id"]
    workflow_id = f"by-hand-{uuid4()}"
    await _start(cli, workflow_id, {"request_id": request["id"], "command_id": send})
    with pytest.raises(WorkflowFailureError):
        await asyncio.wait_for(temporal_client.get_workflow_handle(workflow_id).result(), 10)
    await (await sign_in("manager1")).done(request["id"], "approve", {"step": "manager"})


# What ops see


async def test_the_query_state_has_the_shape_of_run_in_the_api(
    cli: Cli, sign_in: SignIn, temporal_client: Client
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    changes = {"lines": [{"id": request["lines"][0]["id"], "quantity": "8"}]}
    await manager.done(request["id"], "approve", {"step": "manager", "changes": changes})
    in_vietnamese = await sales.call("GET", f"/purchase-requests/{request['id']}", None, Accept_Language="vi")
    run = in_vietnamese.json()["run"]
    for step in run["steps"]:  # these stay in the CRM: they may be many
        for name in ("assignments", "compared", "consultations", "kind", "steps", "visit", "vote"):
            del step[name]
    del run["open_steps"], run["hold"], run["kept"]
    assert await temporal_client.get_workflow_handle(f"purchase-request-{request['id']}").query("state") == run
    by_cli = (await cli.json("workflow", "query", *of_request(request["id"]), "--type", "state"))["queryResult"][0]
    run["steps"][1]["approved_by"] = None  # how the CLI prints an empty list
    assert by_cli == run


async def test_ops_find_a_request_by_what_they_know_of_it(cli: Cli, sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)

    async def found(query: str) -> list[str]:
        answer = await cli.json("workflow", "list", "--query", query)
        return [item["execution"]["workflowId"] for item in answer]

    number = f'PurchaseRequestNumber="{request["number"]}"'
    waiting = f'{number} AND ProcessStatus="in_progress" AND ApprovalStep="manager" AND Approvers="manager1"'

    async def is_found() -> bool:
        return await found(f'{waiting} AND Owner="sales1"') == [f"purchase-request-{request['id']}"]

    await eventually(is_found)
    await manager.done(request["id"], "approve", {"step": "manager"})

    async def has_moved() -> bool:
        return not await found(waiting) and bool(await found(f'{number} AND Approvers="director1"'))

    await eventually(has_moved)
    await sales.done(request["id"], "cancel", {"note": "Khách hủy"})

    async def has_ended() -> bool:
        ended = f'{number} AND ProcessStatus="cancelled" AND Approvers IS NULL AND ApprovalStep IS NULL'
        return bool(await found(f'{ended} AND ExecutionStatus="Completed"'))

    await eventually(has_ended)


async def test_ops_read_the_case_without_opening_a_payload(cli: Cli, sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    await manager.done(request["id"], "approve", {"step": "manager"})
    _, described = await cli("workflow", "describe", *of_request(request["id"]), "--output", "json")
    summary = json.loads(described)["executionConfig"]["userMetadata"]["summary"]
    text = summary if isinstance(summary, str) else base64.b64decode(summary["data"]).decode()
    for known in (request["number"], "125,000,000 VND at first send", "Nguyễn Văn An"):
        assert known in text
    _, details = await cli("workflow", "metadata", *of_request(request["id"]))
    opened_at = datetime.fromisoformat((await sales.request(request["id"]))["run"]["step"]["opened_at"])
    for known in (
        request["number"],
        "125,000,000 VND as sent",
        "owner `Nguyễn Văn An` (`sales1`)",
        f"`Trần Thị Minh Nguyệt` (`director1`) since {opened_at:%Y-%m-%d %H:%M} UTC, step `Director`",
        "`sales1` sent",
        "`manager1` approved",
    ):
        assert known in details
