"""What is looked at before a process is saved or published, in its document and in the directory; and publishing it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime

from pydantic_core import PydanticCustomError

from approval.document_people import named_approvers, named_targets, quorums
from approval.matrix_document import gaps, rows_of
from approval.model import Code, FieldError, refuse
from approval.process import ByManager, ByMatrix, ByRole, ByUser, PurchaseProcess, folded
from approval.process_document import outdated_labels, process_errors, read_process
from approval.text import mended
from crm import directory, matrices, products
from crm.pool import Connection, Pool
from crm.processes import ProcessVersion, load_version, newest_version


async def publish(pool: Pool, key: str, *, by: str, at: datetime) -> ProcessVersion | None:
    """Make the draft the next version. Publishing a draft that is the newest version already changes nothing.

    Returns:
        The newest version, or None when there is no such process.

    Raises:
        RefusedError: ``process_invalid``: people have left since the draft was saved, more is asked of processes, or the
            matrix leaves requests out.
    """
    async with pool.acquire() as connection, connection.transaction():
        draft = await connection.fetchval("SELECT draft FROM processes WHERE key = $1 FOR UPDATE", key)
        if draft is None:
            return None
        definition = await check_document(connection, draft, key=key)
        missing = await matrix_gaps(connection, definition)
        if missing:
            raise refuse(Code.PROCESS_INVALID, *missing)
        newest = await newest_version(connection, key)
        if newest is not None and newest.document == definition:
            return newest
        version = newest.version + 1 if newest else 1
        await connection.execute(
            """INSERT INTO process_versions (process_key, version, document, matrix, published_by, published_at)
               SELECT key, $2, draft, draft_matrix, $3, $4 FROM processes WHERE key = $1""",
            key,
            version,
            by,
            at,
        )
        return await load_version(connection, key, version)


async def check_document(executor: Pool | Connection, document: object, *, key: str | None) -> PurchaseProcess:
    """The process that a document describes, once everything about it has been found valid.

    Args:
        executor: where to look up people and keys.
        document: its values.
        key: of the process whose draft this is; None for a new process, whose key must be free.

    Raises:
        RefusedError: ``process_invalid``, pointing at every wrong place; ``condition_too_costly`` where nothing else is
            wrong.
    """
    document = await _with_rows_of_draft(executor, document, key)
    errors = await asyncio.to_thread(process_errors, document)
    if isinstance(document, dict) and not any(error.pointer == "/key" for error in errors):
        errors += await _wrong_key(executor, document["key"], key)
    errors += await _unknown_people(executor, document)
    errors += await _unknown_names(executor, document)
    errors += await _out_of_reach(executor, document)
    newest = await newest_version(executor, key) if key is not None else None
    if newest is not None:
        errors += outdated_labels(document, newest.document, newest.version)
    if errors:
        too_costly = all(error.message == Code.CONDITION_TOO_COSTLY for error in errors)
        raise refuse(Code.CONDITION_TOO_COSTLY if too_costly else Code.PROCESS_INVALID, *errors)
    return await asyncio.to_thread(read_process, document)


async def matrix_gaps(executor: Pool | Connection, definition: PurchaseProcess) -> list[FieldError]:
    """The requests that no row of a process's matrix is for; steps with a condition are for some requests only, and are left
    out."""
    if definition.matrix is None:
        return []
    asking = [
        step.key
        for step in definition.approval_steps
        if step.when is None and all(isinstance(source, ByMatrix) for source in step.approvers)
    ]
    return await asyncio.to_thread(gaps, definition.matrix, asking, await directory.departments(executor))


async def _with_rows_of_draft(executor: Pool | Connection, document: object, key: str | None) -> object:
    """The document with the rows that its draft has, where it leaves them out."""
    matrix = document.get("matrix") if isinstance(document, dict) else None
    if key is None or not isinstance(document, dict) or not isinstance(matrix, dict) or "rows" in matrix:
        return document
    return {**document, "matrix": {**matrix, "rows": await matrices.draft_rows(executor, key)}}


async def _wrong_key(executor: Pool | Connection, written: str, key: str | None) -> list[FieldError]:
    if key is not None:
        return [] if written == key else [FieldError(pointer="/key", message="key_differs", params={"value": key})]
    taken = await executor.fetchval("SELECT true FROM processes WHERE key = $1", written)
    return [FieldError(pointer="/key", message="key_taken", params={"key": written})] if taken else []


async def _out_of_reach(executor: Pool | Connection, document: object) -> list[FieldError]:
    """Quorums that the people of their steps could not reach, whosever request it is."""
    errors = []
    asked = list(quorums(document))
    users = {source.user for _, _, sources in asked for source in sources if isinstance(source, ByUser)}
    roles = {source.role for _, _, sources in asked for source in sources if isinstance(source, ByRole)}
    people = await directory.roles_of_active(executor, users, roles) if asked else {}
    for pointer, quorum, sources in asked:
        named = {source.user for source in sources if isinstance(source, ByUser)}
        holding = {source.role for source in sources if isinstance(source, ByRole)}
        managers = sum(isinstance(source, ByManager) for source in sources)
        there = managers + sum(name in named or not holding.isdisjoint(held) for name, held in people.items())
        if there < quorum:
            params = {"needed": str(quorum), "there": str(there)}
            errors.append(FieldError(pointer=pointer, message="quorum_unreachable", params=params))
    return errors


async def _unknown_names(executor: Pool | Connection, document: object) -> list[FieldError]:
    """Departments and categories of the matrix that nobody and nothing is of, so that their rows can never match."""
    rows = list(rows_of(document))
    if not rows:
        return []
    known = {
        "department": {folded(name) for name in await directory.departments(executor)},
        "product_category": {folded(name) for name in await products.categories(executor)},
    }
    messages = {"department": "no_such_department", "product_category": "no_such_category"}
    return [
        FieldError(pointer=f"{pointer}/{column}", message=messages[column], params={"value": name[:100]})
        for pointer, written in rows
        for column, names in known.items()
        if isinstance(name := written.get(column), str) and name.strip() and not _is_one_of(names, name)
    ]


def _is_one_of(names: Collection[str], name: str) -> bool:
    """Whether a name is known, or is none: characters that no text may hold are refused for themselves."""
    try:
        return folded(mended(name, lines=False)) in names
    except PydanticCustomError:
        return True


async def _unknown_people(executor: Pool | Connection, document: object) -> list[FieldError]:
    approvers = {**named_approvers(document), **named_targets(document)}
    users = {source.user for source in approvers.values() if isinstance(source, ByUser)}
    roles = {source.role for source in approvers.values() if isinstance(source, ByRole)}
    known_users, known_roles = await directory.known(executor, users, roles)
    errors = []
    for pointer, source in approvers.items():
        if isinstance(source, ByUser) and source.user not in known_users:
            errors.append(FieldError(pointer=pointer, message="no_such_user", params={"value": source.user}))
        if isinstance(source, ByRole) and source.role not in known_roles:
            errors.append(FieldError(pointer=pointer, message="no_such_role", params={"value": source.role}))
    return errors
