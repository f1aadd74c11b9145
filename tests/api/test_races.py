"""Decisions that meet: one wins, the others are told what happened first and who did it. Source: domain.md, 6 and 7."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from temporalio.client import Client

from crm.pool import Pool
from tests.api.setting import SMALL, connect, publish, sent
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.eventually import eventually

pytestmark = pytest.mark.usefixtures("running_worker")


async def test_the_same_approval_twenty_times_at_once_is_applied_once(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    answers = await asyncio.gather(
        *(manager.act(request["id"], "approve", {"step": "manager", "command_id": str(uuid4())}) for _ in range(20))
    )
    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(won) == 1
    assert won[0].json()["run"]["step"]["key"] == "director"
    for answer in lost:
        _is_told(answer, "Lê Hoàng Nam approved it first")

    timeline = [item for item in await sales.timeline(request["id"]) if item["action"] == "approve"]
    assert sorted(item["outcome"] for item in timeline) == ["accepted", *["refused"] * 19]
    assert {item["reason"] for item in timeline if item["outcome"] == "refused"} == {"step_closed"}
    await _run_and_crm_agree(pool, temporal_client, request["id"], "in_progress", "director")


async def test_the_last_approval_twenty_times_at_once_completes_the_request_once(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales, lines=SMALL)
    answers = await asyncio.gather(
        *(manager.act(request["id"], "approve", {"step": "manager", "command_id": str(uuid4())}) for _ in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 19]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "run_ended"
            assert "Lê Hoàng Nam approved it" in answer.json()["detail"]
    assert [note["action"] for note in (await sales.request(request["id"]))["notes"]] == ["approve"]
    await _run_and_crm_agree(pool, temporal_client, request["id"], "completed", None)


Contender = tuple[str, str, dict[str, Any], str, str, str | None]
"""Username, action, body, how a refusal words it, and the status and open step it leaves."""

APPROVE: Contender = ("manager1", "approve", {"step": "manager"}, "approved it", "in_progress", "director")
REJECT: Contender = ("manager1", "reject", {"step": "manager", "note": "Không"}, "returned it", "returned", None)
RECALL: Contender = ("sales1", "recall", {}, "recalled it", "returned", None)
CANCEL: Contender = ("sales1", "cancel", {"note": "Hủy"}, "cancelled it", "cancelled", None)
NAMES = {"manager1": "Lê Hoàng Nam", "sales1": "Nguyễn Văn An"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (APPROVE, REJECT),
        (REJECT, APPROVE),
        (REJECT, RECALL),
        (RECALL, APPROVE),
        (RECALL, REJECT),
        (CANCEL, APPROVE),
        (CANCEL, REJECT),
        (CANCEL, RECALL),
    ],
    ids=lambda decision: decision[1],
)
async def test_of_two_decisions_the_first_wins_and_the_second_is_told(
    first: Contender, second: Contender, sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    username, action, body, words, status, step = first
    request = await sent(await sign_in("sales1"))
    await (await sign_in(username)).done(request["id"], action, body)
    loser = await (await sign_in(second[0])).act(request["id"], second[1], second[2])
    assert loser.status_code == 409, loser.text
    assert loser.json()["code"] == ("run_ended" if status == "cancelled" else "step_closed")
    assert f"{NAMES[username]} {words}" in loser.json()["detail"]
    await _run_and_crm_agree(pool, temporal_client, request["id"], status, step)


@pytest.mark.parametrize("rival", [RECALL, CANCEL, REJECT], ids=lambda decision: decision[1])
@pytest.mark.parametrize("approval_goes_first", [True, False], ids=["approval first", "rival first"])
async def test_an_approval_and_its_rival_at_the_same_moment_end_in_one_of_the_two_orders(
    rival: Contender, approval_goes_first: bool, sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    request = await sent(await sign_in("sales1"), lines=SMALL)
    approval = (await sign_in("manager1")).act(request["id"], "approve", {"step": "manager"})
    other = (await sign_in(rival[0])).act(request["id"], rival[1], rival[2])
    if approval_goes_first:
        approved, done = await asyncio.gather(approval, other)
    else:
        done, approved = await asyncio.gather(other, approval)
    assert sorted((approved.status_code, done.status_code)) == [200, 409], (approved.text, done.text)
    if approved.status_code == 200:
        assert "Lê Hoàng Nam approved it" in done.json()["detail"]
        assert done.json()["code"] == "run_ended"
        await _run_and_crm_agree(pool, temporal_client, request["id"], "completed", None)
    else:
        assert f"{NAMES[rival[0]]} {rival[3]}" in approved.json()["detail"]
        await _run_and_crm_agree(pool, temporal_client, request["id"], rival[4], None)
    accepted = [item["action"] for item in await _of_run(sign_in, request["id"]) if item["outcome"] == "accepted"]
    assert len(accepted) == 1


async def test_two_approvers_of_one_step_at_once_make_one_approval(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    admin = await sign_in("admin1")
    step = {"key": "either", "name": "Either", "approvers": [{"role": "manager"}]}
    await publish(admin, "either-manager", [step])
    await connect(admin, "either-manager")
    request = await sent(await sign_in("sales1"))
    await connect(admin, "purchase-approval")
    managers = [await sign_in("manager1"), await sign_in("manager2")]
    answers = await asyncio.gather(*(one.act(request["id"], "approve", {"step": "either"}) for one in managers))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    winner = answers[1] if loser is answers[0] else answers[0]
    assert winner.json()["notes"][0]["actor"]["name"] in loser.json()["detail"]
    await _run_and_crm_agree(pool, temporal_client, request["id"], "completed", None)


async def test_one_command_id_from_two_callers_at_once_is_one_decision_with_one_answer(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    request = await sent(await sign_in("sales1"))
    manager, body = await sign_in("manager1"), {"step": "manager", "command_id": str(uuid4())}
    answers = await asyncio.gather(*(manager.act(request["id"], "approve", body) for _ in range(5)))
    late = await manager.act(request["id"], "approve", body)
    assert [answer.status_code for answer in (*answers, late)] == [200] * 6
    assert len({answer.text for answer in answers} | {late.text}) == 1
    assert [item["action"] for item in await _of_run(sign_in, request["id"])] == ["approve"]
    await _run_and_crm_agree(pool, temporal_client, request["id"], "in_progress", "director")


async def test_one_command_id_from_two_approvers_at_once_is_the_decision_of_one_and_the_other_is_told(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    admin = await sign_in("admin1")
    await publish(admin, "one-of-two", [{"key": "either", "name": "Either", "approvers": [{"role": "manager"}]}])
    await connect(admin, "one-of-two")
    request = await sent(await sign_in("sales1"))
    await connect(admin, "purchase-approval")
    body = {"step": "either", "command_id": str(uuid4())}
    managers = [await sign_in("manager1"), await sign_in("manager2")]
    answers = await asyncio.gather(*(one.act(request["id"], "approve", body) for one in managers))
    assert sorted(answer.status_code for answer in answers) == [200, 422], [answer.text for answer in answers]
    (won,) = (one.username for one, answer in zip(managers, answers, strict=True) if answer.status_code == 200)
    (lost,) = (answer.json()["code"] for answer in answers if answer.status_code == 422)
    assert lost == "idempotency_key_reused", "a command belongs to whoever gave it"
    first, *others = await _of_run(sign_in, request["id"])
    assert (first["outcome"], first["actor"]["username"]) == ("accepted", won)
    refused = [
        (item["outcome"], item["actor"]["username"] == won) for item in others
    ]  # if it came before the run's end
    assert refused in ([], [("refused", False)])
    await _run_and_crm_agree(pool, temporal_client, request["id"], "completed", None)


async def test_one_refused_command_id_twice_gets_the_same_refusal(sign_in: SignIn) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    request = await sent(sales)
    body = {"step": "manager", "command_id": str(uuid4())}
    first = await manager.act(request["id"], "reject", body)
    await manager.done(request["id"], "approve", {"step": "manager"})
    again = await manager.act(request["id"], "reject", body)
    assert first.json()["code"] == "note_required"
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len([item for item in await _of_run(sign_in, request["id"]) if item["action"] == "reject"]) == 1


@pytest.mark.parametrize("named_by", ["command id", "idempotency key"])
async def test_the_same_send_many_times_at_once_sends_once(
    named_by: str, sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    key = str(uuid4())
    body, headers = ({"command_id": key}, {}) if named_by == "command id" else ({}, {"Idempotency_Key": key})
    answers = await asyncio.gather(*(sales.act(request["id"], "send", body, **headers) for _ in range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6, [answer.text for answer in answers]
    await _run_and_crm_agree(pool, temporal_client, request["id"], "in_progress", "manager")
    assert [item["action"] for item in await sales.timeline(request["id"])] == ["create", "send"]


async def test_two_different_sends_at_once_send_once(sign_in: SignIn, pool: Pool, temporal_client: Client) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    answers = await asyncio.gather(*(sales.act(request["id"], "send") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"request_locked"}
    await _run_and_crm_agree(pool, temporal_client, request["id"], "in_progress", "manager")


async def test_a_command_id_of_one_request_decides_nothing_on_another(
    sign_in: SignIn, pool: Pool, temporal_client: Client
) -> None:
    sales, manager = await sign_in("sales1"), await sign_in("manager1")
    one, other = await sent(sales), await sent(sales)
    body = {"step": "manager", "command_id": str(uuid4())}
    answers = await asyncio.gather(*(manager.act(request["id"], "approve", body) for request in (one, other)))
    assert sorted(answer.status_code for answer in answers) == [200, 422], [answer.text for answer in answers]
    loser = other if answers[0].status_code == 200 else one

    async def is_told() -> bool:
        return bool(await _of_run(sign_in, loser["id"]))

    await eventually(is_told)
    told = (await _of_run(sign_in, loser["id"]))[0]
    assert (told["action"], told["outcome"], told["reason"]) == ("approve", "refused", "invalid")
    await _run_and_crm_agree(pool, temporal_client, loser["id"], "in_progress", "manager")


async def test_edits_of_the_same_version_at_once_are_saved_once(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    path = f"/purchase-requests/{request['id']}"
    answers = await asyncio.gather(
        *(sales.call("PATCH", path, {"purpose": f"Bản {n}"}, If_Match='"1"') for n in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 5]
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    saved = await sales.request(request["id"])
    assert (saved["purpose"], saved["version"]) == (winner["purpose"], 2)


async def test_an_edit_and_a_send_at_once_never_lose_the_edit_or_run_on_old_values(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    request = await sales.create()
    edit = sales.call("PATCH", f"/purchase-requests/{request['id']}", {"lines": SMALL}, If_Match='"1"')
    edited, answer = await asyncio.gather(edit, sales.act(request["id"], "send"))
    assert answer.status_code == 200
    steps = {step["key"]: step["state"] for step in (await sales.request(request["id"]))["run"]["steps"]}
    assert steps["director"] == ("skipped" if edited.status_code == 200 else "waiting")


def _is_told(answer: httpx.Response, who_and_what: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "step_closed"), answer.text
    assert re.search(rf"{who_and_what} on \d{{1,2}} [A-Z][a-z]+ \d{{4}}, \d\d:\d\d\.", problem["detail"])


async def _of_run(sign_in: SignIn, request_id: str) -> list[Any]:
    """The timeline after the send."""
    sales: ApiClient = await sign_in("sales1")
    return [item for item in await sales.timeline(request_id) if item["action"] not in ("create", "send")]


async def _run_and_crm_agree(
    pool: Pool, temporal_client: Client, request_id: str, status: str, step: str | None
) -> None:
    """The CRM shows ``status`` with ``step`` open, and the workflow says the same."""
    row = await pool.fetchrow(
        """SELECT r.process_status, runs.status, r.run_sequence,
               (SELECT DISTINCT step FROM assignments a WHERE a.request_id = r.id AND a.state = 'open') AS open_step,
               (SELECT max(sequence) FROM timeline t WHERE t.request_id = r.id AND accepted) AS last
           FROM purchase_requests r JOIN runs ON runs.request_id = r.id WHERE r.id = $1""",
        UUID(request_id),
    )
    assert row is not None
    assert (row["process_status"], row["open_step"]) == (status, step)
    assert row["run_sequence"] == row["last"]
    state = await temporal_client.get_workflow_handle(f"purchase-request-{request_id}").query("state")
    assert state["status"] == row["status"]
    assert (state["step"] or {}).get("key") == step
