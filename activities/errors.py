"""Which database errors pass and which stay: the first are retried for as long as they last, the second never."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from temporalio.exceptions import ApplicationError

from crm.pool import is_permanent

PERMANENT = "PermanentDatabaseError"
"""Type of the application error that stands for them."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


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
