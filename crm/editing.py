"""Making, editing and deleting purchase requests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from approval.changes import FieldValue, ProposedChange
from approval.editable import HEADER_FIELDS, LINE_FIELDS, EditableField, FieldKind
from approval.line_decisions import FIELD as LINE_DECISION
from approval.model import Action, Channel, Code, FieldError, Person, refuse
from approval.order_changes import Goods
from approval.state import RunState
from approval.values import Priced, total_of
from crm import order_changes, timeline
from crm.drafts import LineDraft, RequestDraft
from crm.pool import Connection
from crm.records import RequestRecord
from crm.search_text import fold

SITTING: Final = timedelta(hours=1)
"""For so long an edit on the timeline stands for those that a form saves by itself after it."""


async def create(
    connection: Connection,
    draft: RequestDraft,
    *,
    request_id: UUID,
    command_id: UUID,
    owner: Person,
    today: date,
    at: datetime,
    channel: Channel | None = None,
) -> timeline.Entry | None:
    """Save a new request, within the caller's transaction. Doing it twice with one id changes nothing.

    Returns:
        What is new on the timeline; None: it was saved before.

    Raises:
        RefusedError: ``invalid``: the source or one of its lines is not there.
    """
    if await connection.fetchval("SELECT true FROM purchase_requests WHERE id = $1", request_id):
        return None
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
        total_of(draft.lines),
        _goods(draft.lines),
        await _search_text(connection, number, owner, draft.purpose, _source_id(draft), draft.lines),
        at,
    )
    if not inserted:  # another try with this id was quicker
        return None
    await _insert_lines(connection, request_id, lines)
    entry = timeline.Entry(
        request_id=request_id,
        command_id=command_id,
        at=at,
        action=Action.CREATE,
        actor=owner.username,
        channel=channel,
    )
    await timeline.insert(connection, entry)
    return entry


async def replace(
    connection: Connection,
    record: RequestRecord,
    draft: RequestDraft,
    *,
    command_id: UUID,
    at: datetime,
    channel: Channel | None = None,
    is_more_of_it: bool = False,
) -> timeline.Entry:
    """Save an edit of a request that the caller has locked, within the caller's transaction.

    Args:
        is_more_of_it: whether it belongs to the edit before it, if that was the last thing that was done, by the same channel and
            less than ``SITTING`` ago: the timeline has that one.

    Returns:
        What is new on the timeline, or would be.

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
    lines = await _link_to_source(connection, draft, record)
    await connection.execute(
        """UPDATE purchase_requests SET purpose = $2, delivery_address = $3, desired_delivery_date = $4, description = $5,
               currency = $6, total = $7, goods = $8, search_text = $9, source_id = $10, version = version + 1,
               content_version = version + 1, updated_at = $11
           WHERE id = $1""",
        record.id,
        draft.purpose,
        draft.delivery_address,
        draft.desired_delivery_date,
        draft.description,
        draft.currency,
        total_of(draft.lines),
        _goods(draft.lines),
        await _search_text(connection, record.number, record.owner, draft.purpose, _source_id(draft), draft.lines),
        _source_id(draft),
        at,
    )
    await connection.execute("DELETE FROM purchase_request_lines WHERE request_id = $1", record.id)
    await _insert_lines(connection, record.id, lines)
    if draft.source is not None or record.order_changes:
        await order_changes.recompute(connection, record.id)
    entry = timeline.Entry(
        request_id=record.id,
        command_id=command_id,
        at=at,
        action=Action.EDIT,
        actor=record.owner.username,
        channel=channel,
        round=record.run.round if record.run else 0,
    )
    if not (is_more_of_it and await timeline.ends_with(connection, entry, within=SITTING)):
        await timeline.insert(connection, entry)
    return entry


async def write_back(connection: Connection, state: RunState, changes: Iterable[ProposedChange]) -> None:
    """Write the values that approvers settled on, within the transaction of the last approval.

    Args:
        state: the run.
        changes: one for each field.
    """
    header: dict[str, FieldValue] = {}
    lines: dict[str, dict[str, FieldValue]] = {}
    for change in changes:
        values = header if change.line_id is None else lines.setdefault(str(change.line_id), {})
        values[change.field] = change.after
        if change.field == LINE_DECISION:
            values["decision_note"] = change.note
    if header:
        await connection.execute(_WRITE_HEADER, state.request_id, header)
    if lines:
        await connection.execute(_WRITE_LINES, state.request_id, lines)
    await recompute(connection, state.request_id, state.number, state.owner)


