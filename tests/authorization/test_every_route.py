"""Nothing is served of which the matrix does not say who may use it."""

from __future__ import annotations

from fastapi import FastAPI

from tests.authorization.calls import BODIES, FORMS, LISTS
from tests.authorization.matrix import calls
from tests.served import pages_of, routes


async def test_every_call_of_the_document_stands_in_the_matrix(app: FastAPI) -> None:
    described = {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods}
    assert described - {call.route for call in calls()} == set()


async def test_every_route_stands_in_the_matrix_and_the_matrix_names_no_other(app: FastAPI) -> None:
    assert {*routes(app), *routes(pages_of(app))} == {call.route for call in calls()}


def test_what_is_said_of_how_a_call_is_made_is_about_a_call_of_the_matrix() -> None:
    assert {*BODIES, *FORMS, *LISTS} <= {call.label for call in calls()}
