"""What of an answer is for whom, and what of a call is nobody's to say: fields that the server owns, ids of another's things.

Sources: OWASP API Security Top 10 2023, API1 and API3; ``domain.md``, decisions 2, 4 and 13.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import reduce
from typing import Any, Final, NamedTuple
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from api.examples import sample
from application.caller import Caller
from application.views import PurchaseRequest
from approval.model import MOST_ERRORS
from crm.drafts import LineDraft, RequestDraft
from crm.records import LineRecord
from tests.api.setting import DIRECTOR_ONLY, draft, publish
from tests.authorization.calls import FORMS
from tests.authorization.matrix import of_requests
from tests.authorization.people import STEPS, Person
from tests.authorization.subjects import Subjects
from tests.clients import BASE, LINE, request_body

DEEPEST: Final = 8
SERVERS_OWN: Final = frozenset(
    {
        *PurchaseRequest.model_fields,
        *LineRecord.model_fields,
        *Caller.model_fields,
        "actor",
        "role",
        "roles",
        "is_admin",
    }
)
"""What the server says of a request, its lines and people, and never takes from anybody, but for what a body has."""


# Answers.


async def test_a_request_is_the_same_to_all_who_see_it_but_for_what_they_may_do(
    people: Mapping[str, Person], subjects: Subjects
) -> None:
    subject = await subjects.of("completed", "owner")
    seen = {
        name: await person.api.request(subject.id) for name, person in people.items() if await sees(person, subject.id)
    }
    allowed = {name: request.pop("allowed_actions") for name, request in seen.items()}
    assert len({str(request) for request in seen.values()}) == 1
    assert set(map(tuple, allowed.values())) == {()}, "nothing is left to be done with it"
    assert set(seen) == set(people) - {"colleague", "elsewhere", "stand-in"}


async def sees(person: Person, request_id: str) -> bool:
    return (await person.api.call("GET", f"/purchase-requests/{request_id}")).status_code == 200


@pytest.mark.parametrize("state", ["draft", "in progress", "returned"])
async def test_what_one_may_do_is_told_as_the_matrix_has_it(
    state: str, people: Mapping[str, Person], subjects: Subjects
) -> None:
    """``allowed_actions`` promises nothing that is refused, and hides nothing that is not."""
    subject = await subjects.of(state, "owner")
    names = {"PATCH": "edit", "DELETE": "delete", "send": "send", "approve": "approve", "reject": "reject"}
    names |= {"recall": "recall", "cancel": "cancel", "remind": "remind", "resolve-approvers": "resolve_approvers"}
    names |= {
        "resolve-hold": "resolve_hold",
        "forward": "forward",
        "consult": "consult",
        "add-approver": "add_approver",
    }
    promised, done = {}, {}
    for name, person in people.items():
        if name != "owning admin" and await sees(person, subject.id):
            promised[name] = set((await person.api.request(subject.id))["allowed_actions"])
            done[name] = {
                names[action]
                for table in of_requests()
                for call in table.calls
                if not call.is_page
                and (call.method == "POST" or call.path.endswith("/{request_id}"))
                and (action := call.path.rsplit("/", 1)[-1] if call.method == "POST" else call.method) in names
                and (call.method == "POST" or call.path.endswith("{request_id}"))
                and table.cells.get(name, {}).get(state) == "ok"
            }
    assert promised == done


async def test_a_draft_of_a_process_is_for_admins(people: Mapping[str, Person]) -> None:
    admin, others = people["admin"].api, [people[name].api for name in ("owner", "manager", "director", "purchasing")]
    await publish(admin, "shown", DIRECTOR_ONLY)
    await draft(admin, "shown", [{**DIRECTOR_ONLY[0], "name": "Secret"}], name="Secret", description="Secret")
    await draft(admin, "unseen", DIRECTOR_ONLY)
    whole = await admin.get("/processes/shown")
    for other in others:
        shown = await other.call("GET", "/processes/shown")
        assert "Secret" not in shown.text
        assert "etag" not in shown.headers
        assert whole.keys() - shown.json().keys() == {"draft", "draft_text", "draft_version"}
        assert shown.json()["updated_at"] == shown.json()["published_at"]
        listed = (await other.call("GET", "/processes")).text
        assert "Secret" not in listed
        assert "unseen" not in listed
        hidden, missing = [await other.call("GET", f"/processes/{key}") for key in ("unseen", "missing")]
        assert (hidden.status_code, hidden.text, hidden.headers) == (404, missing.text, missing.headers)
    assert {"shown", "unseen"} <= {item["key"] for item in (await admin.get("/processes"))["items"]}


# Fields of bodies.


class Place(NamedTuple):
    """An object within the body of a call, and the whole body around it."""

    call: str
    pointer: str
    known: frozenset[str]
    """The fields that it has."""
    body: Any


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def places(app: FastAPI) -> list[Place]:
    """Every object of every JSON body that the document describes."""
    document = app.openapi()
    schemas = document["components"]["schemas"]
    return [
        Place(f"{method.upper()} {path}", pointer, known, body)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for schema in [operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")]
        if schema is not None
        for body, found in [whole(schema, schemas)]
        for pointer, known in found
    ]


def whole(
    schema: Any, schemas: Mapping[str, Any], pointer: str = "", depth: int = 0
) -> tuple[Any, list[tuple[str, frozenset[str]]]]:
    """A body with everything in it that it may have, and where its objects are that take certain fields and no other."""
    if "$ref" in schema:
        return whole(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, pointer, depth)
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    if choices and depth < DEEPEST:
        return whole(choices[0], schemas, pointer, depth)
    if schema.get("type") == "array" and depth < DEEPEST:
        item, found = whole(schema["items"], schemas, f"{pointer}/0", depth + 1)
        return [item], found
    if "properties" not in schema or depth >= DEEPEST:
        return sample(schema, schemas), []
    value, places = {}, []
    if schema.get("additionalProperties") is False:
        places.append((pointer, frozenset(schema["properties"])))
    for name, inner in schema["properties"].items():
        value[name], found = whole(inner, schemas, f"{pointer}/{name}", depth + 1)
        places += found
    return value, places


def batched(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """As many names at once as an answer tells errors of."""
    return (names[start : start + size] for start in range(0, len(names), size))


async def test_what_the_server_owns_is_nobodys_to_say_in_any_object_of_any_body(
    places: list[Place], people: Mapping[str, Person], subjects: Subjects
) -> None:
    subject = await subjects.of("draft", "owning admin")
    for place in places:
        method, path = place.call.split(" ")
        person = people["purchasing" if "purchasing" in path else "owning admin"]
        for names in batched(sorted(SERVERS_OWN - place.known), MOST_ERRORS - 10):
            body = deepcopy(place.body)
            within = place.pointer.split("/")[1:]
            reduce(lambda value, key: value[int(key) if key.isdigit() else key], within, body).update(
                dict.fromkeys(names, "x")
            )
            ids = {"request_id": subject.id, "key": subject.process, "username": "manager1"}
            address = path.removeprefix(BASE).format(**ids, endpoint_id=uuid4(), comment_id=uuid4(), order_id=uuid4())
            answer = await person.api.call(method, address, body, If_Match='"1"')
            assert answer.status_code == 422, place
            assert answer.json()["code"] in ("invalid", "process_invalid"), place
            refused = {error["pointer"] for error in answer.json()["errors"]}
            one_of_several_forms = place.pointer in refused
            assert one_of_several_forms or {f"{place.pointer}/{name}" for name in names} <= refused, place
    assert len({place.call for place in places}) >= 13
    assert len(places) > len({place.call for place in places})


async def test_what_a_form_has_besides_its_own_fields_changes_nothing(
    people: Mapping[str, Person], subjects: Subjects
) -> None:
    subject, owner = await subjects.of("draft", "owner"), people["owner"]
    before = await owner.api.request(subject.id)
    more = dict.fromkeys(SERVERS_OWN - RequestDraft.model_fields.keys(), "x")
    more |= {f"lines.0.{name}": "9" for name in SERVERS_OWN - LineDraft.model_fields.keys()}
    more |= {"owner": "manager1", "process_status": "completed", "lines.0.id": before["lines"][0]["id"]}
    own = FORMS["POST /requests/{request_id}/edit"](subject, owner)
    answer = await owner.browser.http.post(
        f"/requests/{subject.id}/edit", data=more | dict(own), headers={"X-CSRF-Token": owner.csrf_token}
    )
    assert answer.status_code == 303
    after = await owner.api.request(subject.id)
    was, line = before["lines"][0], after["lines"][0]
    assert (line["id"], line["quantity_received"]) == (was["id"], was["quantity_received"])
    changed = {"version", "updated_at", "total", "routing_amount", "warnings", "lines", *RequestDraft.model_fields} - {
        "source"
    }
    assert {name: before[name] for name in before.keys() - changed} == {
        name: after[name] for name in after.keys() - changed
    }
    subjects.spent("draft", "owner")


# Ids of what is another's.


async def test_the_id_of_anothers_thing_is_refused_like_one_of_nothing(
    people: Mapping[str, Person], subjects: Subjects
) -> None:
    """Lines, sources' lines and commands of requests that one does not see, said in calls about one's own."""
    mine, theirs = await subjects.of("draft", "owning admin"), await subjects.of("in progress", "owner")
    completed = await subjects.of("completed", "owner")
    api, purchasing = people["owning admin"].api, people["purchasing"].api
    other_order = (await api.get("/sales-orders?limit=2"))["items"][1]
    other_line = (await api.get(f"/sales-orders/{other_order['id']}"))["lines"][0]["id"]
    event = {"occurred_at": "2026-11-24T03:00:00Z", "request_number": completed.number}

    async def edited(line: Mapping[str, Any]) -> httpx.Response:
        path = f"/purchase-requests/{mine.id}"
        return await api.call("PATCH", path, {"lines": [{**LINE, **line}]}, If_Match=f'"{mine.version}"')

    async def approved(line_id: str) -> httpx.Response:
        changes = {"lines": [{"id": line_id, "quantity": "1"}]}
        return await people["open"].api.act(theirs.id, "approve", {"step": STEPS["open"], "changes": changes})

    async def reported(line_id: str) -> httpx.Response:
        lines = [{"line_id": line_id, "quantity_received": "1"}]
        return await purchasing.call("POST", "/purchasing/events", {**event, "event_id": str(uuid4()), "lines": lines})

    async def ordered(line_id: str) -> httpx.Response:
        lines = [{"request_number": completed.number, "line_id": line_id, "quantity": "1"}]
        return await purchasing.call(
            "POST", "/purchasing/orders", {"number": "PO-1", "supplier": "FPT", "lines": lines}
        )

    async def asked(command_id: str) -> httpx.Response:
        return await api.call("GET", f"/purchase-requests/{mine.id}/commands/{command_id}")

    async def revoked(substitution_id: str) -> httpx.Response:
        return await people["colleague"].api.call("DELETE", f"/substitutions/{substitution_id}")

    stood_in = (await people["open"].api.get("/substitutions"))["items"][0]["id"]
    tries: list[tuple[Callable[[str], Awaitable[httpx.Response]], str, int]] = [
        (lambda value: edited({"id": value}), theirs.line_id, 422),
        (lambda value: edited({"source_line_id": value}), other_line, 422),
        (approved, completed.line_id, 422),
        (reported, theirs.line_id, 422),
        (ordered, theirs.line_id, 422),
        (asked, theirs.send_id, 404),
        (revoked, stood_in, 404),
    ]
    for attempt, theirs_id, status in tries:
        real, invented = await attempt(theirs_id), await attempt(str(uuid4()))
        assert (real.status_code, real.text) == (status, invented.text)


async def test_an_idempotency_key_is_ones_own(people: Mapping[str, Person]) -> None:
    key = str(uuid4())
    made = [
        (await people[name].api.call("POST", "/purchase-requests", request_body(), Idempotency_Key=key)).json()
        for name in ("owner", "colleague", "owner")
    ]
    assert made[0]["id"] == made[2]["id"] != made[1]["id"]
    assert [request["owner"]["username"] for request in made] == ["sales1", "sales2", "sales1"]


async def test_the_cursor_of_anothers_list_opens_nothing_of_it(
    people: Mapping[str, Person], subjects: Subjects
) -> None:
    await subjects.of("in progress", "owner")
    await subjects.of("draft", "owner")
    cursor = (await people["admin"].api.get("/purchase-requests?limit=1&sort=created"))["next_cursor"]
    colleague = people["colleague"].api
    found = (await colleague.get(f"/purchase-requests?limit=200&sort=created&cursor={cursor}"))["items"]
    assert {item["owner"]["username"] for item in found} <= {"sales2"}
