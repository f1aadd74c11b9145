"""Reading and locking purchase requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg

from approval.changes import ProposedChange
from approval.cumulation import Cumulated
from approval.model import Action, Frozen, Person
from approval.order_changes import Hold, Kept, OrderChange
from approval.state import Assignment, PastAction, Step
from crm.commands import AS_DECISION, ORDER_CHANGED, WaitingDecision
from crm.pool import Connection, Pool, lock_timeout
from crm.records import LineRecord, NoteRecord, RelatedRequest, Requester, RequestRecord, RunRecord, SourceView
from crm.visibility import SEEN_BY, VISIBLE, Viewer


async def lock(connection: Connection, request_id: UUID, *, owner: str) -> None:
    """Keep others from changing a request until the transaction ends, if it is this owner's; else nothing is locked.

    What refers to the request may be written meanwhile: that somebody else's change was refused is put on its timeline.

    Raises:
        asyncpg.LockNotAvailableError: somebody else keeps it for longer than ``crm.pool.LOCK_SECONDS``; from here on, any
            statement of the transaction can raise it.
    """
    await connection.execute(_LOCK, request_id, owner, lock_timeout())


_LOCK: Final = """
SELECT FROM (SELECT set_config('lock_timeout', $3, true)) AS limited, purchase_requests r
WHERE r.id = $1 AND r.owner = $2 FOR NO KEY UPDATE OF r
"""
"""The limit is set within the same statement, before a row is locked: a round trip less for each change."""


async def load(executor: Pool | Connection, request_id: UUID, viewer: Viewer) -> RequestRecord | None:
    """A whole request, or None when it is not there or the viewer may not see it: nobody can tell which."""
    row = await executor.fetchrow(_LOAD, *viewer.arguments, request_id)
    if row is None:
        return None
    record = record_of(row)
    of_sum = frozenset(one.id for one in record.cumulated.requests) if record.cumulated is not None else frozenset()
    if not (record.family or of_sum):
        return record
    others = await executor.fetch(_OTHERS, *viewer.arguments, list(record.family | of_sum))
    related = {one["id"]: RelatedRequest(**one) for one in others if one["id"] in record.family}
    return record.model_copy(
        update={
            "parent": related.pop(row["parent_id"], None),
            "children": tuple(related.values()),
            "cumulated_seen": of_sum & {one["id"] for one in others},
        }
    )


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


async def seen_by(
    executor: Pool | Connection, request_ids: Iterable[UUID], usernames: Iterable[str]
) -> dict[UUID, set[str]]:
    """Of each of the requests, who of the users may see it by the roles they have now; left out where nobody may."""
    rows = await executor.fetch(SEEN_BY, list(request_ids), list(usernames))
    return {row["id"]: set(row["usernames"]) for row in rows}


NOT_COUNTED = "('rejected', 'cancelled')"
"""Requests in these states ask for nothing of their order any more."""

ASSIGNMENTS: Final = """(SELECT coalesce(json_agg(json_build_object(
            'id', a.id, 'step', a.step, 'visit', a.visit, 'reasons', a.reasons, 'state', a.state,
            'opened_at', a.opened_at, 'due_at', a.due_at, 'closed_at', a.closed_at, 'acted_by', a.acted_by,
            'substitution_id', a.substitution_id,
            'channel', a.channel, 'seen_changes', a.seen_changes, 'left', NOT coalesce(u.active, false),
            'escalated_from', a.escalated_from, 'pauses', a.pauses, 'alarms', a.alarms, 'reminded', a.reminded,
            'forwarded_from', a.forwarded_from, 'added_by', a.added_by, 'heard_before', a.heard_before,
            'person', json_build_object('username', a.person, 'name', coalesce(u.name, a.person))
            ) ORDER BY a.person COLLATE "C"), '[]')
        FROM assignments a LEFT JOIN users u ON u.username = a.person
        WHERE a.request_id = rounds.request_id AND a.round = rounds.number) AS assignments"""
"""Everybody's place in the steps of the row of ``rounds``; ``steps_of`` puts them into the steps."""