_TYPES: Final = {FieldKind.NUMBER: "numeric", FieldKind.DATE: "date"}


def _settings(fields: Iterable[EditableField]) -> str:
    """Set each column to the value that the changes have under its name; one that they do not have stays as it is."""
    return ", ".join(
        f"{field.field} = CASE WHEN c.values ? '{field.field}' THEN {_value(field)} ELSE t.{field.field} END"
        for field in fields
    )


def _value(field: EditableField) -> str:
    """A changed value as its column takes it; what may not be empty never comes empty."""
    value = f"(c.values ->> '{field.field}')::{_TYPES.get(field.kind, 'text')}"
    return f"coalesce({value}, '{field.emptied}')" if field.emptied is not None and field.may_be_empty else value


# Names come from the enumeration, values go as parameters.
_WRITE_HEADER: Final = f"""
UPDATE purchase_requests t SET {_settings(HEADER_FIELDS)}
FROM (SELECT $2::jsonb AS values) c WHERE t.id = $1
"""  # noqa: S608

_WRITE_LINES: Final = f"""
UPDATE purchase_request_lines t SET {_settings(LINE_FIELDS)},
    decision = coalesce(c.values ->> 'decision', t.decision), decision_note = coalesce(c.values ->> 'decision_note', t.decision_note)
FROM jsonb_each($2::jsonb) AS c (id, values) WHERE t.request_id = $1 AND t.id = c.id::uuid
"""  # noqa: S608


async def recompute(connection: Connection, request_id: UUID, number: str, owner: Person) -> None:
    """Make total, goods and search text follow from the fields again, within the transaction that changed those."""
    request = await connection.fetchrow("SELECT purpose, source_id FROM purchase_requests WHERE id = $1", request_id)
    rows = await connection.fetch(
        """SELECT product_code, description, supplier, quantity, unit_price FROM purchase_request_lines
           WHERE request_id = $1 AND decision IS NULL ORDER BY position""",
        request_id,
    )
    if request is None:
        return
    lines = tuple(_StoredGoods(**dict(row)) for row in rows)
    await connection.execute(
        "UPDATE purchase_requests SET total = $2, goods = $3, search_text = $4 WHERE id = $1",
        request_id,
        total_of(lines),
        _goods(lines),
        await _search_text(connection, number, owner, request["purpose"], request["source_id"], lines),
    )


async def delete(connection: Connection, request_id: UUID) -> None:
    """Delete a request no send of which was accepted, with what a refused one left, within the caller's transaction."""
    await connection.execute("DELETE FROM commands WHERE request_id = $1", request_id)
    await connection.execute("DELETE FROM runs WHERE request_id = $1 AND round = 0", request_id)
    await connection.execute("DELETE FROM purchase_requests WHERE id = $1", request_id)


class _Linked(NamedTuple):
    """A line to be saved, and what the order's line says that it is made from."""

    draft: LineDraft
    made_from: Goods | None


