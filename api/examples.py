"""An example for every body of the OpenAPI document that has none of its own, put together from its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_BY_FORMAT: Final = {
    "uuid": "01a20c84-2ddb-755c-843c-e08dc612183a",
    "date-time": "2026-11-24T03:00:00Z",
    "date": "2026-12-10",
}
_BY_NAME: Final = {
    "username": "manager1",
    "name": "Lê Hoàng Nam",
    "key": "manager",
    "number": "DH-2026-0412",
    "product_code": "LT-T14",
    "warehouse": "Kho Hà Nội",
    "unit": "Chiếc",
    "supplier": "FPT Synnex",
    "currency": "VND",
    "purpose": "Cung cấp máy tính cho đơn hàng DH-2026-0412",
    "delivery_address": "Số 18 Phạm Hùng, Nam Từ Liêm, Hà Nội",
    "description": "Máy tính xách tay Lenovo ThinkPad T14 Gen 5",
    "customer": "Công ty Cổ phần An Phát",
    "process_key": "purchase-approval",
    "purchase_status": "ordered",
    "department": "Kinh doanh miền Bắc",
    "why": "Manager of sales1, level 1",
    "pointer": "/lines/0/quantity",
    "outcome": "accepted",
    "step": "manager",
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl",
    "status": "ok",
    "database": "ok",
    "engine": "ok",
}
_BY_TYPE: Final = {"string": "text", "integer": 1, "number": 1, "boolean": True, "null": None}


def add_examples(document: dict[str, Any]) -> None:
    """Give every JSON body of a document an example, where it has none."""
    components = document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            bodies = [operation.get("requestBody", {}), *operation.get("responses", {}).values()]
            for body in bodies:
                for media_type, content in body.get("content", {}).items():
                    if "json" in media_type and not content.keys() & {"example", "examples"}:
                        content["example"] = sample(content.get("schema", {}), components)


def sample(
    schema: Schema, components: Mapping[str, Schema], name: str = "", within: frozenset[str] = frozenset()
) -> Any:
    """A value that fits a schema.

    Args:
        schema: of JSON Schema, the parts that pydantic writes.
        components: what ``$ref`` refers to.
        name: of the property that the value is for, which tells more than its type.
        within: references that the value is a part of; a list of one of them is left empty.
    """
    if "$ref" in schema:
        return sample(components[schema["$ref"].rsplit("/", 1)[1]], components, name, within | {schema["$ref"]})
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("example", "const"):
        if key in schema:
            return schema[key]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return sample(schema[key][0], components, name, within)
    if schema.get("type") == "object":
        properties = schema.get("properties", {}).items()
        return {key: sample(value, components, key, within) for key, value in properties}
    if schema.get("type") == "array":
        items = schema.get("items", {})
        return [] if items.get("$ref") in within else [sample(items, components, name, within)]
    if "format" in schema:
        return _BY_FORMAT.get(schema["format"], "text")
    if schema.get("type") == "string" and name in _BY_NAME:
        return _BY_NAME[name]
    return _BY_TYPE.get(schema.get("type", "null"))
