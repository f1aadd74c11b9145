"""What is served: the routes of the API and of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts


def routes(app: FastAPI) -> Iterator[str]:
    """Method and path of whatever an application serves."""
    for context in iter_route_contexts(app.routes):
        for method in (context.methods or {"GET"}) - {"HEAD"}:
            yield f"{method} {context.path}"


def pages_of(app: FastAPI) -> FastAPI:
    """The application of the pages, which answers whatever the API does not, inside of what guards it."""
    inner: Any = next(item.kwargs["pages"] for item in app.user_middleware if "pages" in item.kwargs)
    while not isinstance(inner, FastAPI):
        inner = next(value for name, value in vars(inner).items() if name in ("app", "_app"))
    return inner