async def _link_to_source(
    connection: Connection, draft: RequestDraft, before: RequestRecord | None = None
) -> list[_Linked]:
    """The draft's lines, each with the line of the source that it asks goods for, where there is one.

    Args:
        connection: in a transaction; until it ends, nobody changes a source that the request was not made from before.
        draft: what is to be saved.
        before: the request as it was.

    Raises:
        RefusedError: ``invalid``: the source or one of its lines is not there, or it is another than before and was cancelled.
    """
    if draft.source is None:
        wrong = [index for index, line in enumerate(draft.lines) if line.source_line_id is not None]
        if wrong:
            raise refuse(
                Code.INVALID,
                *(FieldError(pointer=f"/lines/{index}/source_line_id", message="no_such_line") for index in wrong),
            )
        return [_Linked(line, None) for line in draft.lines]
    is_new = before is None or before.source is None or before.source.id != draft.source.id
    found = await connection.fetchrow(
        f"SELECT type, cancelled_at IS NOT NULL AS cancelled FROM sources WHERE id = $1 {'FOR SHARE' if is_new else ''}",  # noqa: S608
        draft.source.id,
    )
    if found is None or found["type"] != draft.source.type:
        raise refuse(Code.INVALID, FieldError(pointer="/source/id", message="no_such_source"))
    if is_new and found["cancelled"]:
        raise refuse(Code.INVALID, FieldError(pointer="/source/id", message="source_cancelled"))
    rows = await connection.fetch(
        """SELECT id, product_code, unit, quantity, gone_at IS NOT NULL AS gone FROM source_lines
           WHERE source_id = $1 ORDER BY position DESC, id DESC""",
        draft.source.id,
    )
    ids = {row["id"] for row in rows}
    by_product = {row["product_code"]: row["id"] for row in rows if not row["gone"]}
    wrong = [index for index, line in enumerate(draft.lines) if line.source_line_id and line.source_line_id not in ids]
    if wrong:
        raise refuse(
            Code.INVALID,
            *(FieldError(pointer=f"/lines/{index}/source_line_id", message="no_such_line") for index in wrong),
        )
    now = {row["id"]: Goods.model_validate({name: row[name] for name in Goods.model_fields}) for row in rows}
    gone = {row["id"] for row in rows if row["gone"]}
    known = await _made_from(connection, before) if before is not None else {}
    linked = []
    for line in draft.lines:
        line = line.model_copy(update={"source_line_id": line.source_line_id or by_product.get(line.product_code)})
        was = known.get((line.id, line.source_line_id))
        says = now[line.source_line_id] if line.source_line_id is not None else None
        if was is not None and (line.source_line_id in gone or not (line.take_over or _asks_for(line, says))):
            says = was
        linked.append(_Linked(line, says))
    return linked


async def _made_from(connection: Connection, before: RequestRecord) -> dict[tuple[UUID | None, UUID | None], Goods]:
    """What the lines of a request were made from, by their id and that of the order's line."""
    rows = await connection.fetch(
        """SELECT id, source_line_id, made_from FROM purchase_request_lines
           WHERE request_id = $1 AND made_from IS NOT NULL""",
        before.id,
    )
    return {(row["id"], row["source_line_id"]): Goods.model_validate(row["made_from"]) for row in rows}


def _asks_for(line: LineDraft, goods: Goods | None) -> bool:
    """Whether a line asks for exactly what the order's line says."""
    return goods == Goods(product_code=line.product_code, unit=line.unit, quantity=line.quantity)


async def _insert_lines(connection: Connection, request_id: UUID, lines: Iterable[_Linked]) -> None:
    await connection.executemany(
        """INSERT INTO purchase_request_lines (id, request_id, position, source_line_id, product_code, description,
               warehouse, unit, quantity, unit_price, supplier, made_from)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
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
                made_from,
            )
            for position, (line, made_from) in enumerate(lines)
        ],
    )


class _Goods(Priced, Protocol):
    """What total, goods and search text are made of."""

    @property
    def product_code(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def supplier(self) -> str | None: ...


class _StoredGoods(NamedTuple):
    """The same of a line as it is stored, maybe by rules of another day."""

    product_code: str
    description: str
    supplier: str | None
    quantity: Decimal
    unit_price: Decimal


def _goods(lines: Iterable[_Goods]) -> list[str]:
    return [line.description or line.product_code for line in lines]


def _source_id(draft: RequestDraft) -> UUID | None:
    return draft.source.id if draft.source else None


async def _search_text(
    connection: Connection, number: str, owner: Person, purpose: str, source_id: UUID | None, lines: Iterable[_Goods]
) -> str:
    source = None
    if source_id is not None:
        source = await connection.fetchrow("SELECT number, customer FROM sources WHERE id = $1", source_id)
    words = [number, owner.username, owner.name, purpose, *(source or ())]
    words += [f"{line.product_code} {line.description} {line.supplier or ''}" for line in lines]
    return fold(" ".join(words))
