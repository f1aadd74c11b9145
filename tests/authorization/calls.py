"""How the calls of the matrix are made, and how it is read from their answers what was done."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from problems import STATUS
from tests.api.setting import SMALL
from tests.authorization.matrix import Call
from tests.authorization.people import STEPS, Person
from tests.authorization.subjects import Subject
from tests.clients import request_body
from tests.files import TEXT
from tests.notices.push_service import Browser
from texts import refusal_text

OK: Final = "ok"
SIGN_IN: Final = "sign-in"
ITS_PAGE: Final = "its page"

Sent = Callable[[Subject, Person], Mapping[str, Any]]


def _decision(decision: str) -> Sent:
    return lambda subject, person: {
        "decision": decision,
        "step": person.step,
        "version": subject.version,
        "command_id": uuid4(),
        "note": "Không",
    }


def _document(key: str) -> dict[str, Any]:
    steps = [{"key": "one", "name": "One", "approvers": [{"role": "director"}]}]
    return {"schema_version": 1, "key": key, "name": key, "steps": steps}


def _written(key: str) -> dict[str, str]:
    return {"document": json.dumps(_document(key)), "seen": "1"}  # JSON is YAML, too


def _substitution() -> dict[str, Any]:
    until = datetime.now(UTC) + timedelta(days=1)
    return {"substitute": "second1", "until": until.isoformat(), "reason": "Nghỉ phép"}


_LINE: Final = {f"lines.0.{field}": value for field, value in SMALL[0].items()}
_ONE: Final = "/api/v1/purchase-requests/{request_id}"

BODIES: Final[Mapping[str, Sent]] = {
    f"PATCH {_ONE}": lambda *_: {"purpose": "Khác"},
    f"POST {_ONE}/send": lambda *_: {},
    f"POST {_ONE}/approve": lambda _, person: {"step": person.step},
    f"POST {_ONE}/approve of the step of open": lambda *_: {"step": STEPS["open"]},
    f"POST {_ONE}/reject": lambda _, person: {"step": person.step, "note": "Không"},
    f"POST {_ONE}/reject with end": lambda _, person: {"step": person.step, "note": "Không", "end": True},
    f"POST {_ONE}/reject of the step of open": lambda *_: {"step": STEPS["open"], "note": "Không"},
    f"POST {_ONE}/recall": lambda *_: {},
    f"POST {_ONE}/resolve-hold": lambda *_: {"choice": "keep", "note": "Khách vẫn lấy đủ"},
    f"POST {_ONE}/cancel": lambda *_: {"note": "Không cần nữa"},
    f"POST {_ONE}/resolve-approvers": lambda *_: {},
    "POST /api/v1/purchase-requests": lambda *_: request_body(),
    "POST /api/v1/purchasing/events": lambda subject, _: {
        "event_id": str(uuid4()),
        "occurred_at": "2026-11-24T03:00:00Z",
        "request_number": subject.number,
        "purchase_status": "ordered",
    },
    "POST /api/v1/purchasing/orders": lambda subject, _: {
        "number": f"PO {uuid4()}",
        "supplier": "FPT Synnex",
        "lines": [{"request_number": subject.number, "line_id": subject.line_id or str(uuid4()), "quantity": "1"}],
    },
    f"POST {_ONE}/forward": lambda _, person: {"step": person.step, "to": "director1", "note": "Đi công tác"},
    f"POST {_ONE}/consult": lambda _, person: {"step": person.step, "to": "director1", "question": "Giá ổn chứ?"},
    f"POST {_ONE}/add-approver": lambda _, person: {
        "step": person.step,
        "to": "director1",
        "where": "after",
        "note": "Cần thêm ý kiến",
    },
    f"POST {_ONE}/answer": lambda *_: {"consultation_id": str(uuid4()), "text": "Ổn"},
    f"POST {_ONE}/comments": lambda *_: {"text": "Giá này *tốt*"},
    f"PATCH {_ONE}/comments/{{comment_id}} of nobody": lambda *_: {"text": "Giá này *tốt*"},
    f"POST {_ONE}/watchers": lambda *_: {"username": "sales3"},
    f"POST {_ONE}/remind": lambda *_: {"step": STEPS["open"]},
    "POST /api/v1/people": lambda *_: {"username": f"new-{uuid4().hex}", "name": "Người Mới"},
    "PATCH /api/v1/people/{username}": lambda *_: {"department": "Ban Kiểm soát"},
    "POST /api/v1/people/{username}/reassign": lambda *_: {"to": "manager", "dry_run": True},
    "POST /api/v1/notices/read": lambda *_: {},
    "PUT /api/v1/me/notice-settings": lambda *_: {},
    "PUT /api/v1/calendar": lambda *_: {"weekly_hours": {"monday": ["08:00-17:00"]}},
    "POST /api/v1/substitutions": lambda *_: _substitution(),
    "POST /api/v1/substitutions of somebody else": lambda *_: {**_substitution(), "person": "third1"},
    "POST /api/v1/codec/encode": lambda *_: {"payloads": []},
    "POST /api/v1/codec/decode": lambda *_: {"payloads": []},
    "POST /codec/encode": lambda *_: {"payloads": []},
    "POST /codec/decode": lambda *_: {"payloads": []},
    "POST /api/v1/webhook-endpoints": lambda *_: {
        "kind": "webhook",
        "name": "ERP",
        "address": "https://erp.example.com/hooks",
    },
    "PATCH /api/v1/webhook-endpoints/{endpoint_id} of nobody": lambda *_: {"enabled": False},
    "PUT /api/v1/connectors/amis": lambda *_: {
        "address": "https://amis.invalid/api/v2",
        "client_id": "an-phat",
        "client_secret": "a-secret",
        "enabled": False,
    },
    "POST /api/v1/connectors/amis/sync while it is switched off": lambda *_: {},
    "PUT /api/v1/connectors/amis/people of nobody": lambda *_: {"name": "Ai đó", "username": None},
    "PUT /api/v1/connection": lambda subject, _: {"process_key": subject.process},
    "PUT /api/v1/processes/{key}/draft": lambda subject, _: _document(subject.process),
    "PUT /api/v1/processes/{key}/draft/matrix": lambda *_: {"rows": []},
    "POST /api/v1/processes/{key}/move-runs": lambda *_: {"to_version": 1, "dry_run": True},
    "POST /api/v1/processes/{key}/try": lambda *_: {"last": 5},
    "POST /api/v1/processes/{key}/publish": lambda *_: {},
}
"""What calls of the API send, and of pages that send no form, by their label in the matrix."""


def _edited(subject: Subject, _: Person) -> dict[str, Any]:
    return {"version": subject.version, "purpose": "Khác", "currency": "VND", **_LINE}


FORMS: Final[Mapping[str, Sent]] = {
    "POST /requests/{request_id}/edit": _edited,
    "POST /requests/{request_id}/draft": _edited,
    "POST /requests/{request_id}/send": lambda subject, _: {"version": subject.version, "command_id": uuid4()},
    "POST /requests/{request_id}/recall": lambda *_: {"command_id": uuid4()},
    "POST /requests/{request_id}/resolve-hold": lambda subject, _: {
        "command_id": uuid4(),
        "version": subject.version,
        "choice": "keep",
        "note": "Khách vẫn lấy đủ",
    },
    "POST /requests/{request_id}/cancel": lambda *_: {"command_id": uuid4(), "note": "Không cần nữa"},
    "POST /requests/{request_id}/resolve-approvers": lambda *_: {"command_id": uuid4()},
    "POST /requests/{request_id}/delete": lambda subject, _: {"version": subject.version},
    "POST /inbox/{request_id} approving": _decision("approve"),
    "POST /inbox/{request_id} returning": _decision("reject"),
    "POST /inbox/{request_id} ending": _decision("end"),
    "POST /inbox/{request_id}/others forwarding": lambda _, person: {
        "what": "forward",
        "step": person.step,
        "to": "director1",
        "note": "Đi công tác",
        "command_id": uuid4(),
    },
    "POST /inbox/{request_id}/others asking": lambda _, person: {
        "what": "consult",
        "step": person.step,
        "to": "director1",
        "note": "Giá ổn chứ?",
        "command_id": uuid4(),
    },
    "POST /requests/{request_id}/answer": lambda *_: {
        "consultation_id": uuid4(),
        "command_id": uuid4(),
        "note": "Ổn",
    },
    "POST /admin/new-person": lambda *_: {"username": f"new-{uuid4().hex}", "name": "Người Mới"},
    "POST /admin/people/{username}/preview": lambda *_: {"department": "Ban Tài chính"},
    "POST /admin/people/{username}": lambda *_: {"department": "Ban Tài chính"},
    "POST /admin/handover": lambda *_: {"person": "third1", "to": "manager", "command_id": uuid4()},
    "POST /inbox/approve": lambda subject, person: {
        "command_id": uuid4(),
        "id": f"{subject.id}/{person.step}/{subject.version}",
    },
    "POST /inbox/return": lambda subject, person: {
        "command_id": uuid4(),
        "id": f"{subject.id}/{person.step}/{subject.version}",
        "note": "Không",
    },
    "POST /purchasing/{request_id}/orders": lambda subject, _: {
        "number": f"PO {uuid4()}",
        "supplier": "FPT Synnex",
        f"ordered/{subject.line_id}": "1",
    },
    "POST /purchasing/{request_id}": lambda *_: {"event_id": uuid4(), "purchase_status": "ordered"},
    "POST /requests/new": lambda *_: {"id": uuid4(), "purpose": "Máy tính", "currency": "VND", **_LINE},
    "POST /requests/{request_id}/comments": lambda *_: {"comment_id": uuid4(), "text": "Giá này *tốt*"},
    "POST /requests/{request_id}/comments/{comment_id} of nobody": lambda *_: {"text": "Giá này *tốt*"},
    "POST /requests/{request_id}/watchers": lambda *_: {"username": "sales3"},
    "POST /requests/{request_id}/watchers/remove": lambda *_: {"username": "sales3"},
    "POST /requests/{request_id}/remind": lambda *_: {"command_id": uuid4(), "step": STEPS["open"]},
    "POST /notices/settings": lambda *_: {"language": "vi", "email.asked": "daily"},
    "POST /notices/devices": lambda *_: Browser(f"https://push.example.com/send/{uuid4()}").fields,
    "POST /admin/calendar": lambda *_: {"year": 2027, "monday": "08:00-17:00"},
    "POST /admin/calendar/days": lambda *_: {"year": 2027, "day": "2027-01-02", "hours": "08:00-12:00"},
    "POST /admin/calendar/days/remove": lambda *_: {"year": 2027, "day": "2027-01-02"},
    "POST /substitutions": lambda *_: {
        "id": uuid4(),
        "substitute": "second1",
        "from": "",
        "until": (datetime.now(UTC) + timedelta(days=1)).date(),
        "reason": "Nghỉ phép",
    },
    "POST /admin/endpoints": lambda *_: {
        "id": uuid4(),
        "kind": "webhook",
        "name": "ERP",
        "address": "https://erp.example.com/hooks",
    },
    "POST /admin/endpoints/{endpoint_id} of nobody": lambda *_: {"name": "ERP"},
    "POST /admin/endpoints/{endpoint_id}/switch of nobody": lambda *_: {"to": "on"},
    "POST /admin/endpoints/{endpoint_id}/rotate of nobody": lambda *_: {"rotation_id": uuid4()},
    "POST /admin/amis": lambda *_: {
        "address": "https://amis.invalid/api/v2",
        "client_id": "an-phat",
        "client_secret": "a-secret",
    },
    "POST /admin/amis/people of nobody": lambda *_: {"name": "Ai đó"},
    "POST /requests/views": lambda *_: {"id": uuid4(), "name": f"Của tôi {uuid4()}", "sort": "total"},
    "POST /requests/views/{view_id} of nobody": lambda *_: {"name": "Của ai đó"},
    "POST /admin/connection": lambda subject, _: {"process_key": subject.process},
    "POST /admin/processes/{key}/edit": lambda subject, _: _written(subject.process),
    "POST /admin/processes/{key}/form": lambda subject, _: {**_written(subject.process), "do": "open"},
    "POST /admin/new-process/form": lambda *_: {**_written("another"), "do": "open"},
    "POST /admin/processes/{key}/try": lambda *_: {"last": "50"},
    "POST /admin/processes/{key}/matrix": lambda *_: {"seen": "1", "matrix": '{"rows": []}'},
    "POST /admin/new-process": lambda *_: _written("another"),
    "POST /admin/check-process": lambda *_: _written("another"),
}
"""What forms of the pages send."""

FILES: Final = frozenset({f"POST {_ONE}/attachments", "POST /requests/{request_id}/attachments"})
"""Calls and forms that send a file."""

TABLES: Final[Mapping[str, bytes]] = {"POST /api/v1/imports/{kind}": b"code,name\nFPT,FPT Synnex\n"}
"""What calls send that take a table as CSV."""

LISTS: Final[Mapping[str, str]] = {
    "GET /api/v1/purchase-requests": "?q={number}",
    "GET /api/v1/sales-orders/{source_id}/purchase-requests": "?limit=200",
    "GET /api/v1/inbox": "?limit=200",
    "GET /requests": "?q={number}",
    "GET /orders/{source_id}": "",
    "GET /inbox": "?q={number}",
    "GET /inbox/gone": "?id={request_id}/second/{version}",
    "GET /purchasing": "?q={number}",
    "GET /purchasing/to-buy": "?q={number}",
    "GET /api/v1/purchasing/requests": "?limit=200",
}
"""Calls that are answered with requests among others, and how they are asked for one."""

_VARIANTS: Final = ("", "not_sent", "not_open_yet", "not_held", "csrf", "substitute")
_TITLES: Final = {
    refusal_text(code, {"variant": variant, "most": "1 MB"}, "en", zone=ZoneInfo("UTC"))[0]: code
    for code in STATUS
    for variant in _VARIANTS
}
"""Codes by the words that pages tell them in."""
ANY_PAGE: Final = "/no-such-page"
"""What was not done is told on the next page that is opened; this one is made quickly."""


async def ask(call: Call, person: Person, subject: Subject) -> httpx.Response:
    """Make a call as its client would, or send a form as its page would."""
    address = (call.path + LISTS.get(call.label, "")).format(
        request_id=subject.id,
        number=subject.number,
        version=subject.version,
        command_id=subject.send_id,
        source_id=subject.source_id,
        key=subject.process,
        substitution_id=uuid4(),
        endpoint_id=uuid4(),
        delivery_id=uuid4(),
        failure_id=uuid4(),
        notice_id=uuid4(),
        order_id=uuid4(),
        attachment_id=subject.attachment_id or uuid4(),
        comment_id=uuid4(),
        username="second1",
        kind="suppliers",
        card="months",
        import_id=uuid4(),
        view_id=uuid4(),
        device_id=uuid4(),
    )
    files = {"file": ("Báo giá.txt", TEXT)} if call.label in FILES else None
    if call.is_page:
        form = dict(FORMS[call.label](subject, person)) if call.label in FORMS else {}
        headers = {"Accept-Encoding": "identity"}
        if call.method != "GET":
            headers["X-CSRF-Token"] = person.csrf_token
        if call.label in BODIES:  # another program's page sends no form
            said = BODIES[call.label](subject, person)
            return await person.browser.http.request(call.method, address, json=said, headers=headers)
        return await person.browser.http.request(call.method, address, data=form, files=files, headers=headers)
    body = BODIES[call.label](subject, person) if call.label in BODIES else None
    headers = {"Authorization": f"Bearer {person.api.token}", "Accept-Language": "en"}
    if call.method == "PATCH":
        headers["If-Match"] = f'"{subject.version}"'
    elif call.label == "PUT /api/v1/calendar":
        headers["If-Match"] = "*"
    if call.label in TABLES:
        headers["Content-Type"] = "text/csv"
        return await person.api.http.request(call.method, address, content=TABLES[call.label], headers=headers)
    return await person.api.http.request(call.method, address, json=body, files=files, headers=headers)


async def outcome(call: Call, person: Person, subject: Subject, answer: httpx.Response) -> str:
    """What the matrix calls an answer about a request; in a list, one that is not there is not found."""
    said = await reply(call, person, answer)
    if call.label in LISTS and said == OK:
        return OK if subject.id in answer.text else "not_found"
    return said


async def reply(call: Call, person: Person, answer: httpx.Response) -> str:
    """What the matrix calls an answer: ``ok``, or why not."""
    if call.is_page:
        return await _of_page(call, person, answer)
    return OK if answer.is_success else str(answer.json()["code"])


async def _of_page(call: Call, person: Person, answer: httpx.Response) -> str:
    location = answer.headers.get("location", "")
    if location.startswith("/sign-in") or (answer.status_code == 204 and not answer.content):
        return SIGN_IN
    if location:
        told = _told((await person.browser.get(ANY_PAGE)).text)
        is_led = call.method == "GET" and location.startswith("/requests/")
        return told or (ITS_PAGE if is_led else OK)
    if answer.is_error:
        return SIGN_IN if _is_held(answer.text) else _title(answer.text) or str(answer.status_code)
    return _result(answer.text) or OK


def _is_held(html: str) -> bool:
    """Whether a page keeps what was sent until its sender has signed in."""
    return 'href="/sign-in' in html


def _told(html: str) -> str | None:
    """The code of what a page says on top that was not done."""
    said = re.findall(r'class="alert alert-danger message".*?<h2[^>]*>([^<]*)<', html, re.DOTALL)
    return next((_TITLES[title] for title in map(unescape, said) if title in _TITLES), None)


def _result(html: str) -> str | None:
    """The code of a refusal among the results of several approvals."""
    return _code(re.search(r'class="result is-danger".*?<strong>([^<]*)<', html, re.DOTALL))


def _title(html: str) -> str | None:
    """The code of an error page."""
    return _code(re.search(r"<title>([^<·]*?) ·", html))


def _code(found: re.Match[str] | None) -> str | None:
    return _TITLES.get(unescape(found[1]).strip()) if found else None
