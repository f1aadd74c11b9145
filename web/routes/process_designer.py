"""The designer of processes: a draft as a form, which is checked while one fills it in and saved as the document that it says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import FormData

from application import documents
from application.calendars import Calendars
from application.designing.changing import changed, place_of
from application.designing.form import ApproverRow, ProcessForm, TestRow
from application.designing.reading import can_be_shown, form_of
from application.designing.writing import document_of
from application.trying import try_one
from application.views import preview_view
from approval.condition_form import SOURCES, Fact, facts_in_order
from approval.document_text import read_yaml
from approval.editable import EditableField
from approval.inputs import InputField
from approval.model import Code, Frozen, RefusedError, Role
from approval.process import PurchaseProcess
from approval.values import ShortText
from crm import design_choices, directory, processes
from crm.pool import Pool
from texts import Language
from texts.conditions import condition_choice, source_choice
from web import process_form
from web.deps import CalendarsDep, PoolDep
from web.form_limit import read_form
from web.process_document import Problem, write
from web.rendering import Page, PageDep
from web.routes.process_editor import checked, lines_as_ours, show_editor, tell_who_was_first
from web.routes.processes import Key, find, people_of

router = APIRouter(prefix="/admin")

CURRENCIES: Final = ("VND", "USD", "EUR")
"""That a condition offers; one that a document names besides is offered, too."""


class Design(Frozen):
    """A form on its way: what it was made of, what it says, and for which process it is."""

    base: str
    """The text of the document that the form was made of."""
    before: dict[str, Any]
    """Its values."""
    form: ProcessForm
    key: str | None
    """Of the process; None for a new one."""
    seen: int
    """The version of the draft that it is to replace."""


SUGGESTED: Final = 20


@router.get("/design-people")
async def suggest_people(page: PageDep, pool: PoolDep, q: Annotated[ShortText, Query()] = "") -> JSONResponse:
    """People to choose approvers from: their usernames, and who they are."""
    page.user.require_role(Role.ADMIN)
    found = await design_choices.people(pool, q, SUGGESTED)
    return JSONResponse([{"value": username, "says": " · ".join(filter(None, said))} for username, *said in found])


@router.get("/design-customers")
async def suggest_customers(page: PageDep, pool: PoolDep, q: Annotated[ShortText, Query()] = "") -> JSONResponse:
    """Customers that conditions can name, as orders and opportunities have them."""
    page.user.require_role(Role.ADMIN)
    found = await design_choices.customers(pool, q, SUGGESTED)
    return JSONResponse([{"value": name, "says": name} for name in found])


@router.get("/new-process/form")
async def design_new(page: PageDep, pool: PoolDep) -> Response:
    """The designer with a step to begin with."""
    page.user.require_role(Role.ADMIN)
    return await _open(page, pool, process_form.NEW, key=None, seen=processes.NO_DRAFT)


@router.post("/new-process/form")
async def design_another(request: Request, page: PageDep, pool: PoolDep, calendars: CalendarsDep) -> Response:
    """What a button of the form does to a process that is not there yet."""
    page.user.require_role(Role.ADMIN)
    return await _act(page, pool, calendars, await read_form(request), key=None, saved=process_form.NEW)


@router.get("/processes/{key}/form")
async def design(key: Key, page: PageDep, pool: PoolDep) -> Response:
    """The designer with the draft."""
    page.user.require_role(Role.ADMIN)
    process = await find(pool, key)
    return await _open(page, pool, _saved_text(process), key=key, seen=process.draft_version)


@router.post("/processes/{key}/form")
async def design_draft(key: Key, request: Request, page: PageDep, pool: PoolDep, calendars: CalendarsDep) -> Response:
    """What a button of the form does to a draft."""
    page.user.require_role(Role.ADMIN)
    saved = _saved_text(await find(pool, key))
    return await _act(page, pool, calendars, await read_form(request), key=key, saved=saved)


def _saved_text(process: processes.Process) -> str:
    return process.draft_text or write(PurchaseProcess.model_validate(process.draft))


async def _open(page: Page, pool: Pool, text: str, *, key: str | None, seen: int, unsaved: bool = False) -> Response:
    """The form of a document; one that no form can show stays a document, and what is wrong with it is said there."""
    document = await _read(text)
    if document is None:
        page.tell(
            "info",
            page.gettext("This document cannot be shown as a form"),
            page.gettext("Put right what is marked, or change it as a document: it is wrong, or very long."),
        )
        return await show_editor(page, pool, text, key=key, seen=seen, changed=unsaved)
    form = form_of(document)
    draft = Design(base=text, before=document, form=form, key=key, seen=seen)
    return await _designer(page, pool, draft, unsaved=unsaved, is_new=text == process_form.NEW)


async def _act(
    page: Page, pool: Pool, calendars: Calendars, sent: FormData, *, key: str | None, saved: str
) -> Response:
    """Do what was pressed: save, go to the document, show what is wrong, try it with a request, or change the form; ``saved`` is the
    draft as it is.
    """
    wanted = str(sent.get("seen", ""))
    seen = int(wanted) if wanted.isdecimal() and len(wanted) < 10 else processes.NO_DRAFT
    action = str(sent.get("do", "save"))
    if action == "open":
        text = _text(sent, "document")
        return await _open(page, pool, text, key=key, seen=seen, unsaved=text != saved)
    base = _text(sent, "base")
    before = await _read(base)
    if before is None:  # it is not what the page had
        return await show_editor(page, pool, base, key=key, seen=seen, changed=True)
    draft = Design(base=base, before=before, form=process_form.read(sent, page.formats), key=key, seen=seen)
    match action:
        case "save" | "try":
            return await _save(page, pool, draft, then_try=action == "try")
        case "check":
            return await _check(page, pool, draft)
        case "route":
            return await _try_with(page, pool, calendars, draft, str(sent.get("try_number", "")))
        case "document":
            text = await _text_of(pool, draft)
            return await show_editor(page, pool, text, key=key, seen=seen, changed=text != saved)
    form, about = changed(draft.form, action)
    return await _designer(
        page, pool, draft.model_copy(update={"form": form}), unsaved=True, action=action, about=about
    )


async def _save(page: Page, pool: Pool, draft: Design, *, then_try: bool) -> Response:
    draft = draft.model_copy(update={"form": draft.form.tidy()})
    text = await _text_of(pool, draft)
    definition, problems = await checked(pool, text, key=draft.key)
    taken = next((problem.error.params["key"] for problem in problems if problem.error.message == "key_taken"), None)
    if taken is not None:
        await tell_who_was_first(page, await processes.other_draft(pool, taken), draft.key)
    if definition is None:
        return await _designer(page, pool, draft, unsaved=True, refused=True, problems=problems)
    now = datetime.now(UTC)
    try:
        await processes.save_draft(pool, definition, text=text, by=page.user.username, at=now, seen=draft.seen)
    except RefusedError as error:
        await tell_who_was_first(page, error, draft.key)
        newest = (await find(pool, definition.key)).draft_version
        return await _designer(page, pool, draft.model_copy(update={"seen": newest}), unsaved=True, status=409)
    page.tell("success", page.gettext("The draft is saved"), page.gettext("Publish it when it is ready."))
    if then_try:  # the browser sends its form on to there, with its token
        return RedirectResponse(f"/admin/processes/{definition.key}/try", status_code=307)
    return page.redirect(f"/admin/processes/{definition.key}")


async def _check(page: Page, pool: Pool, draft: Design) -> Response:
    """What is wrong, or the picture, and the words for the conditions: parts of the page, fetched while one fills it in."""
    draft = draft.model_copy(update={"form": draft.form.tidy()})
    definition, problems = await checked(pool, await _text_of(pool, draft), key=draft.key)
    return await page.render(
        "admin/designer_check.html", fetched=True, **await _said(page, pool, draft, definition, problems)
    )


async def _try_with(page: Page, pool: Pool, calendars: Calendars, draft: Design, number: str) -> Response:
    """The designer with the steps that the form, saved or not, would give a request."""
    definition, problems = await checked(pool, await _text_of(pool, draft), key=draft.key)
    tried: dict[str, Any] = {"number": number.strip(), "problem": "", "route": None}
    if definition is None:
        tried["problem"] = page.gettext("Put right what is wrong first.")
    else:
        try:
            found = await try_one(pool, calendars, definition, number)
            tried |= {"record": found.request, "route": preview_view(found, page.language, page.site.zone)}
        except RefusedError as error:
            if error.refusal.code is not Code.NOT_FOUND:
                raise
            tried["problem"] = page.gettext("There is no request with this number.")
    return await _designer(
        page, pool, draft, unsaved=True, action="route", problems=problems, definition=definition, tried=tried
    )


async def _designer(
    page: Page,
    pool: Pool,
    draft: Design,
    *,
    unsaved: bool,
    is_new: bool = False,
    action: str = "",
    about: str = "",
    refused: bool = False,
    problems: Sequence[Problem] | None = None,
    status: int = 200,
    definition: PurchaseProcess | None = None,
    tried: Mapping[str, Any] | None = None,
) -> Response:
    if problems is None:
        definition, problems = await checked(pool, await _text_of(pool, draft), key=draft.key)
    context = await _said(page, pool, draft, definition, problems)
    step = draft.form.step(about)
    return await page.render(
        "admin/designer.html",
        status=422 if refused else status,
        draft=draft,
        unsaved=unsaved,
        refused=refused,
        # What is not filled in yet is no mistake before somebody wanted to save it.
        marked={} if is_new or (action and not refused) else context["problems"],
        action=action,
        about=about,
        place=place_of(draft.form, about),
        moved=step,
        tried=tried,
        choices=await design_choices.choices(pool),
        **_offered(page.language),
        has_comments=process_form.may_have_comments(draft.base) and bool(draft.key),
        typed_number=lambda row: process_form.typed_number(row, page.formats),
        **context,
    )


def _offered(language: Language) -> dict[str, Any]:
    """What the form offers, whatever the installation."""
    return {
        "kinds": [
            (
                f"{fact} {comparison}",
                "number" if fact.is_number else fact.value,
                condition_choice(f"{fact} {comparison}", language),
            )
            for fact, comparison in facts_in_order()
        ],
        "numbers": [fact.value for fact in Fact if fact.is_number],
        "made_from": [(source, source_choice(source, language)) for source in SOURCES],
        "currencies": CURRENCIES,
        "editable": list(EditableField),
        "input_fields": list(InputField),
        "blank": {"approvers": ApproverRow(), "tests": TestRow(kind=f"{Fact.TOTAL} >=")},
    }


async def _said(
    page: Page, pool: Pool, draft: Design, definition: PurchaseProcess | None, problems: Sequence[Problem]
) -> dict[str, Any]:
    """What is said of a form: problems by field, the picture, the words for its conditions."""
    form = draft.form.tidy()
    names = await directory.names(pool, process_form.users_in(form))
    tests = {step.id: step.condition_tests for step in form.steps}
    found = process_form.problems(
        form,
        [problem.error for problem in problems],
        page.formats,
        page.gettext("Choose what the step depends on, and fill in its value."),
    )
    return {
        "address_of_form": f"/admin/processes/{draft.key}/form" if draft.key else "/admin/new-process/form",
        "form": draft.form,
        "definition": definition,
        "people": names | (await people_of(pool, definition) if definition else {}),
        "problems": found,
        "elsewhere": process_form.elsewhere(found),
        "words": {
            step_id: process_form.words_of(said, names)[page.language]
            for step_id, said in tests.items()
            if said is not None
        },
    }


async def _text_of(pool: Pool, draft: Design) -> str:
    """The text of the document that a form says."""
    names = await directory.names(pool, process_form.owners_in(draft.form))
    document = await asyncio.to_thread(
        document_of, draft.before, draft.form, lambda tests: process_form.words_of(tests, names)
    )
    return process_form.text_of(draft.base, draft.before, document)


async def _read(text: str) -> dict[str, Any] | None:
    """The values of a document that can be shown as a form; None: it cannot."""
    try:
        document = await documents.read(text, read_yaml)
    except RefusedError:
        return None
    if not isinstance(document, dict):
        return None
    shows = text == process_form.NEW or await asyncio.to_thread(can_be_shown, document)
    return document if shows else None


def _text(sent: Mapping[str, Any], name: str) -> str:
    return lines_as_ours(str(sent.get(name, "")))
