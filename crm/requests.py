"""Purchase requests: making, editing, deleting and reading them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import Field
from uuid_utils.compat import uuid7

from approval.changes import LineValues, ProposedChange, RequestValues
from approval.conditions import LineFacts, RequestFacts
from approval.model import Action, Code, FieldError, Frozen, Input, Person, ProcessStatus, RunStatus, refuse
from approval.run import PastAction, RunState, Step
from approval.values import (
    MOST_LINES,
    Currency,
    LongText,
    Money,
    Quantity,
    ShortText,
    Stored,
    Sum,
    amount_of,
    as_text,
    at_most,
    money_text,
    sum_of,
)
from crm import timeline
from crm.pool import Connection, Pool
from crm.visibility import VISIBLE, Viewer


class SourceType(StrEnum):
    """What a request can be made from."""

    SALES_ORDER = "sales_order"
    OPPORTUNITY = "opportunity"


class SourceRef(Input):
    """The sales order or opportunity that a request is made from."""

    type: SourceType
    id: UUID


class LineDraft(Input):
    """Goods asked for. ``id`` keeps a line's identity in an edit."""

    id: UUID | None = None
    source_line_id: UUID | None = None
    """The line of the sales order or opportunity; found by product code when left out."""
    product_code: Annotated[ShortText, Field(min_length=1, examples=["SRV-R760"])]
    description: ShortText = ""
    warehouse: ShortText = ""
    unit: ShortText = ""
    quantity: Quantity
    unit_price: Money = Decimal(0)
    supplier: ShortText | None = None


Purpose = Annotated[ShortText, Field(min_length=1)]
Lines = Annotated[tuple[LineDraft, ...], Field(min_length=1, max_length=MOST_LINES), at_most(MOST_LINES)]


class RequestDraft(Input):
    """A purchase request as its owner fills it in."""

    source: SourceRef | None = None
    purpose: Purpose
    delivery_address: ShortText = ""
    desired_delivery_date: date | None = None
    description: LongText = ""
    currency: Currency = "VND"
    lines: Lines


class SourceView(SourceRef):
    """A source with its number."""

    number: str


class LineRecord(Frozen):
    """A line of a request as the CRM has it."""

    id: UUID
    source_line_id: UUID | None
    product_code: str
    description: str
    warehouse: str
    unit: str
    quantity: Stored
    unit_price: Stored
    supplier: str | None
    quantity_received: Stored
    ordered: Stored | None = None
    """Of the source's line; None without one."""
    requested: Sum | None = None
    """Of the source's line by all requests that are not rejected or cancelled, this one included."""


class NoteRecord(Frozen):
    """A note of the request (Ghi chú)."""

    action: Action
    end: bool
    text: str
    actor: Person
    at: datetime


class RunRecord(Frozen):
    """The run with its current round, as the process side has it."""

    id: UUID
    status: RunStatus
    process_key: str
    process_version: int
    round: int
    steps: tuple[Step, ...]
    proposed: tuple[ProposedChange, ...]
    opened_at: datetime | None
    deadline: datetime | None
    last: PastAction
    purchase_status: str | None
    received: Mapping[UUID, Decimal]