def columns(*, lines: str) -> str:
    """What ``record_of`` makes a request of, but for its notes.

    Args:
        lines: what is read of each line besides its own fields, as arguments of ``json_build_object``.
    """
    return f"""r.*, owner.name AS owner_name, owner.department, owner.roles AS owner_roles, s.type AS source_type, s.number AS source_number,
    s.customer, rounds.request -> 'requester' AS requester,
    (SELECT coalesce(json_agg(json_build_object(
            'id', l.id, 'source_line_id', l.source_line_id, 'product_code', l.product_code,
            'description', l.description, 'warehouse', l.warehouse, 'unit', l.unit, 'quantity', l.quantity::text,
            'unit_price', l.unit_price::text, 'supplier', l.supplier, 'quantity_received', l.quantity_received::text,
            'decision', l.decision, 'decision_note', l.decision_note,
            'product_category', coalesce(p.category, '') {lines}) ORDER BY l.position), '[]')
        FROM purchase_request_lines l LEFT JOIN source_lines sl ON sl.id = l.source_line_id
            LEFT JOIN products p ON p.code = l.product_code
        WHERE l.request_id = r.id) AS lines,
    runs.id AS run_id, runs.status AS run_status, runs.process_key, runs.process_version, runs.round, runs.last,
    runs.purchasing, runs.hold, runs.kept, rounds.steps, rounds.proposed_changes, rounds.cumulated,
    ARRAY(SELECT f.id FROM purchase_requests f WHERE f.parent_id = r.id) || r.parent_id AS family, {ASSIGNMENTS}"""  # noqa: S608


TABLES: Final = """purchase_requests r
    JOIN users owner ON owner.username = r.owner
    LEFT JOIN sources s ON s.id = r.source_id
    LEFT JOIN runs ON runs.request_id = r.id
    LEFT JOIN rounds ON rounds.request_id = r.id AND rounds.number = runs.round"""
"""A request with whose it is, where it comes from, and its run with the current round; 0 before the first."""

ON_ORDERS: Final = """(SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'number', o.number, 'supplier', o.supplier,
                    'quantity', ol.quantity::text, 'placed_at', o.placed_at) ORDER BY o.id), '[]')
                FROM purchase_order_lines ol JOIN purchase_orders o ON o.id = ol.order_id
                WHERE ol.line_id = l.id AND o.cancelled_at IS NULL)"""
"""The purchase orders that stand for the line ``l``."""

_COUNTED = f""", 'ordered', sl.quantity::text, 'requested', (
                SELECT sum(l2.quantity)::text FROM purchase_request_lines l2
                    JOIN purchase_requests r2 ON r2.id = l2.request_id
                WHERE l2.source_line_id = l.source_line_id AND l2.decision IS NULL AND r2.process_status NOT IN {NOT_COUNTED}),
            'purchase_orders', {ON_ORDERS}"""  # noqa: S608

_LOAD = f"""
SELECT {columns(lines=_COUNTED)},
    (SELECT coalesce(json_agg(json_build_object(
            'action', n.action, 'end', n.ends_run, 'by_line', coalesce(t.by_line, false), 'text', n.text, 'at', n.at,
            'actor', json_build_object('username', n.actor, 'name', coalesce(u.name, n.actor)),
            'acted_for', CASE WHEN p.username IS NOT NULL
                THEN json_build_object('username', p.username, 'name', p.name) END) ORDER BY n.id), '[]')
        FROM notes n LEFT JOIN users u ON u.username = n.actor
            LEFT JOIN timeline t ON t.request_id = n.request_id AND t.sequence = n.sequence
            LEFT JOIN users p ON p.username = t.acted_for
        WHERE n.request_id = r.id) AS notes,
    (SELECT coalesce(jsonb_agg({AS_DECISION} ORDER BY c.created_at, c.id), '[]')
        FROM commands c LEFT JOIN users sayer ON sayer.username = c.actor
        WHERE c.request_id = r.id AND c.delivered_at IS NULL AND c.action <> '{ORDER_CHANGED}'
            AND c.takes_effect_at IS NULL) AS waiting
FROM {TABLES}
WHERE r.id = $5 AND {VISIBLE}
"""  # noqa: S608

