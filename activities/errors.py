"""Which database errors pass and which stay: the first are retried for as long as they last, the second never."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

import asyncpg
from temporalio.exceptions import ApplicationError

from crm.pool import is_wrong_argument

PERMANENT_CLASSES = ("22", "23")
"""SQLSTATE classes that no retry cures: data exceptions and integrity violations.

A table, column or privilege that is missing (42) is not among them: the worker may be ahead of its migration. Nor is what a
defect of ours makes of rows that are right: whoever mends it finds the message still waiting.
"""

PERMANENT = "PermanentDatabaseError"
"""Type of the application error that stands for them."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def is_permanent(error: BaseException) -> bool:
    """Whether trying again cannot help."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(PERMANENT_CLASSES)
    return is_wrong_argument(error)


def classify(
    function: Callable[Arguments, Coroutine[Any, Any, Result]],
) -> Callable[Arguments, Coroutine[Any, Any, Result]]:
    """Have an activity fail for good on permanent errors, and be retried on all others."""

    @functools.wraps(function)
    async def wrapper(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return await function(*args, **kwargs)
        except Exception as error:
            if is_permanent(error):
                raise ApplicationError(str(error), type=PERMANENT, non_retryable=True) from error
            raise

    return wrapper
