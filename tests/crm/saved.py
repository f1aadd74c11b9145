"""Requests and runs put into the CRM without API and engine, for tests of its queries."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from application import deciding
from application.calendars import Calendars
from application.signatures import SignalKeys, SignalRules
from approval.calendar import BusinessCalendar
from approval.editable import EditableField
from approval.model import Action, Code, Person, Reason
from approval.routing import StepPlan
from approval.votes import DecisionRule, VoteRule
from crm import commands, editing, requests, timeline
from crm.commands import RoundPayload
from crm.drafts import LineDraft, RequestDraft
from crm.pool import Pool, create_pool
from crm.records import RequestRecord
from crm.runs import prepare
from crm.timeline import Entry
from crm.visibility import EVERYTHING
from workflows.contracts import Message, View

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
        await editing.create(
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


async def entries_of(pool: Pool, request_id: UUID) -> list[Entry]:
    """The whole timeline of a request, oldest first."""
    found: list[Entry] = []
    cursor = None
    while True:
        page = await timeline.page(pool, request_id, limit=200, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def step(key: str, *approvers: Person, rule: VoteRule = DecisionRule.ANY) -> StepPlan:
    """A step that may edit everything."""
    return StepPlan(
        key=key,
        name={"vi": key, "en": key},
        approvers=approvers,
        decision=rule,
        may_edit=tuple(EditableField),
        why=(Reason(code="always"),),
    )


CALENDAR = BusinessCalendar.parse(ZoneInfo("Asia/Ho_Chi_Minh"), (0, 1, 2, 3, 4), ("08:00-12:00", "13:00-17:00"), ())


UNSIGNED = SignalRules(SignalKeys())
"""Nothing has to prove where it comes from, and nothing can."""


class SavedRun:
    """A run without its engine: each message is applied as the run's activity does it."""

    def __init__(self, pool: Pool, request_id: UUID, signals: SignalRules = UNSIGNED) -> None:
        self.pool = pool
        self.request_id = request_id
        self.signals = signals

    @classmethod
    async def sent(cls, pool: Pool, saved: RequestRecord, *steps: StepPlan) -> SavedRun:
        """Send a saved request."""
        run = cls(pool, saved.id)
        assert await run.send(*(steps or (step("manager", MANAGER1),))) is None
        return run

    async def send(self, *steps: StepPlan) -> Code | None:
        """Send or resend with the request's values as they are."""
        command_id = await self.stored(Action.SEND, "sales1", *steps)
        await self.apply(Action.SEND, {"command_id": str(command_id)})
        return await self.refusal(command_id)

    async def stored(self, action: Action, actor: str, *steps: StepPlan) -> UUID:
        """Store a send or a re-resolution, as the API does it before it tells the run; the command's id."""
        saved, command_id = await record(self.pool, self.request_id), uuid7()
        await prepare(
            self.pool,
            saved.id,
            run_id=uuid7(),
            process_key="purchase-approval",
            process_version=1,
            at=datetime.now(UTC),
        )
        payload = RoundPayload(
            steps=steps,
            values=saved.values(),
            request=saved.snapshot(),
            round=saved.run.round if saved.run else 0,
            order_changes=saved.order_changes,
        )
        await commands.store(
            self.pool,
            command_id=command_id,
            request_id=saved.id,
            action=action,
            actor=actor,
            payload=payload,
            at=NOW,
        )
        return command_id

    async def decide(self, action: Action, actor: Person, **fields: Any) -> Code | None:
        """Take a decision; the code of its refusal, if it was refused."""
        body = {"command_id": str(uuid7()), "actor": actor.username, "note": "vì sao", **fields}
        body["command_id"] = str(body["command_id"])
        await self.apply(action, body)
        return await self.refusal(UUID(body["command_id"]))

    async def apply(self, name: str, body: Any, *, received_at: datetime | None = None) -> View:
        """Apply a message."""
        message = Message(id=uuid7(), request_id=self.request_id, name=name, body=body, received_at=received_at or NOW)
        return await deciding.apply(self.pool, Calendars(CALENDAR), self.signals, message, lambda _committed: None)

    async def refusal(self, command_id: UUID) -> Code | None:
        """Why a command was refused; None: it was accepted."""
        entries = await entries_of(self.pool, self.request_id)
        known = (command_id, UUID(int=command_id.int ^ self.request_id.int))
        (entry,) = (entry for entry in entries if entry.command_id in known)
        return entry.refusal.code if entry.refusal else None


async def stand_in(database_url: str) -> None:
    """Have people stand in for those who are asked: for all, up to an amount, for a department, twice for the same; and before and
    after, when it counts for nothing."""
    pool = await create_pool(database_url, 1)
    await pool.execute(
        """INSERT INTO substitutions (id, person, substitute, starts_at, ends_at, departments, ceiling, currency, reason,
               made_by, made_at)
           SELECT gen_random_uuid(), person, substitute, now() + starts::interval, now() + ends::interval, departments, ceiling,
               CASE WHEN ceiling IS NOT NULL THEN 'VND' END, 'Nghỉ phép', person, now()
           FROM (VALUES
               ('manager1', 'newcomer', '-1 day', '1 day', NULL::text[], NULL::numeric),
               ('manager1', 'newcomer', '-1 day', '1 day', NULL, 1),
               ('director1', 'newcomer', '-1 day', '1 day', NULL, 500000000),
               ('manager1', 'purchasing1', '-1 day', '1 day', NULL, 100000000),
               ('manager1', 'seller1', '-1 day', '1 day', '{Kinh doanh miền Bắc}', NULL),
               ('manager1', 'sales1', '1 day', '2 days', NULL, NULL),
               ('manager1', 'sales1', '-2 days', '-1 day', NULL, NULL)
           ) AS away (person, substitute, starts, ends, departments, ceiling)"""
    )
    await pool.close()


async def watch(database_url: str) -> None:
    """Have people watch requests of others, in every state, that they see in another way or in none."""
    pool = await create_pool(database_url, 1)
    await pool.execute(
        """INSERT INTO watchers (request_id, username, added_by, added_at)
           SELECT id, username, 'admin1', now() FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM purchase_requests) r,
               unnest('{newcomer,seller1,manager1,purchasing1}'::text[]) AS people (username)
           WHERE place % 17 = 0"""
    )
    await pool.close()
