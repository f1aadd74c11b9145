"""The served OpenAPI document: what every call takes and every answer says."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from admission import HEAVY_MARK, MANY_MARK
from api.bodies import DEEPEST, EXTENSION, MOST_VALUES
from api.examples import add_examples
from api.idempotency import LONGEST_KEPT, REPLAYED
from api.problems import documented
from approval.model import MOST_ERRORS
from approval.process_document import ProcessDefinition
from body_limit import LONGEST_BODY
from problems import MEDIA_TYPE

DESCRIPTION = f"""Purchase requests from the CRM through approval.

Times are RFC 3339 in UTC, dates ISO 8601, money and quantities decimal strings, ids UUIDs. Texts for people follow
`Accept-Language` (`vi` by default, or `en`). Errors are RFC 9457 problem details with a stable `code`.
`errors` lists at most {MOST_ERRORS} wrong places; `errors_left_out` then says how many there are besides.
A body of more than {LONGEST_BODY // 1024**2} MB answers 413 `too_large`; a call that takes longer ones says so in `{EXTENSION}`, in bytes.
JSON of more than {MOST_VALUES:,} values or {DEEPEST} levels answers 422 `invalid`. A body is read once its caller is known.
A query parameter that a call with a token does not take answers 422 `invalid`, and so does one with one value that comes twice.
An address that does not take a method answers 405 `method_not_allowed` with `Allow`.
Reports are given as JSON, CSV and Excel, by `Accept`; one that takes none of these is answered with 406 `not_acceptable`.
A call to a host that is not this system's (`Host`) answers 400 `host_not_allowed`.
Every POST takes `Idempotency-Key`. An answer of more than {LONGEST_KEPT // 1024} KB is not kept: the same call again is then done
again with the same ids, makes nothing twice, and is answered with what is there by then, without `{REPLAYED}`. Nor is a 404
kept, nor told again what the caller may not make or see any more.
A token that is no good answers 401 `unauthenticated` with `WWW-Authenticate: Bearer error="invalid_token"` (RFC 6750), and does not
say why; none at all with `WWW-Authenticate: Bearer`.
What one user may do is bounded, by settings of the installation: writes and reads in a minute, and calls at the same time, of
which those marked `{HEAVY_MARK}` may be fewer, and those marked `{MANY_MARK}` are not counted. A call over that waits for its turn for a short time, then answers 429
`too_many_requests` with `Retry-After`. 409 `request_busy` with `Retry-After` says that others are changing a request just now.
An installation may want a recent sign-in (`auth_time` of the token) before what cannot be undone: cancelling, rejecting with
`end`, the last approval, publishing a process, changing the connection, importing or changing people. An older one then answers 401
`insufficient_user_authentication` with `WWW-Authenticate: Bearer error="insufficient_user_authentication", …, max_age="900"`
(RFC 9470): sign in again with this `max_age` and repeat the call with the new token.
A decision that is taken but not applied within a few seconds answers 202.
"""


TAGS = [
    {"name": "account", "description": "Who is calling."},
    {"name": "notices", "description": "What people are told (Thông báo)."},
    {"name": "purchase requests", "description": "Making, sending and deciding them (Yêu cầu mua hàng)."},
    {"name": "substitutions", "description": "Who decides for somebody who is away (Ủy quyền duyệt)."},
    {"name": "people", "description": "Who people are, and what waits on those who have left (Nhân sự, Bàn giao)."},
    {"name": "sales orders", "description": "What a request can be made from (Đơn hàng)."},
    {"name": "opportunities", "description": "What a request can be made from (Cơ hội)."},
    {
        "name": "imports",
        "description": "People, products, suppliers, orders and opportunities from Excel and CSV files (Nhập dữ liệu).",
    },
    {"name": "purchasing", "description": "What the purchasing system reports (Mua sắm)."},
    {"name": "reports", "description": "What was spent, how long it takes, what goes back (Tổng quan)."},
    {"name": "processes", "description": "Process definitions and the CRM's link to one (Quy trình mua hàng)."},
    {
        "name": "calendar",
        "description": "When people of the company work, which is what deadlines count (Lịch làm việc).",
    },
    {"name": "webhooks", "description": "Telling other systems and chats what happens (Webhook và chat)."},
    {"name": "connectors", "description": "Other systems whose orders are read (Kết nối AMIS)."},
    {
        "name": "reconciliation",
        "description": "The CRM and the engine are compared, and what is lost is repaired (Đối soát).",
    },
    {"name": "ops", "description": "For those who run the system."},
]
"""In the order in which a reader needs them."""


def describe(app: FastAPI) -> None:
    """Have the application serve its document with everything that FastAPI cannot know by itself."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes, tags=TAGS
            )
            components = schema["components"]["schemas"]
            definition = ProcessDefinition.model_json_schema(ref_template="#/components/schemas/{model}")
            components.update(definition.pop("$defs", {}))
            components["ProcessDefinition"] = definition
            components.pop("HTTPValidationError", None)
            components.pop("ValidationError", None)
            _summarise(schema)
            _add_too_large(schema)
            _use_problem_media_type(schema)
            add_examples(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _summarise(schema: dict[str, Any]) -> None:
    """The first sentence of an operation's description is its summary, instead of the name of our function."""
    for path in schema["paths"].values():
        for operation in path.values():
            first, _, rest = operation.pop("description").partition("\n\n")
            operation["summary"] = first.replace("\n", " ").replace("`", "").removesuffix(".")
            if rest:
                operation["description"] = rest


def _add_too_large(schema: dict[str, Any]) -> None:
    """Every call with a body can be refused for its length."""
    (answer,) = documented("too_large", public=True).values()
    described = {"description": answer["description"], "content": {MEDIA_TYPE: answer["content"][MEDIA_TYPE]}}
    for path in schema["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:
                operation["responses"]["413"] = described


def _use_problem_media_type(schema: dict[str, Any]) -> None:
    """Error answers are problem details and nothing else."""
    for path in schema["paths"].values():
        for operation in path.values():
            for status, response in operation.get("responses", {}).items():
                content = response.get("content", {})
                if status >= "400" and "application/problem+json" in content:
                    content.pop("application/json", None)
                elif status == "422":
                    response["content"] = {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                    }
