"""Several questions to the database in one statement: of a page that asks many small ones, round trips cost more than answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol

from crm.pool import Connection, Pool

_PARAMETER: Final = re.compile(r"\$(\d+)")
_TEXTS: Final = "text[]"
"""A list of texts is the same as JSON."""
_columns: Final[dict[str, dict[str, str]]] = {}
"""The columns of queries and their types, known for as long as the process lives."""


class Reader(Protocol):
    """Whatever answers questions: the pool, a connection, or ``Together``."""

    async def fetch(self, query: str, /, *args: Any) -> Sequence[Any]:
        """All rows of an answer; each has its values by the names of its columns."""


class _Question(NamedTuple):
    query: str
    arguments: tuple[Any, ...]
    answer: asyncio.Future[list[dict[str, Any]]]


class Together:
    """Asks what is asked of it at the same time (``asyncio.gather``) in one statement, on one connection, as of one moment.

    Args:
        pool: of the database.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._questions: list[_Question] = []
        self._asking: asyncio.Task[None] | None = None

    async def fetch(self, query: str, /, *args: Any) -> list[dict[str, Any]]:
        """All rows of an answer, by the names of their columns.

        Args:
            query: one SELECT whose text is the same at every call, with $1, $2, … for the arguments and no such words else.

        Raises:
            OSError, asyncpg.PostgresError: what any of the questions failed with.
            TypeError: a column that is an array, but of texts, or of a type of one's own.
        """
        question = _Question(query, args, asyncio.get_running_loop().create_future())
        self._questions.append(question)
        if len(self._questions) == 1:  # the task begins when everybody has asked who is about to
            self._asking = asyncio.create_task(self._ask())
        return await question.answer

    async def _ask(self) -> None:
        questions, self._questions = self._questions, []
        try:
            async with self._pool.acquire() as connection:
                for question in questions:
                    await _learn_columns(connection, question.query)
                row = await connection.fetchrow(
                    _in_one(questions), *(one for each in questions for one in each.arguments)
                )
            assert row is not None  # noqa: S101 - it is a SELECT without FROM
        except Exception as error:
            for question in questions:
                if not question.answer.done():
                    question.answer.set_exception(error)
            return
        for question, rows in zip(questions, row, strict=True):
            if not question.answer.done():
                question.answer.set_result([dict(zip(_columns[question.query], each, strict=True)) for each in rows])


async def _learn_columns(connection: Connection, query: str) -> None:
    """Ask what a query answers with, the first time that it is asked.

    Raises:
        TypeError: a type that the driver reads in rows within rows only if it has met it before on the same connection.
    """
    if query in _columns:
        return
    attributes = (await connection.prepare(query)).get_attributes()
    for one in attributes:
        if (one.type.kind != "scalar" or one.type.schema != "pg_catalog") and one.type.name != _TEXTS:
            raise TypeError(f"{one.name} is of the type {one.type.name}; make it JSON")
    _columns[query] = {one.name: one.type.name for one in attributes}


def _in_one(questions: Sequence[_Question]) -> str:
    """One statement whose row has the rows of each question as an array."""
    parts, given = [], 0
    for question in questions:
        pieces = _PARAMETER.split(question.query)  # texts and, in between, numbers of parameters
        pieces[1::2] = [f"${int(number) + given}" for number in pieces[1::2]]
        columns = [
            f'to_jsonb(answer."{name}")' if kind == _TEXTS else f'answer."{name}"'
            for name, kind in _columns[question.query].items()
        ]
        parts.append(f"ARRAY(SELECT ROW({', '.join(columns)}) FROM ({''.join(pieces)}) answer)")  # noqa: S608
        given += len(question.arguments)
    return f"SELECT {', '.join(parts)}"
