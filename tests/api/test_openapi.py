"""The served OpenAPI document says everything that clients may rely on, and its examples are true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest
import pytest_asyncio
from fastapi import FastAPI

from api.docs import FILES
from api.problems import EVERY_ROUTE
from tests.clients import BASE, request_body
from tests.conftest import SignIn

CALLS = [
    "",
    "GET /me",
    "GET /connection",
    "PUT /connection",
    "DELETE /connection",
    "GET /sales-orders",
    "GET /sales-orders/{id}",
    "GET /opportunities",
    "GET /opportunities/{id}",
    "GET /sales-orders/{id}/purchase-requests",
    "GET /opportunities/{id}/purchase-requests",
    "GET /sales-orders/{id}/purchase-request-draft",
    "GET /opportunities/{id}/purchase-request-draft",
    "POST /purchase-requests",
    "GET /purchase-requests",
    "GET /purchase-requests/{id}",
    "PATCH /purchase-requests/{id}",
    "DELETE /purchase-requests/{id}",
    "GET /purchase-requests/{id}/approval-preview",
    "POST /purchase-requests/{id}/send",
    "POST /purchase-requests/{id}/approve",
    "POST /purchase-requests/{id}/reject",
    "POST /purchase-requests/{id}/recall",
    "POST /purchase-requests/{id}/cancel",
    "GET /purchase-requests/{id}/timeline",
    "GET /purchase-requests/{id}/commands/{command_id}",
    "GET /purchase-requests/{id}/attachments",
    "POST /purchase-requests/{id}/attachments",
    "GET /purchase-requests/{id}/attachments/{attachment_id}",
    "DELETE /purchase-requests/{id}/attachments/{attachment_id}",
    "GET /inbox",
    "GET /processes",
    "GET /processes/{key}",
    "PUT /processes/{key}/draft",
    "POST /processes/{key}/publish",
    "GET /processes/{key}/versions/{n}",
    "POST /purchasing/events",
    "POST /demo/token",
    "GET /connectors/amis",
    "PUT /connectors/amis",
    "POST /connectors/amis/sync",
    "GET /connectors/amis/failures",
    "POST /connectors/amis/failures/{id}/retry",
    "POST /connectors/amis/hint",
    "",
][1:-1]

CODES = [
    "unauthenticated",
    "insufficient_user_authentication",
    "forbidden",
    "not_your_step",
    "self_approval",
    "not_found",
    "not_connected",
    "not_acceptable",
    "request_locked",
    "request_busy",
    "step_closed",
    "run_ended",
    "not_completed",
    "not_scanned_yet",
    "infected",
    "stale_version",
    "if_match_required",
    "invalid",
    "note_required",
    "field_not_editable",
    "approver_not_chosen",
    "approver_not_eligible",
    "no_eligible_approver",
    "process_invalid",
    "condition_too_costly",
    "event_id_reused",
    "order_exists",
    "idempotency_key_reused",
    "too_many_requests",
    "range_not_satisfiable",
    "engine_unavailable",
    "database_unavailable",
    "storage_unavailable",
]

OPEN = ("/demo/token", "/connectors/amis/hint")
"""Calls without a token."""
DECISIONS = (
    "send",
    "approve",
    "reject",
    "recall",
    "cancel",
    "remind",
    "forward",
    "consult",
    "answer",
    "add-approver",
    "resolve-hold",
)


@pytest.fixture(scope="module")
def document(app: FastAPI) -> Any:
    return app.openapi()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(http: httpx.AsyncClient) -> Any:
    return (await http.get(f"{BASE}/openapi.json")).json()


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def unnamed(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


async def test_the_document_is_served_where_the_contract_says(served: Any, document: Any) -> None:
    assert served["openapi"].startswith("3.1")
    assert served["paths"] == document["paths"]


@pytest.mark.parametrize("call", CALLS)
def test_every_call_of_the_contract_is_in_the_document(document: Any, call: str) -> None:
    method, path = call.split()
    described = {(verb, unnamed(place)) for verb, place, _ in operations(document)}
    assert (method, unnamed(BASE + path)) in described


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/readyz/all", "/metrics"])
def test_the_addresses_for_machines_are_in_the_document(document: Any, path: str) -> None:
    assert "get" in document["paths"][path]


def test_every_call_says_in_words_what_it_does(document: Any) -> None:
    summaries = [operation["summary"] for _, _, operation in operations(document)]
    assert len(set(summaries)) == len(summaries)
    for summary in summaries:
        assert re.fullmatch(r"[A-Z][a-z]+ [^`\n]{10,110}", summary), summary
        assert not summary.istitle(), summary


def test_every_call_has_a_name_that_is_also_one_of_code(document: Any) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name), name


def test_calls_are_in_groups_that_come_in_the_order_of_the_document(document: Any) -> None:
    groups = [group["name"] for group in document["tags"]]
    used = [operation["tags"][0] for _, _, operation in operations(document)]
    assert list(dict.fromkeys(used)) == groups


def problems(document: Any) -> Iterator[tuple[str, str, str, Any]]:
    for method, path, operation in operations(document):
        for status, response in operation["responses"].items():
            for code, example in (
                response.get("content", {}).get("application/problem+json", {}).get("examples", {}).items()
            ):
                yield f"{method} {path}", status, code, example["value"]


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_contract_is_in_an_example(document: Any, code: str) -> None:
    found = [value for _, _, shown, value in problems(document) if shown == code]
    assert found
    assert {value["code"] for value in found} == {code}


def test_a_problem_stands_at_its_status(document: Any) -> None:
    for call, status, code, value in problems(document):
        assert str(value["status"]) == status, (call, code)


def test_every_error_answer_is_a_problem_with_an_example(document: Any) -> None:
    for method, path, operation in operations(document):
        for status, response in operation["responses"].items():
            if status >= "400" and not path.startswith("/readyz"):
                assert list(response["content"]) == ["application/problem+json"], (method, path, status)
                assert response["content"]["application/problem+json"]["examples"], (method, path, status)


def test_every_authenticated_call_can_be_refused_for_who_calls_and_for_what_is_away(document: Any) -> None:
    for method, path, operation in operations(document):
        if path.startswith(BASE) and not path.endswith(OPEN):
            assert operation["responses"].keys() >= {"401", "403", "422", "503"}, (method, path)
            assert operation["security"], (method, path)
            if "{" in path:
                assert "404" in operation["responses"], (method, path)


def test_every_authenticated_call_names_every_code_that_any_of_them_can_answer(document: Any) -> None:
    found: dict[str, set[str]] = {}
    for call, _, code, _ in problems(document):
        found.setdefault(call, set()).add(code)
    for method, path, _ in operations(document):
        if path.startswith(BASE) and not path.endswith(OPEN):
            assert set(EVERY_ROUTE) <= found[f"{method} {path}"], (method, path)


async def test_a_method_that_an_address_does_not_take_is_refused_with_all_that_it_takes(
    document: Any, http: httpx.AsyncClient
) -> None:
    told, described = {}, {}
    for path, methods in document["paths"].items():
        described[path] = {method.upper() for method in methods}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - described[path]:
            answer = await http.request(method, re.sub(r"\{\w+\}", "x", path))
            assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), (method, path)
            told[path] = set(answer.headers["allow"].split(", "))
    assert told == described


@pytest.mark.parametrize("action", DECISIONS)
def test_a_decision_answers_200_or_202_and_takes_if_match(document: Any, action: str) -> None:
    operation = document["paths"][f"{BASE}/purchase-requests/{{request_id}}/{action}"]["post"]
    assert operation["responses"].keys() >= {"200", "202", "403", "404", "409", "412", "422", "503"}
    assert "if-match" in {parameter["name"].lower() for parameter in operation["parameters"]}


def test_a_draft_takes_the_version_that_was_seen_and_a_condition_may_be_too_costly(document: Any) -> None:
    operation = document["paths"][f"{BASE}/processes/{{key}}/draft"]["put"]
    assert operation["responses"].keys() >= {"200", "403", "412", "422"}
    assert {"if-match", "if-none-match"} <= {parameter["name"].lower() for parameter in operation["parameters"]}
    assert "condition_too_costly" in str(operation["responses"]["422"])
    steps = document["components"]["schemas"]["StepDefinition"]["properties"]
    assert (steps["when"]["anyOf"][0]["maxLength"], steps["deadline_hours"]["anyOf"][0]["maximum"]) == (2000, 2000)


def test_every_post_takes_an_idempotency_key(document: Any) -> None:
    for method, path, operation in operations(document):
        if method == "POST":
            names = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
            assert "idempotency-key" in names, path


def bodies(document: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every JSON body with each of its examples."""
    for method, path, operation in operations(document):
        parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
        for part, body in parts.items():
            for media_type, content in body.get("content", {}).items():
                if "json" not in media_type:
                    continue
                name = f"{method} {path} {part}"
                if "example" in content:
                    yield name, content["schema"], content["example"]
                for example in content.get("examples", {}).values():
                    yield name, content["schema"], example["value"]
                if not content.keys() & {"example", "examples"}:
                    pytest.fail(f"{name} has no example")