class RequestRecord(Frozen):
    """A whole request."""

    id: UUID
    number: str
    request_date: date
    version: int
    owner: Person
    department: str
    source: SourceView | None
    purpose: str
    delivery_address: str
    desired_delivery_date: date | None
    description: str
    currency: str
    total: Decimal
    lines: tuple[LineRecord, ...]
    process_status: ProcessStatus
    purchase_status: str | None
    notes: tuple[NoteRecord, ...]
    run: RunRecord | None
    send_pending: bool
    """Sent by the owner, not taken up by the engine yet (Đang chờ gửi)."""
    run_sequence: int
    """Transitions of the run that have reached the request."""
    created_at: datetime
    updated_at: datetime

    @property
    def amount(self) -> str:
        """Total and currency, for people to read."""
        return money_text(self.total, self.currency)

    def facts(self) -> RequestFacts:
        """What the conditions of a process can ask."""
        return RequestFacts(
            owner=self.owner.username,
            department=self.department,
            source_type=self.source.type if self.source else "",
            currency=self.currency,
            total=self.total,
            lines=tuple(
                LineFacts(
                    product_code=line.product_code,
                    quantity=line.quantity,
                    unit_price=line.unit_price,
                    amount=amount_of(line.quantity, line.unit_price),
                    unit=line.unit,
                    warehouse=line.warehouse,
                    supplier=line.supplier or "",
                )
                for line in self.lines
            ),
        )

    def values(self) -> RequestValues:
        """The fields that approvers may be allowed to change."""
        header = ("purpose", "delivery_address", "desired_delivery_date", "description")
        line_fields = ("description", "warehouse", "quantity", "unit_price", "supplier")
        return RequestValues(
            header={field: as_text(getattr(self, field)) for field in header},
            lines=tuple(
                LineValues(id=line.id, values={field: as_text(getattr(line, field)) for field in line_fields})
                for line in self.lines
            ),
        )

    def snapshot(self) -> dict[str, Any]:
        """The request's own fields and lines, kept with each round so that later rounds can show what changed."""
        fields = {"purpose", "delivery_address", "desired_delivery_date", "description", "currency", "total", "lines"}
        return self.model_dump(mode="json", include=fields)


async def create(
    connection: Connection,
    draft: RequestDraft,
    *,
    request_id: UUID,
    command_id: UUID,
    owner: Person,
    today: date,
    at: datetime,
) -> None:
    """Save a new request, within the caller's transaction. Doing it twice with one id changes nothing.

    Raises:
        RefusedError: ``invalid``: the source or one of its lines is not there.
    """
    if await connection.fetchval("SELECT true FROM purchase_requests WHERE id = $1", request_id):
        return
    draft = draft.model_copy(update={"lines": tuple(line.model_copy(update={"id": None}) for line in draft.lines)})
    lines = await _link_to_source(connection, draft)
    number = await connection.fetchval("SELECT next_request_number($1)", today.year)
    inserted = await connection.fetchval(
        """INSERT INTO purchase_requests (id, number, request_date, owner, source_id, purpose, delivery_address,
               desired_delivery_date, description, currency, total, goods, search_text, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
           ON CONFLICT (id) DO NOTHING RETURNING true""",
        request_id,
        number,
        today,
        owner.username,
        _source_id(draft),
        draft.purpose,
        draft.delivery_address,
        draft.desired_delivery_date,
        draft.description,
        draft.currency,
        _total(draft.lines),
        _goods(draft.lines),
        await _search_text(connection, number, owner, draft.purpose, _source_id(draft), draft.lines),
        at,
    )
    if not inserted:  # another try with this id was quicker
        return
    await _insert_lines(connection, request_id, lines)
    entry = timeline.Entry(
        request_id=request_id, command_id=command_id, at=at, action=Action.CREATE, actor=owner.username
    )
    await timeline.insert_accepted(connection, entry)


