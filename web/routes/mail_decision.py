"""The page that a link in a mail opens: it asks its reader to decide, without signing in; only its form decides anything.

The link is the key: nothing here reads or needs a session, but that of somebody else keeps it shut.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

import admission
from application.fair_use import TooManyCallsError
from application.mail_links import GoneError, MailDecision, MailLinks, Opened
from application.recent_sign_in import SignInAgainError
from approval.model import Code, FieldError, Frozen, RefusedError, refuse
from approval.text import is_visible
from approval.values import Note
from crm import notices
from crm.mails import TokenRow
from problems import STATUS, ProblemError, pointed
from texts import LANGUAGES, explain
from web import csrf
from web.decisions import told
from web.deps import PoolDep
from web.form_limit import read_form
from web.order_changes import order_shown
from web.rendering import Page
from web.routes.requests import current_proposals
from web.session import find_visitor, get_language

PREFIX: Final = "/mail"
"""Addresses under it are secret: they stand in no log, and no browser tells them on."""

router = APIRouter(prefix=PREFIX)

GOODS_SHOWN: Final = 20
LONGEST_NOTE: Final = 1500
"""Letters that the form takes; as many fit into what somebody may send who is not signed in."""
_STAYS: Final = frozenset({Code.INVALID, Code.NOTE_REQUIRED})
"""Refusals after which the same link still decides: the form comes back."""


class Sent(Frozen):
    """The decision as the form sends it."""

    decision: MailDecision
    note: Note = ""


async def get_links(request: Request) -> MailLinks:
    """What links from mails open."""
    links: MailLinks = request.app.state.mail_links
    return links


LinksDep = Annotated[MailLinks, Depends(get_links)]


@router.get("/{token}")
async def show(request: Request, token: str, links: LinksDep, pool: PoolDep, choose: str = "") -> Response:
    """The request, and the question. Nothing changes."""
    page = Page(request, await get_language(request), None)
    try:
        row, page = await _found(request, token, links, pool)
        opened = await links.open(row, await _visitor(request))
    except GoneError as error:
        return await _gone(page, error)
    return await _asking(page, opened, choose=choose)


@router.post("/{token}", openapi_extra=csrf.WITHOUT_SESSION)
async def decide(request: Request, token: str, links: LinksDep, pool: PoolDep) -> Response:
    """The decision."""
    fields = {name: str(value) for name, value in (await read_form(request)).items()}
    page = Page(request, await get_language(request), None)
    try:
        row, page = await _found(request, token, links, pool)
        visitor = await _visitor(request)
        try:
            sent = _read(fields)
            caller, taken = await links.decide(token, row, sent.decision, sent.note, visitor=visitor)
        except RefusedError as error:
            if error.refusal.code not in _STAYS:
                raise GoneError(error, row.request_id) from error
            opened = await links.open(row, visitor)
            return await _asking(
                page, opened, choose=fields.get("decision", ""), note=fields.get("note", ""), error=error
            )
        except SignInAgainError as error:
            minutes = str(int(error.within.total_seconds()) // 60)
            again = ProblemError("insufficient_user_authentication", minutes=minutes)
            return await _gone_page(page, again, f"/inbox/{row.request_id}")
    except GoneError as error:
        return await _gone(page, error)
    title, detail = told(page, sent.decision.action, taken, end=sent.decision is MailDecision.END)
    return await page.render(
        "mail/done.html",
        title=title,
        detail=detail,
        person=caller.person,
        record=taken.record,
        request_id=row.request_id,
    )


async def _found(request: Request, token: str, links: MailLinks, pool: PoolDep) -> tuple[TokenRow, Page]:
    """What a link is for, and the page in its person's language, once it is their turn.

    Raises:
        GoneError: nobody has sent it.
        ProblemError: ``too_many_requests``.
    """
    client = request.client.host if request.client is not None else ""
    try:
        row = await links.find(token, client)
    except TooManyCallsError as error:
        raise ProblemError("too_many_requests", seconds=str(error.seconds)) from error
    await admission.admit(request, row.username)
    language = await get_language(request)
    if request.cookies.get(request.app.state.site.cookie("language")) not in LANGUAGES:
        wanted = (await notices.settings_of(pool, row.username)).language
        language = next((known for known in LANGUAGES if known == wanted), language)
    return row, Page(request, language, None)


async def _visitor(request: Request) -> str | None:
    """Who is signed in in this browser, if anybody is."""
    visitor = await find_visitor(request)
    return visitor.username if visitor is not None else None


def _read(fields: dict[str, str]) -> Sent:
    """What was chosen and written; what lacks its note is asked for that here, so that no refusal is kept of it.

    Raises:
        RefusedError: ``invalid``; ``note_required``.
    """
    try:
        sent = Sent.model_validate({name: fields[name] for name in Sent.model_fields if name in fields})
    except ValidationError as error:
        raise refuse(Code.INVALID, *(pointed(item) for item in error.errors(include_url=False))) from error
    if sent.decision is not MailDecision.APPROVE and not is_visible(sent.note):
        raise refuse(Code.NOTE_REQUIRED, FieldError(pointer="/note", message="note_required"))
    return sent


async def _asking(
    page: Page, opened: Opened, *, choose: str, note: str = "", error: RefusedError | None = None
) -> Response:
    record = opened.record.with_changes(current_proposals(opened.record))
    return await page.render(
        "mail/decide.html",
        status=STATUS[error.refusal.code] if error is not None else 200,
        record=record,
        amount=opened.record.current_total,
        lines=record.lines[:GOODS_SHOWN],
        more=max(0, len(record.lines) - GOODS_SHOWN),
        person=opened.caller.person,
        why="; ".join(explain(one.code, one.params, page.language) for one in opened.assignment.reasons),
        due_at=opened.assignment.due_at,
        choose=choose,
        note=note,
        longest_note=LONGEST_NOTE,
        problem=await page.explain(error) if error is not None else None,
        order=order_shown(opened.record),
    )


async def _gone(page: Page, error: GoneError) -> Response:
    return await _gone_page(page, error.error, f"/inbox/{error.request_id}" if error.request_id else "")


async def _gone_page(page: Page, error: RefusedError | ProblemError, address: str) -> Response:
    problem = await page.explain(error)
    return await page.render("mail/gone.html", status=problem.status, problem=problem, signed_in_address=address)
