"""Views of the list of requests: everybody keeps their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from application.caller import Caller
from approval.model import Code, FieldError, Input, refuse
from approval.values import RequiredText
from crm import list_views
from crm.list_views import ListView
from crm.pool import Pool

MOST_VIEWS: Final = 20
"""Of one person."""


class ViewName(Input):
    """What a view is called, and whether it is what its owner sees first."""

    name: Annotated[RequiredText, Field(max_length=60)]
    is_default: bool = False


async def save(pool: Pool, caller: Caller, view_id: UUID, name: ViewName, address: Mapping[str, str]) -> ListView:
    """Keep a view; the same once more changes nothing.

    Args:
        view_id: its id, which whoever calls has made.
        address: what the list is narrowed to and sorted by, and its columns.

    Raises:
        RefusedError: ``invalid``: another one has its name, or the caller has as many as one may.
    """
    return await _put(pool, caller, view_id, name=name, address=address, is_new=True)


async def rename(pool: Pool, caller: Caller, view_id: UUID, name: ViewName) -> ListView:
    """Give a view another name, and make it the default or not.

    Raises:
        RefusedError: ``not_found``; ``invalid``: another one has this name.
    """
    return await _put(pool, caller, view_id, name=name)


async def replace(pool: Pool, caller: Caller, view_id: UUID, address: Mapping[str, str]) -> ListView:
    """Have a view be what the list is now, under its old name.

    Raises:
        RefusedError: ``not_found``.
    """
    return await _put(pool, caller, view_id, address=address)


async def _put(
    pool: Pool,
    caller: Caller,
    view_id: UUID,
    *,
    name: ViewName | None = None,
    address: Mapping[str, str] | None = None,
    is_new: bool = False,
) -> ListView:
    async with pool.acquire() as connection, connection.transaction():
        known = {view.id: view for view in await list_views.lock(connection, caller.username)}
        before = known.get(view_id)
        if before is None and not is_new:
            raise refuse(Code.NOT_FOUND)
        if before is None and len(known) >= MOST_VIEWS:
            raise refuse(Code.INVALID, _wrong("too_many_views", most=str(MOST_VIEWS)))
        if name is not None and any(
            view.name.casefold() == name.name.casefold() for view in known.values() if view.id != view_id
        ):
            raise refuse(Code.INVALID, _wrong("view_name_taken", value=name.name))
        view = ListView(
            id=view_id,
            name=name.name if name else before.name if before else "",
            address=address if address is not None else before.address if before else {},
            is_default=name.is_default if name else bool(before and before.is_default),
        )
        await list_views.put(connection, caller.username, view, at=datetime.now(UTC))
    return view


def _wrong(message: str, **params: str) -> FieldError:
    return FieldError(pointer="/name", message=message, params=params)
