"""Webhooks as Standard Webhooks has them: the body of an event, made once, and its signature, made for each try.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from application.endpoints import SECRET_PREFIX
from crm.dispatching import OutboxEvent

TEST_TYPE: Final = "endpoint.test"
"""The type of what is sent to try an endpoint; it happens to no request."""


def event_body(event: OutboxEvent, facts: Mapping[str, Any], link: str) -> str:
    """What a receiver is told of an event.

    Args:
        event: what happened.
        facts: as they were then, without what is said beside them.
        link: the request's page.
    """
    told = {name: value for name, value in facts.items() if name not in ("number", "owner")}
    data = {
        "request_id": str(event.request_id),
        "number": event.number,
        "owner": event.owner,
        "sequence": event.sequence,
        "url": link,
        "facts": told,
    }
    return _body(event.type, event.created_at, data)


def test_body(name: str, at: datetime) -> str:
    """What a receiver is told to be tried.

    Args:
        name: of the endpoint.
        at: when.
    """
    return _body(TEST_TYPE, at, {"endpoint": name})


def headers(message_id: str, at: datetime, body: str, with_secrets: Iterable[str]) -> dict[str, str]:
    """What goes with a body on one try.

    Args:
        message_id: the same over all tries.
        at: when it is tried; receivers refuse what is old.
        body: as it is sent.
        with_secrets: each signs.
    """
    seconds = int(at.timestamp())
    signed = f"{message_id}.{seconds}.{body}".encode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in with_secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _body(event_type: str, at: datetime, data: Mapping[str, Any]) -> str:
    message = {"type": event_type, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