async def replace(
    connection: Connection, record: RequestRecord, draft: RequestDraft, *, command_id: UUID, at: datetime
) -> None:
    """Save an edit of a request that the caller has locked, within the caller's transaction.

    Raises:
        RefusedError: ``invalid``: a line id is not one of the request's, or a source line is not there.
    """
    known = {line.id for line in record.lines}
    wrong: list[FieldError] = []
    for index, line in enumerate(draft.lines):
        if line.id is None:
            continue
        if line.id not in known:  # not one of the request's, or named twice
            wrong.append(FieldError(pointer=f"/lines/{index}/id", message="no_such_line"))
        known.discard(line.id)
    if wrong:
        raise refuse(Code.INVALID, *wrong)
    lines = await _link_to_source(connection, draft)
    await connection.execute(
        """UPDATE purchase_requests SET purpose = $2, delivery_address = $3, desired_delivery_date = $4, description = $5,
               currency = $6, total = $7, goods = $8, search_text = $9, source_id = $10, version = version + 1,
               updated_at = $11
           WHERE id = $1""",
        record.id,
        draft.purpose,
        draft.delivery_address,
        draft.desired_delivery_date,
        draft.description,
        draft.currency,
        _total(draft.lines),
        _goods(draft.lines),
        await _search_text(connection, record.number, record.owner, draft.purpose, _source_id(draft), draft.lines),
        _source_id(draft),
        at,
    )
    await connection.execute("DELETE FROM purchase_request_lines WHERE request_id = $1", record.id)
    await _insert_lines(connection, record.id, lines)
    entry = timeline.Entry(
        request_id=record.id,
        command_id=command_id,
        at=at,
        action=Action.EDIT,
        actor=record.owner.username,
        round=record.run.round if record.run else 0,
    )
    await timeline.insert_accepted(connection, entry)


async def recompute(connection: Connection, request_id: UUID, number: str, owner: Person) -> None:
    """Make total, goods and search text follow from the fields again, within the transaction that changed those."""
    request = await connection.fetchrow("SELECT purpose, source_id FROM purchase_requests WHERE id = $1", request_id)
    rows = await connection.fetch(
        """SELECT product_code, description, supplier, quantity, unit_price FROM purchase_request_lines
           WHERE request_id = $1 ORDER BY position""",
        request_id,
    )
    if request is None:
        return
    lines = tuple(LineDraft(**dict(row)) for row in rows)
    await connection.execute(
        "UPDATE purchase_requests SET total = $2, goods = $3, search_text = $4 WHERE id = $1",
        request_id,
        _total(lines),
        _goods(lines),
        await _search_text(connection, number, owner, request["purpose"], request["source_id"], lines),
    )


async def delete(connection: Connection, request_id: UUID) -> None:
    """Delete a request that was never sent."""
    await connection.execute("DELETE FROM purchase_requests WHERE id = $1", request_id)


async def lock(connection: Connection, request_id: UUID) -> None:
    """Keep others from changing a request until the transaction ends."""
    await connection.execute("SELECT FROM purchase_requests WHERE id = $1 FOR UPDATE", request_id)


async def load(executor: Pool | Connection, request_id: UUID, viewer: Viewer) -> RequestRecord | None:
    """A whole request, or None when it is not there or the viewer may not see it: nobody can tell which."""
    row = await executor.fetchrow(_LOAD, *viewer.arguments, request_id)
    return _record(row) if row else None


class RunningRequest(Frozen):
    """What is known at a glance of a request whose run can still be decided."""

    number: str
    run_id: UUID


async def find_running(executor: Pool | Connection, request_id: UUID, viewer: Viewer) -> RunningRequest | None:
    """The request, if the viewer may see it and its run can still be decided."""
    row = await executor.fetchrow(
        f"""SELECT r.number, runs.id AS run_id FROM purchase_requests r JOIN runs ON runs.request_id = r.id
            WHERE r.id = $5 AND runs.round > 0 AND runs.status = 'in_progress' AND {VISIBLE}""",  # noqa: S608
        *viewer.arguments,
        request_id,
    )
    return RunningRequest(**dict(row)) if row else None


async def visible(executor: Pool | Connection, request_ids: Iterable[UUID], viewer: Viewer) -> set[UUID]:
    """Those of the requests that the viewer may see."""
    rows = await executor.fetch(
        f"SELECT r.id FROM purchase_requests r WHERE r.id = ANY ($5) AND {VISIBLE}",  # noqa: S608
        *viewer.arguments,
        list(request_ids),
    )
    return {row["id"] for row in rows}


NOT_COUNTED = "('rejected', 'cancelled')"
"""Requests in these states ask for nothing of their order any more."""

