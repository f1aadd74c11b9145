"""What taking a file means, kind by kind: who else has to wait, what there is before, and how it is written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from approval.model import FieldError
from connectors.files.changes import Preview, summed_up
from connectors.files.records import Compared, compare, new_roles, people_errors
from connectors.files.sheet import Sheet
from crm import people
from crm.catalogue import Catalogue
from crm.pool import Connection


class Plan(NamedTuple):
    """What would become of everything that a file speaks of."""

    preview: Preview
    errors: list[FieldError]
    """Why the file cannot be taken, if it cannot."""
    write: Callable[[], Awaitable[None]]
    """Does it, within the transaction in which it was planned."""


async def plan_people(connection: Connection, sheet: Sheet, *, hold: bool) -> Plan:
    """What a file would do to the directory.

    Args:
        connection: in a transaction, if it is to be written.
        sheet: the file.
        hold: whether it is to be written: whatever was found stays so until the transaction ends.
    """
    if hold:
        await people.hold(connection)
    there = await people.everybody(connection)

    def compared() -> tuple[Compared, list[FieldError], Preview]:
        found = compare(sheet, there)
        errors = [*found.errors, *people_errors(sheet, found, there)]
        roles = new_roles(found, there)
        preview = summed_up(
            sheet.kind, len(sheet.rows), found.changes, there=len(there), unknown=sheet.unknown, new_roles=roles
        )
        return found, errors, preview

    found, errors, preview = await asyncio.to_thread(compared)
    return Plan(preview, errors, lambda: people.write(connection, found.records.values()))


async def plan_catalogue(connection: Connection, sheet: Sheet, catalogue: Catalogue, *, hold: bool) -> Plan:
    """What a file would do to a catalogue. See ``plan_people``."""
    if hold:
        await catalogue.hold(connection)
    there = await catalogue.like(connection, [str(getattr(row, "code", "")) for _, row in sheet.rows])
    count = await catalogue.count(connection)

    def compared() -> tuple[Compared, Preview]:
        found = compare(sheet, there)
        return found, summed_up(sheet.kind, len(sheet.rows), found.changes, there=count, unknown=sheet.unknown)

    found, preview = await asyncio.to_thread(compared)
    return Plan(preview, found.errors, lambda: catalogue.write(connection, found.records.values()))