_OTHERS = f"""
SELECT r.id, r.number, r.process_status FROM purchase_requests r WHERE r.id = ANY ($5) AND {VISIBLE} ORDER BY r.id
"""  # noqa: S608
"""Those of some requests that the viewer may see. Few requests have others, and every call would pay for looking."""

_SAME = (
    "id",
    "number",
    "request_date",
    "version",
    "content_version",
    "department",
    "purpose",
    "delivery_address",
    "desired_delivery_date",
    "description",
    "currency",
    "total",
    "proposed_total",
    "process_status",
    "purchase_status",
    "run_sequence",
    "created_at",
    "updated_at",
)


_ACTIONS: Final = frozenset(Action)


def record_of(row: asyncpg.Record) -> RequestRecord:
    """A request, read by ``columns`` from ``TABLES``, with its notes and whether a send is pending where those were read."""
    source = None
    if row["source_id"] is not None:
        source = SourceView(type=row["source_type"], id=row["source_id"], number=row["source_number"])
    lines = tuple(LineRecord.model_validate(line) for line in row["lines"])
    said = [one for one in row.get("waiting", ()) if one["action"] in _ACTIONS]  # or it is of another release
    waiting = tuple(WaitingDecision.model_validate(one) for one in said)
    return RequestRecord(
        **{field: row[field] for field in _SAME},
        send_pending=any(command.action is Action.SEND for command in waiting),
        waiting=tuple(command for command in waiting if command.action is not Action.SEND),
        family=frozenset(one for one in row["family"] if one is not None),
        cumulated=Cumulated.model_validate(row["cumulated"]) if row["cumulated"] else None,
        order_changes=tuple(OrderChange.model_validate(change) for change in row["order_changes"] or ()),
        owner=Person(username=row["owner"], name=row["owner_name"]),
        requester=_requester(row),
        source=source,
        lines=lines,
        notes=tuple(NoteRecord.model_validate(note) for note in row.get("notes", ())),
        run=_run(row, lines) if row["round"] else None,
    )


def _requester(row: asyncpg.Record) -> Requester:
    """As it was sent; before that, after it has come back, and of rounds that have none, as it is."""
    if row["requester"] and row["process_status"] not in ("not_sent", "returned"):
        return Requester.model_validate(row["requester"])
    return Requester(
        department=row["department"], roles=tuple(sorted(row["owner_roles"])), customer=row["customer"] or ""
    )


def steps_of(steps: Iterable[Mapping[str, Any]], assignments: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps of a round as they are stored, each with the places of its visit."""
    places: dict[tuple[str, int], list[Assignment]] = {}
    for row in assignments:
        places.setdefault((row["step"], row["visit"]), []).append(Assignment.model_validate(row))
    found = (Step.model_validate(step) for step in steps)
    return tuple(
        step.evolve(
            plan=step.plan.model_copy(update={"approvers": ()}),
            assignments=tuple(places.get((step.plan.key, step.visit), ())),
        )
        for step in found
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
        steps=steps_of(row["steps"], row["assignments"]),
        proposed=tuple(ProposedChange.model_validate(change) for change in row["proposed_changes"]),
        last=PastAction.model_validate(row["last"]),
        hold=Hold.model_validate(row["hold"]) if row["hold"] else None,
        kept=Kept.model_validate(row["kept"]) if row["kept"] else None,
        purchase_status=purchasing["status"] and purchasing["status"]["value"],
        received={
            line.id: Decimal(reported[str(line.id)]["value"]) if str(line.id) in reported else Decimal(0)
            for line in lines
        },
    )
