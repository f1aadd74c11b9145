"""Nothing is served of which the matrix does not say who may use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tests.authorization.calls import BODIES, FORMS, LISTS
from tests.authorization.matrix import calls


async def test_every_call_of_the_document_stands_in_the_matrix(app: FastAPI) -> None:
    described = {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods}
    assert described - {call.route for call in calls()} == set()


async def test_every_route_stands_in_the_matrix_and_the_matrix_names_no_other(app: FastAPI) -> None:
    assert {*routes(app), *routes(pages_of(app))} == {call.route for call in calls()}


def test_what_is_said_of_how_a_call_is_made_is_about_a_call_of_the_matrix() -> None:
    assert {*BODIES, *FORMS, *LISTS} <= {call.label for call in calls()}


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
