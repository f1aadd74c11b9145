"""Requests that are made of lines which approvers returned."""

from __future__ import annotations

from datetime import UTC
from typing import Final

from uuid_utils.compat import uuid7

from approval.line_decisions import LineDecision
from approval.model import SYSTEM, Action
from approval.state import RunState, When
from crm import editing, order_changes, timeline
from crm.pool import Connection


async def make_of_returned(connection: Connection, state: RunState, when: When) -> None:
    """Make the returned lines of a request a new one of its owner, not sent yet, within the transaction of the last approval.

    It is from the same source and is to be delivered to the same place; its numbers and prices are those that approvers settled on.
    """
    zone = when.calendar.zone if when.calendar is not None else UTC
    today = when.written.astimezone(zone).date()
    child = uuid7()
    number = await connection.fetchval("SELECT next_request_number($1)", today.year)
    await connection.execute(_REQUEST, child, number, today, when.written, state.request_id)
    await connection.execute(_LINES, child, state.request_id, [uuid7() for _ in state.values.lines])
    await order_changes.recompute(connection, child)
    await editing.recompute(connection, child, number, state.owner)
    await timeline.insert(
        connection,
        timeline.Entry(request_id=child, command_id=uuid7(), at=when.said, action=Action.CREATE, actor=SYSTEM),
    )


_REQUEST: Final = """
INSERT INTO purchase_requests (id, number, request_date, owner, source_id, purpose, delivery_address, desired_delivery_date,
    description, currency, total, created_at, updated_at, parent_id)
SELECT $1, $2, $3, owner, source_id, purpose, delivery_address, desired_delivery_date, description, currency, 0, $4, $4, id
FROM purchase_requests WHERE id = $5
"""

_LINES: Final = f"""
INSERT INTO purchase_request_lines (id, request_id, position, source_line_id, made_from, product_code, description, warehouse, unit,
    quantity, unit_price, supplier)
SELECT ($3::uuid[])[1 + place], $1, place, source_line_id, made_from, product_code, description, warehouse, unit, quantity, unit_price,
    supplier
FROM (SELECT l.*, row_number() OVER (ORDER BY position) - 1 AS place FROM purchase_request_lines l
    WHERE request_id = $2 AND decision = '{LineDecision.RETURN}') returned
"""  # noqa: S608
