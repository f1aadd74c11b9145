"""Under which names the system answers. A page whose own name is made to point here (DNS rebinding) learns nothing.

Only the ``Host`` of a call counts; what a proxy or anybody else adds beside it, such as ``X-Forwarded-Host``, is not read.
Source: RFC 9112, 3.2.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from problems import MEDIA_TYPE, STATUS, Problem
from texts import negotiate, refusal_text

log = structlog.get_logger(__name__)

UNDER_ANY: Final = frozenset({"/healthz", "/readyz"})
"""For load balancers, which ask by address and are told nothing that anybody may not know."""

_CODE: Final = "host_not_allowed"
_HOST: Final = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]*)?", re.IGNORECASE)


class AllowedHosts:
    """Answers calls to these hosts, at whatever port; refuses all others, and those that name none or several.

    Args:
        app: what answers.
        names: host names and addresses in lower case, IPv6 ones without brackets.
    """

    def __init__(self, app: ASGIApp, names: Set[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        app = self._app
        if scope["type"] == "http" and scope["path"] not in UNDER_ANY:
            headers = Headers(scope=scope)
            if _name(headers) not in self._names:
                log.warning("no answer under this host", host=headers.get("host", "")[:255])
                app = _refusal(headers)
        await app(scope, receive, send)


def origin_of(address: str) -> str:
    """The origin of an address, as browsers write it: ``https://crm.example.com:8443``."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _name(headers: Headers) -> str | None:
    given = headers.getlist("host")
    found = _HOST.fullmatch(given[0]) if len(given) == 1 else None
    return (found["name"] or found["address"]).lower() if found else None


def _refusal(headers: Headers) -> JSONResponse:
    title, detail = refusal_text(_CODE, {}, negotiate(headers.get("accept-language")), zone=ZoneInfo("UTC"))
    status = STATUS[_CODE]
    problem = Problem(type=f"urn:problem:{_CODE}", title=title, status=status, detail=detail, code=_CODE)
    return JSONResponse(problem.model_dump(exclude_none=True), status_code=status, media_type=MEDIA_TYPE)