_LOAD = f"""
SELECT r.*, owner.name AS owner_name, owner.department, s.type AS source_type, s.number AS source_number,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', l.id, 'source_line_id', l.source_line_id, 'product_code', l.product_code,
            'description', l.description, 'warehouse', l.warehouse, 'unit', l.unit, 'quantity', l.quantity::text,
            'unit_price', l.unit_price::text, 'supplier', l.supplier, 'quantity_received', l.quantity_received::text,
            'ordered', sl.quantity::text, 'requested', (
                SELECT sum(l2.quantity)::text FROM purchase_request_lines l2
                    JOIN purchase_requests r2 ON r2.id = l2.request_id
                WHERE l2.source_line_id = l.source_line_id AND r2.process_status NOT IN {NOT_COUNTED}
            )) ORDER BY l.position), '[]')
        FROM purchase_request_lines l LEFT JOIN source_lines sl ON sl.id = l.source_line_id
        WHERE l.request_id = r.id) AS lines,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
            'action', n.action, 'end', n.ends_run, 'text', n.text, 'at', n.at,
            'actor', jsonb_build_object('username', n.actor, 'name', coalesce(u.name, n.actor))) ORDER BY n.id), '[]')
        FROM notes n LEFT JOIN users u ON u.username = n.actor
        WHERE n.request_id = r.id) AS notes,
    EXISTS (SELECT FROM commands c WHERE c.request_id = r.id AND c.action = 'send'
        AND NOT EXISTS (SELECT FROM timeline t WHERE t.command_id = c.id)) AS send_pending,
    runs.id AS run_id, runs.status AS run_status, runs.process_key, runs.process_version, runs.round, runs.opened_at,
    runs.deadline, runs.last, runs.purchasing, rounds.steps, rounds.proposed_changes
FROM purchase_requests r
    JOIN users owner ON owner.username = r.owner
    LEFT JOIN sources s ON s.id = r.source_id
    LEFT JOIN runs ON runs.request_id = r.id AND runs.round > 0
    LEFT JOIN rounds ON rounds.request_id = r.id AND rounds.number = runs.round
WHERE r.id = $5 AND {VISIBLE}
"""  # noqa: S608


def _record(row: asyncpg.Record) -> RequestRecord:
    source = None
    if row["source_id"] is not None:
        source = SourceView(type=row["source_type"], id=row["source_id"], number=row["source_number"])
    lines = tuple(LineRecord.model_validate(line) for line in row["lines"])
    same = (
        "id",
        "number",
        "request_date",
        "version",
        "department",
        "purpose",
        "delivery_address",
        "desired_delivery_date",
        "description",
        "currency",
        "total",
        "process_status",
        "purchase_status",
        "send_pending",
        "run_sequence",
        "created_at",
        "updated_at",
    )
    return RequestRecord(
        **{field: row[field] for field in same},
        owner=Person(username=row["owner"], name=row["owner_name"]),
        source=source,
        lines=lines,
        notes=tuple(NoteRecord.model_validate(note) for note in row["notes"]),
        run=_run(row, lines) if row["run_id"] is not None else None,
    )


def run_state(record: RequestRecord, log: tuple[PastAction, ...] = ()) -> RunState | None:
    """The run's state as the CRM has it, for asking the rules; None before the first send.

    Args:
        log: what happened, oldest first; left out: only what happened last.
    """
    run = record.run
    if run is None:
        return None
    return RunState(
        request_id=record.id,
        run_id=run.id,
        number=record.number,
        owner=record.owner,
        amount=record.amount,
        process_key=run.process_key,
        process_version=run.process_version,
        round=run.round,
        sequence=record.run_sequence,
        process_status=record.process_status,
        run_status=run.status,
        steps=run.steps,
        values=record.values(),
        proposed=run.proposed,
        opened_at=run.opened_at,
        deadline=run.deadline,
        log=log or (run.last,),
    )


