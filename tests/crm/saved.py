"""Requests and runs put into the CRM without API and engine, for tests of its queries."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from approval.model import Action, Person, Reason, Refusal
from approval.process import DecisionRule, EditableField
from approval.routing import StepPlan
from approval.run import Accepted, Decision, Round, RunState, begin_round, decide, first_state
from crm import commands, requests
from crm.commands import RoundPayload
from crm.pool import Pool
from crm.requests import LineDraft, RequestDraft, RequestRecord
from crm.runs import Outcome, prepare, write_transition
from crm.visibility import EVERYTHING

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TODAY = NOW.date()
SALES1 = Person(username="sales1", name="Nguyễn Văn An")
MANAGER1 = Person(username="manager1", name="Lê Hoàng Nam")
DIRECTOR1 = Person(username="director1", name="Trần Thị Minh Nguyệt")


def draft(**changes: Any) -> RequestDraft:
    """A request with two lines."""
    lines = (
        LineDraft(product_code="A-1", description="Máy chủ", quantity=Decimal(10), unit_price=Decimal(100)),
        LineDraft(product_code="B-2", description="", quantity=Decimal(1), unit_price=Decimal(50), supplier="FPT"),
    )
    return RequestDraft(**{"purpose": "Dự phòng", "lines": lines, **changes})


async def save(pool: Pool, *, owner: Person = SALES1, today: date = TODAY, **changes: Any) -> RequestRecord:
    """Save a request."""
    request_id = uuid7()
    async with pool.acquire() as connection, connection.transaction():
        await requests.create(
            connection,
            draft(**changes),
            request_id=request_id,
            command_id=uuid7(),
            owner=owner,
            today=today,
            at=NOW,
        )
    return await record(pool, request_id)


async def record(pool: Pool, request_id: UUID) -> RequestRecord:
    """A request as the CRM has it."""
    found = await requests.load(pool, request_id, EVERYTHING)
    assert found is not None
    return found


def step(key: str, *approvers: Person, rule: DecisionRule = DecisionRule.ANY) -> StepPlan:
    """A step that may edit everything."""
    return StepPlan(
        key=key,
        name={"vi": key, "en": key},
        approvers=approvers,
        decision=rule,
        may_edit=tuple(EditableField),
        why=(Reason(code="always"),),
    )


class SavedRun:
    """A run as the engine would drive it: each decision is asked of the rules, then written."""

    def __init__(self, pool: Pool, state: RunState) -> None:
        self.pool = pool
        self.state = state
        self.last: tuple[Decision, Accepted] | None = None

    @classmethod
    async def sent(cls, pool: Pool, saved: RequestRecord, *steps: StepPlan) -> SavedRun:
        """Send a saved request."""
        run_id = uuid7()
        await prepare(pool, saved.id, run_id=run_id, process_key="purchase-approval", process_version=1)
        state = first_state(
            request_id=saved.id,
            run_id=run_id,
            number=saved.number,
            owner=saved.owner,
            process_key="purchase-approval",
            process_version=1,
            at=NOW,
        )
        run = cls(pool, state)
        assert await run.send(*(steps or (step("manager", MANAGER1),))) is Outcome.APPLIED
        return run

    async def send(self, *steps: StepPlan) -> Outcome:
        """Send or resend with the request's values as they are."""
        saved = await record(self.pool, self.state.request_id)
        decision = Decision(command_id=uuid7(), action=Action.SEND, actor=self.state.owner.username)
        payload = RoundPayload(steps=steps, values=saved.values(), request=saved.snapshot())
        await commands.store(
            self.pool,
            command_id=decision.command_id,
            request_id=saved.id,
            action=Action.SEND,
            actor=decision.actor,
            payload=payload,
            at=NOW,
        )
        accepted = begin_round(self.state, decision, Round(steps=steps, values=saved.values()), NOW)
        assert isinstance(accepted, Accepted), accepted
        return await self.write(decision, accepted)

    async def decide(self, action: Action, actor: Person, **fields: Any) -> Outcome:
        """Take a decision that the rules accept."""
        decision = Decision(
            **{"command_id": uuid7(), "action": action, "actor": actor.username, "note": "vì sao", **fields}
        )
        return await self.write(decision, self.accepted(decision))

    def accepted(self, decision: Decision) -> Accepted:
        """What the rules answer."""
        outcome = decide(self.state, decision, NOW)
        assert not isinstance(outcome, Refusal), outcome
        return outcome

    async def write(self, decision: Decision, accepted: Accepted, deadline: datetime | None = None) -> Outcome:
        """Write a transition; once it is applied it is the run's state."""
        outcome = await write_transition(self.pool, decision, NOW, accepted, deadline)
        self.last = (decision, accepted)
        if outcome is Outcome.APPLIED:
            self.state = accepted.state
        return outcome
