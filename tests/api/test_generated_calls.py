"""Whatever call is generated from the API's document, and whoever makes it: the answer is one that the document describes.

The calls are taken from the document that is served, so that one that is added is tried without being named here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from approval.model import MOST_ERRORS
from problems import MEDIA_TYPE, STATUS
from security_headers import NOTHING
from tests.api.target import USERS, Target
from tests.api.test_headers import SAID
from tests.clients import BASE, LINE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CALLERS: Final = (*USERS, None)
"""Users, and nobody."""

EXAMPLES: Final = 15
"""Calls of each operation, of each kind."""
LIKELY: Final[Mapping[str, Any]] = {
    "source": None,
    "purpose": "Máy tính",
    "desired_delivery_date": None,
    "currency": "VND",
    "lines": [LINE],
    "send": {},
    "approvers": {},
    "step": "manager",
    "note": "Không",
    "changes": None,
    "end": False,
    "username": "sales1",
    "process_key": "purchase-approval",
    "occurred_at": "2026-11-24T03:00:00Z",
}
"""What half of the bodies say where they say anything about it, so that not all of them are refused."""

AS_GENERATED: Final = how(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def is_guarded(_: Any, response: Any, __: Any) -> None:
    """Every answer says what a browser may do with it, and that nobody keeps it."""
    said = {name: response.headers.get(name) for name in (*SAID, "content-security-policy", "cache-control")}
    wanted = {**SAID, "content-security-policy": NOTHING, "cache-control": "no-store"}
    assert said == {name: [value] for name, value in wanted.items()}, said
    assert not {"server", "x-powered-by"} & response.headers.keys()


def is_a_problem_if_refused(_: Any, response: Any, case: Any) -> None:
    """Every refusal is a problem with a code that stands at its status, a bounded list of places, and no word of ours."""
    if response.status_code < 400 or (response.status_code == 503 and case.path.startswith("/readyz")):
        return
    assert response.headers["content-type"] == [MEDIA_TYPE]
    problem = json.loads(response.content)
    assert (problem["status"], STATUS[problem["code"]]) == (response.status_code, response.status_code)
    assert problem["type"] == f"urn:problem:{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    assert len(problem.get("errors", ())) <= MOST_ERRORS
    assert not [word for word in ("Traceback", "asyncpg", "pydantic", "SELECT ", ".py") if word in problem["detail"]]


CHECKS: Any = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    is_guarded,
    is_a_problem_if_refused,
]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "not-fitting"])
async def test_every_operation_answers_as_its_document_says(target: Target, mode: GenerationMode) -> None:
    statuses = await asyncio.to_thread(_fuzz, target, mode)
    if mode is GenerationMode.POSITIVE:
        assert all(statuses.values())
        done = [label for label, found in statuses.items() if min(found) < 300]
        assert len(done) > len(statuses) / 2, "most of what is generated should get somewhere"


def _fuzz(target: Target, mode: GenerationMode) -> dict[str, list[int]]:
    """Every operation of the document, with generated calls; the statuses that each was answered with."""
    document: Any = schemathesis.openapi.from_url(f"{target.url}{BASE}/openapi.json")
    statuses: dict[str, list[int]] = {}
    failures: list[str] = []
    for result in document.get_all_operations():
        operation = result.ok()
        found = statuses[operation.label] = []
        try:
            _calls(target, operation, mode, found)()
        except BaseException as error:  # a group of schemathesis's failures
            if not isinstance(error, Unsatisfiable):  # nothing about this operation can be wrong
                failures.append(f"{operation.label}: {_words(error)}")
    assert not failures, "\n\n".join(failures)
    return statuses


def _calls(target: Target, operation: Any, mode: GenerationMode, found: list[int]) -> Callable[[], None]:
    @AS_GENERATED
    @given(case=operation.as_strategy(mode), choices=st.tuples(*[st.integers(0, 1000)] * 3))
    def call(case: Any, choices: tuple[int, int, int]) -> None:
        who, which, likely = choices
        if likely % 2:
            _make_likely(case, target, which)
        caller = CALLERS[who % len(CALLERS)]
        response = case.call(headers=target.headers(caller))
        found.append(response.status_code)
        case.validate_response(response, checks=CHECKS)
        if operation.definition.raw.get("security"):
            sent = response.request.headers.get("Authorization")  # calls that do not fit may come without
            is_signed_in = caller is not None and sent == target.headers(caller)["Authorization"]
            assert (response.status_code == 401) is not is_signed_in
        if response.status_code == 201 and case.path.endswith("/purchase-requests"):
            target.ids["request_id"].append(response.json()["id"])

    return call


def _make_likely(case: Any, target: Target, which: int) -> None:
    """Have a call be about something that is there, as it is there, and say what might be said of it."""
    for name, there in target.ids.items():
        if name in case.path_parameters:
            case.path_parameters[name] = there[which % len(there)]
    if "If-Match" in case.headers or case.method == "PATCH":
        case.headers["If-Match"] = "*"
    if isinstance(case.body, dict):
        case.body = {name: LIKELY.get(name, value) for name, value in case.body.items()}


def _words(error: BaseException) -> str:
    nested = [_words(part) for part in getattr(error, "exceptions", ())]
    return "; ".join(nested) or f"{type(error).__name__}: {error}"