def _run(row: asyncpg.Record, lines: Iterable[LineRecord]) -> RunRecord:
    purchasing = row["purchasing"]
    reported = purchasing["lines"]
    return RunRecord(
        id=row["run_id"],
        status=row["run_status"],
        process_key=row["process_key"],
        process_version=row["process_version"],
        round=row["round"],
        steps=tuple(Step.model_validate(step) for step in row["steps"]),
        proposed=tuple(ProposedChange.model_validate(change) for change in row["proposed_changes"]),
        opened_at=row["opened_at"],
        deadline=row["deadline"],
        last=PastAction.model_validate(row["last"]),
        purchase_status=purchasing["status"] and purchasing["status"]["value"],
        received={
            line.id: Decimal(reported[str(line.id)]["value"]) if str(line.id) in reported else Decimal(0)
            for line in lines
        },
    )


async def _link_to_source(connection: Connection, draft: RequestDraft) -> list[LineDraft]:
    """The draft's lines, each with the line of the source that it asks goods for, where there is one."""
    if draft.source is None:
        wrong = [index for index, line in enumerate(draft.lines) if line.source_line_id is not None]
        if wrong:
            raise refuse(
                Code.INVALID,
                *(FieldError(pointer=f"/lines/{index}/source_line_id", message="no_such_line") for index in wrong),
            )
        return list(draft.lines)
    source = await connection.fetchval("SELECT type FROM sources WHERE id = $1", draft.source.id)
    if source != draft.source.type:
        raise refuse(Code.INVALID, FieldError(pointer="/source/id", message="no_such_source"))
    rows = await connection.fetch(
        "SELECT id, product_code FROM source_lines WHERE source_id = $1 ORDER BY position DESC", draft.source.id
    )
    ids = {row["id"] for row in rows}
    by_product = {row["product_code"]: row["id"] for row in rows}
    wrong = [index for index, line in enumerate(draft.lines) if line.source_line_id and line.source_line_id not in ids]
    if wrong:
        raise refuse(
            Code.INVALID,
            *(FieldError(pointer=f"/lines/{index}/source_line_id", message="no_such_line") for index in wrong),
        )
    return [
        line.model_copy(update={"source_line_id": line.source_line_id or by_product.get(line.product_code)})
        for line in draft.lines
    ]


async def _insert_lines(connection: Connection, request_id: UUID, lines: Iterable[LineDraft]) -> None:
    await connection.executemany(
        """INSERT INTO purchase_request_lines (id, request_id, position, source_line_id, product_code, description,
               warehouse, unit, quantity, unit_price, supplier)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        [
            (
                line.id or uuid7(),
                request_id,
                position,
                line.source_line_id,
                line.product_code,
                line.description,
                line.warehouse,
                line.unit,
                line.quantity,
                line.unit_price,
                line.supplier,
            )
            for position, line in enumerate(lines)
        ],
    )


def _total(lines: Iterable[LineDraft]) -> Decimal:
    return sum_of(amount_of(line.quantity, line.unit_price) for line in lines)


def _goods(lines: Iterable[LineDraft]) -> list[str]:
    return [line.description or line.product_code for line in lines]


def _source_id(draft: RequestDraft) -> UUID | None:
    return draft.source.id if draft.source else None


async def _search_text(
    connection: Connection, number: str, owner: Person, purpose: str, source_id: UUID | None, lines: Iterable[LineDraft]
) -> str:
    source = None
    if source_id is not None:
        source = await connection.fetchrow("SELECT number, customer FROM sources WHERE id = $1", source_id)
    words = [number, owner.username, owner.name, purpose, *(source or ())]
    words += [f"{line.product_code} {line.description} {line.supplier or ''}" for line in lines]
    return fold(" ".join(words))


def fold(text: str) -> str:
    """Lower case without accents, so that ``may chu`` finds ``Máy chủ``."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))