def test_every_body_has_an_example_that_fits_its_schema(document: Any) -> None:
    wrong = []
    for name, schema, example in bodies(document):
        whole = {**schema, "components": document["components"]}
        for error in jsonschema_rs.Draft202012Validator(whole, validate_formats=True).iter_errors(example):
            wrong.append(f"{name}: {error.message} at {list(error.instance_path)}")
    assert not wrong, "\n".join(wrong)


def test_every_model_of_a_request_says_how_it_may_look(document: Any) -> None:
    components = document["components"]["schemas"]
    for method, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content and "$ref" in (content["schema"] or {}) and "examples" not in content:
            name = content["schema"]["$ref"].rsplit("/", 1)[1]
            assert components[name].get("examples"), (method, path, name)


def test_every_model_has_a_name_of_its_own(document: Any) -> None:
    """Two that had one would be told apart by their modules, or as input and output; so would they be in clients that are generated."""
    wrong = [
        name
        for name in document["components"]["schemas"]
        if not re.fullmatch(r"([A-Z][a-z0-9]+|[A-Z]+(?=[A-Z]|$))+", name)
    ]
    assert wrong == []


def properties(document: Any) -> Iterator[tuple[str, str, Any]]:
    for model, schema in document["components"]["schemas"].items():
        for name, value in schema.get("properties", {}).items():
            yield model, name, [choice for choice in alternatives(value) if choice.get("type") != "null"]


