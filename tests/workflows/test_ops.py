"""What ops read of a case in the Temporal UI: the amount that counts now, not one from an earlier day."""

from __future__ import annotations

from decimal import Decimal

import pytest
from uuid_utils.compat import uuid7

from application.ops import SUMMARY_BYTES, summary
from approval.model import Action, Person
from crm import editing
from tests.crm.saved import DIRECTOR1, MANAGER1, NOW, draft, step
from tests.workflows.desk import Case, Desk

pytestmark = pytest.mark.usefixtures("running_worker")

STEPS = (step("manager", MANAGER1), step("director", DIRECTOR1))


async def approve(case: Case, actor: Person, **changes: str) -> None:
    """Approve, with other values for the first line: ten at 100."""
    line = (await case.record()).lines[0]
    entry = await case.decide(Action.APPROVE, actor, changes={"lines": [{"id": str(line.id), **changes}]})
    assert entry.refusal is None


async def edit(case: Case, quantity: int) -> None:
    """Have the owner change the quantity of the first line."""
    saved = await case.record()
    lines = tuple(
        line.model_copy(update={"id": kept.id}) for line, kept in zip(draft().lines, saved.lines, strict=True)
    )
    changed = (lines[0].model_copy(update={"quantity": Decimal(quantity)}), *lines[1:])
    async with case.desk.pool.acquire() as connection, connection.transaction():
        await editing.replace(connection, saved, draft(lines=changed), command_id=uuid7(), at=NOW)


async def test_the_details_say_what_approvers_made_of_the_amount(desk: Desk) -> None:
    case = await desk.send(*STEPS)
    assert "· 1,050 VND as sent · owner" in await case.details()
    await approve(case, MANAGER1, quantity="8")
    assert "· 850 VND proposed, 1,050 VND as sent · owner" in await case.details()
    await approve(case, DIRECTOR1, quantity="4", unit_price="99.5")
    assert await case.result() == "completed"
    assert "· 448 VND approved, 1,050 VND as sent · owner" in await case.details()
    assert (await case.record()).total == 448


async def test_the_details_say_what_each_approver_changed(desk: Desk) -> None:
    case = await desk.send(*STEPS)
    await approve(case, MANAGER1, quantity="8", description="Màn hình " + "x" * 100, supplier="FPT", warehouse="Kho 2")
    await approve(case, DIRECTOR1, quantity="4")
    said = await case.details()
    assert "`manager1` approved, changing `/lines/0/description`, `/lines/0/quantity` `10` → `8`, " in said
    assert " and 1 more\n" in said
    assert "`director1` approved, changing `/lines/0/quantity` `8` → `4`" in said


async def test_the_details_of_a_returned_request_have_the_amount_as_sent_until_it_is_sent_again(desk: Desk) -> None:
    case = await desk.send(*STEPS)
    await approve(case, MANAGER1, quantity="8")
    await case.decide(Action.REJECT, DIRECTOR1, note="thiếu báo giá")
    assert "· 1,050 VND as sent · owner" in await case.details()
    await edit(case, 20)
    await case.resend(*STEPS)
    assert "· 2,050 VND as sent · owner" in await case.details()


@pytest.mark.parametrize("owner", ["Nguyễn Văn An", "ệ" * 200])
def test_the_summary_says_that_its_amount_is_of_the_first_send(owner: str) -> None:
    text = summary("YCMH-2026-000001", "1,050 VND", owner)
    assert text.startswith("YCMH-2026-000001 · 1,050 VND at first send · ")
    assert len(text.encode()) <= SUMMARY_BYTES
