"""The pages of the mailbox. A mail is shown in a frame that may do nothing but open links."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from embedded.mailbox.store import Entry, Store

_FOLDER = Path(__file__).parent / "templates"
_PAGE = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
"""What a mail may do: open its links in a window of their own, as mail programs have it."""
_MAIL = f"sandbox {_SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


def create_app(store: Store, zone: ZoneInfo) -> Starlette:
    """The pages over some mails, with times of a zone; for callers on this machine, by its own names."""
    templates = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    templates.filters["clock"] = lambda at: f"{at.astimezone(zone):%H:%M:%S %d/%m/%Y}"

    def page(template: str, **context: Any) -> Response:
        html = templates.get_template(template).render(sandbox=_SANDBOX, **context)
        return HTMLResponse(html, headers=_headers(_PAGE))

    async def index(request: Request) -> Response:
        chosen = request.query_params.get("to", "")
        return page("list.html", entries=store.entries(chosen), receivers=store.receivers(), chosen=chosen)

    async def as_json(request: Request) -> Response:
        entries = store.entries(request.query_params.get("to", ""))
        return JSONResponse([_described(entry) for entry in entries], headers=_headers(_PAGE))

    async def mail(request: Request) -> Response:
        entry, message = _found(store, request)
        headers = [(name, str(value)) for name, value in message.items() if name != "X-Envelope-To"]
        return page("mail.html", entry=entry, headers=headers, text=_part(message, "plain"), html=_has_html(message))

    async def html(request: Request) -> Response:
        _, message = _found(store, request)
        return HTMLResponse(f'<base target="_blank">{_part(message, "html")}', headers=_headers(_MAIL))

    async def source(request: Request) -> Response:
        entry, _ = _found(store, request)
        return PlainTextResponse(store.source(entry.id), headers=_headers(_PAGE))

    async def style(_request: Request) -> Response:
        return Response((_FOLDER / "style.css").read_bytes(), media_type="text/css", headers=_headers(_PAGE))

    return Starlette(
        routes=[
            Route("/", index),
            Route("/mails.json", as_json),
            Route("/style.css", style),
            Route("/mails/{id}", mail),
            Route("/mails/{id}/html", html),
            Route("/mails/{id}/source", source),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)],
    )


def _headers(policy: str) -> Mapping[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def _found(store: Store, request: Request) -> tuple[Entry, EmailMessage]:
    entry = store.find(request.path_params["id"])
    if entry is None:
        raise HTTPException(404)
    return entry, store.read(entry.id)


def _described(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "received_at": entry.received_at.isoformat(),
        "to": list(entry.receivers),
        "from": entry.sender,
        "subject": entry.subject,
        "message_id": entry.message_id,
    }


def _has_html(message: EmailMessage) -> bool:
    return message.get_body(("html",)) is not None


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):  # letters that it says are in a way that nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode(errors="replace") if isinstance(payload, bytes) else ""