def alternatives(schema: Any) -> list[Any]:
    return [one for choice in schema["anyOf"] for one in alternatives(choice)] if "anyOf" in schema else [schema]


def test_ids_times_and_dates_say_what_they_are(document: Any) -> None:
    for model, name, choices in properties(document):
        formats = {choice.get("format") for choice in choices}
        if (model, name) == ("NewLine", "id"):
            assert not choices, "the server gives it"
        elif name in {"id", "command_id", "process_id", "source_line_id", "line_id"}:
            assert formats == {"uuid"}, (model, name)
        if name == "deadline" and model in {"ProcessStep", "StepDefinition", "MatrixRow", "MatrixRowDefinition"}:
            continue  # how long, not until when
        if name in {"at", "deadline", "opened_at", "created_at", "updated_at", "occurred_at", "published_at"}:
            assert formats == {"date-time"}, (model, name)
        if name in {"request_date", "desired_delivery_date", "delivery_date"}:
            assert formats == {"date"}, (model, name)


def test_money_and_quantities_are_decimal_strings(document: Any) -> None:
    for model, name, choices in properties(document):
        if name in {
            "total",
            "unit_price",
            "quantity",
            "quantity_received",
            "quantity_requested",
            "ordered",
            "requested",
        }:
            assert "string" in {choice.get("type") for choice in choices}, (model, name, choices)
            if model in {"PurchaseRequest", "Line", "Source", "SourceLine", "RequestItem"}:
                assert [choice["type"] for choice in choices] == ["string"], (model, name)


def test_an_answer_that_says_to_come_again_is_documented_with_when(document: Any) -> None:
    told = set()
    for method, path, operation in operations(document):
        for status, response in operation["responses"].items():
            codes = response.get("content", {}).get("application/problem+json", {}).get("examples", {})
            again = {code for code in codes if code in ("too_many_requests", "request_busy") or status == "503"}
            assert not again or "Retry-After" in response["headers"], (method, path, status)
            told |= again
    assert told >= {"too_many_requests", "request_busy", "database_unavailable"}


async def test_a_real_request_looks_as_the_document_says(document: Any, sign_in: SignIn) -> None:
    request = await (await sign_in("sales1")).create()
    schema = {"$ref": "#/components/schemas/PurchaseRequest", "components": document["components"]}
    jsonschema_rs.validate(schema, request)
    example = document["paths"][f"{BASE}/purchase-requests"]["post"]["requestBody"]["content"]["application/json"]
    assert set(request_body()) <= set(example["schema"].get("properties", {})) or "$ref" in example["schema"]


async def test_the_pages_for_people_load_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    addresses = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert len(addresses) >= 3
    for address in addresses:
        assert address.startswith("/docs/files/"), address
        answer = await http.get(address)
        assert answer.status_code == 200, address
        assert len(answer.content) > 300, address
    assert not re.search(r"://|<script>|<style|\son\w+=|\sstyle=", page.text)
    assert f"{BASE}/openapi.json" in page.text


def test_the_vendored_pages_tell_their_version_and_licence() -> None:
    note = (FILES / "README.md").read_text(encoding="utf-8")
    assert re.search(r"swagger-ui-dist` \d+\.\d+\.\d+", note)
    assert "Apache License" in (FILES / "LICENSE").read_text(encoding="utf-8")
