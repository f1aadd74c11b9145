"""Turning templates into pages: the environments, one for each language, and what every page is given."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

from babel.support import NullTranslations
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from uuid_utils.compat import uuid7

import problems
from application.caller import Caller
from application.recent_sign_in import RecentSignIn
from application.views import TimelineItem
from application.warnings import WHOLE_CURRENCIES
from approval.incoming import SourceType
from approval.model import MAKERS, FieldError, Person, RefusedError
from crm.drafts import SourceRef
from problems import Problem, ProblemError
from texts import (
    LANGUAGES,
    Language,
    action_label,
    channel_label,
    input_label,
    order_change_mark,
    person_name,
    process_status_label,
    role_label,
)
from texts.catalogue import load
from web import csrf
from web.constant_calls import ConstantCalls
from web.formats import Formats
from web.navigation import navigation
from web.session import (
    REFRESH_HEADER,
    Kind,
    count_unread,
    count_waiting,
    finish_draft,
    get_caller,
    get_language,
    get_visitor,
    take_finished_drafts,
    take_messages,
    tell,
)
from web.sign_in import OpenIdSignIn
from web.site import Site
from web.static_files import StaticFiles
from web.timeline_note import timeline_note

_FOLDER: Final = Path(__file__).parent
_WORTH_COMPRESSING: Final = 1024
_SOON: Final = timedelta(minutes=1)
"""Until then something counts as recorded when it was said."""


class Templates:
    """The templates, ready to be rendered in any of the languages."""

    def __init__(self, site: Site, static: StaticFiles) -> None:
        catalogues: dict[Language, NullTranslations] = {language: NullTranslations() for language in LANGUAGES}
        catalogues["vi"] = load(_FOLDER / "locale" / "vi.po")
        self.formats = {language: Formats(language, site.zone) for language in LANGUAGES}
        self._catalogues = catalogues
        self._environments = {
            language: _environment(site, static, self.formats[language], catalogues[language]) for language in LANGUAGES
        }

    def gettext(self, language: Language, message: str) -> str:
        """A message of the pages in a language."""
        return self._catalogues[language].gettext(message)

    def render(self, language: Language, template: str, context: Mapping[str, Any]) -> str:
        """One page."""
        return self._environments[language].get_template(template).render(context)


class Page:
    """What a route answers with: rendered templates, redirects, and words in the reader's language.

    Attributes:
        request: the call.
        language: the reader's.
        formats: how numbers and dates are written and read.
        caller: who is signed in, if anybody is.
        site: the installation.
        openid: how people sign in; None in the demo.
    """

    def __init__(self, request: Request, language: Language, caller: Caller | None) -> None:
        self.request = request
        self.language = language
        self.caller = caller
        self.site: Site = request.app.state.site
        self.openid: OpenIdSignIn | None = request.app.state.openid
        self._templates: Templates = request.app.state.templates
        self.formats = self._templates.formats[language]

    @property
    def user(self) -> Caller:
        """Who is signed in, on a page that nobody else may see."""
        assert self.caller is not None  # noqa: S101 - see get_page
        return self.caller

    @property
    def refreshing(self) -> bool:
        """Whether the call comes from the script that refreshes an open page, not from a person."""
        return REFRESH_HEADER in self.request.headers

    @property
    def address(self) -> str:
        """The page's own, with its query."""
        url = self.request.url
        return url.path + (f"?{url.query}" if url.query else "")

    def gettext(self, message: str) -> str:
        """A message in the reader's language. Give it as a literal, so that it is found for the catalogue."""
        return self._templates.gettext(self.language, message)

    async def render(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page, with the navigation and what it is to say on top.

        Args:
            template: path under ``web/templates``.
            status: of the HTTP answer.
            context: what the template shows.
        """
        waiting = await count_waiting(self.request, self.caller) if self.caller else 0
        unread = await count_unread(self.request, self.caller) if self.caller else 0
        html = self._templates.render(
            self.language,
            template,
            {
                "request": self.request,
                "path": self.request.url.path,
                "address": self.address,
                "me": self.caller,
                "waiting": waiting,
                "unread": unread,
                "may_make": self.caller is not None and self.caller.has_role(*MAKERS),
                "navigation": navigation(self.caller, waiting) if self.caller else None,
                "messages": [] if self.refreshing else take_messages(self.request),
                "finished_drafts": [] if self.refreshing or self.caller is None else take_finished_drafts(self.request),
                "csrf_token": partial(csrf.token, self.request),
                **context,
            },
        )
        return _answer(html, status, self.request)

    def require_recent_sign_in(self) -> None:
        """Go on only for somebody who has signed in lately.

        Raises:
            SignInAgainError: they have not.
        """
        recent_sign_in: RecentSignIn = self.request.app.state.recent_sign_in
        recent_sign_in.require(self.user)

    def redirect(self, address: str) -> RedirectResponse:
        """Send the browser to another page, after a write."""
        return RedirectResponse(address, status_code=303)

    def tell(self, kind: Kind, title: str, detail: str = "") -> None:
        """Have the next page say something; not on behalf of a script that only looks whether something changed."""
        if not self.refreshing:
            tell(self.request, kind, title, detail)

    def finish_draft(self, draft: str) -> None:
        """Have the browser forget what it keeps of a form: it is done with."""
        finish_draft(self.request, draft)

    async def explain(self, error: RefusedError | ProblemError) -> Problem:
        """A refusal in the reader's language: title, detail and wrong fields."""
        if isinstance(error, RefusedError):
            said: tuple[str, Mapping[str, str], tuple[FieldError, ...]]
            said = (error.refusal.code, error.refusal.params, error.refusal.errors)
        else:
            said = (error.code, error.params, error.errors)
        pool = self.request.app.state.pool
        return await problems.describe(pool, *said, language=self.language, zone=self.site.zone, at_pages=True)

    async def tell_refusal(self, error: RefusedError | ProblemError) -> None:
        """Have the next page say why something was not done: who came first, what is missing."""
        problem = await self.explain(error)
        self.tell("danger", problem.title, problem.detail)


async def get_public_page(
    request: Request,
    language: Annotated[Language, Depends(get_language)],
    visitor: Annotated[Caller | None, Depends(get_visitor)],
) -> Page:
    """A page that anybody may see."""
    return Page(request, language, visitor)


async def get_page(
    request: Request,
    language: Annotated[Language, Depends(get_language)],
    caller: Annotated[Caller, Depends(get_caller)],
) -> Page:
    """A page for those who are signed in."""
    return Page(request, language, caller)


def _environment(site: Site, static: StaticFiles, formats: Formats, catalogue: NullTranslations) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", ConstantCalls],
    )
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    language = formats.language
    icon = partial(_icon, static.address("vendor/icons.svg"))
    environment.globals |= {
        "language": language,
        "site": site,
        "static": static.address,
        "icon": icon,
        "new_id": uuid7,
        "formats": formats,
        "whole_currencies": sorted(WHOLE_CURRENCIES),
        "process_status_label": _in(language, process_status_label),
        "action_label": _in(language, action_label),
        "channel_label": _in(language, channel_label),
        "input_label": _in(language, input_label),
        "role_label": _in(language, role_label),
        "name_of": partial(_name_of, language),
        "purchase_status_label": partial(purchase_status_label, site, language),
        "timeline_note": partial(timeline_note, formats, partial(purchase_status_label, site, language)),
        "run_address": partial(_run_address, site),
        "source_address": source_address,
        "order_change_mark": _in(language, order_change_mark),
    }
    environment.filters |= {
        "_": partial(_text, catalogue),
        "static": static.address,
        "icon": icon,
        "number": formats.number,
        "money": formats.money,
        "price": formats.price,
        "day": formats.day,
        "size": formats.size,
        "time": formats.time,
        "ago": formats.ago,
        "duration": formats.duration,
        "lasting": formats.lasting,
        "initials": _initials,
    }
    environment.tests |= {"past": _is_past, "recorded_late": _is_recorded_late}
    return environment


def _in(language: Language, label: Callable[..., str]) -> Callable[..., str]:
    return lambda value, **more: label(value, language, **more)


def _text(catalogue: NullTranslations, message: str) -> Markup:
    """A message without parameters, as the function ``_`` of templates gives it: there, a per cent sign is doubled."""
    return Markup(catalogue.gettext(message)) % {}  # noqa: S704 - texts of ours, which nobody else can write


def _icon(sheet: str, name: str, more: str = "") -> Markup:
    """One of the icons of a sheet; ``more`` are further classes."""
    return Markup(
        '<svg class="icon {more}" aria-hidden="true" focusable="false"><use href="{sheet}#{name}"></use></svg>'
    ).format(more=more, sheet=sheet, name=name)


def _name_of(language: Language, person: Person) -> str:
    """The name of a person, or what people call the clock."""
    return person_name(person.username, person.name, language, begins=True)


def purchase_status_label(site: Site, language: Language, code: str) -> str:
    """A purchase status as the settings name it; anything else comes back as it is."""
    return site.purchase_statuses.get(code, {}).get(language, code)


def _run_address(site: Site, request_id: UUID) -> str:
    """Where the Temporal UI shows a request's run; empty where there is no such UI."""
    if not site.temporal_ui_url:
        return ""
    return f"{site.temporal_ui_url}/namespaces/{site.temporal_namespace}/workflows/purchase-request-{request_id}"


def source_address(source: SourceRef) -> str:
    """The page of a sales order or opportunity."""
    folder = "orders" if source.type is SourceType.SALES_ORDER else "opportunities"
    return f"/{folder}/{source.id}"


def _is_past(moment: datetime) -> bool:
    """Whether a moment is over, such as a deadline."""
    return moment < datetime.now(UTC)


def _is_recorded_late(item: TimelineItem) -> bool:
    """Whether something was written well after it was said, since the engine or the worker was away."""
    return item.recorded_at - item.at > _SOON


def _initials(name: str) -> str:
    """First letters of the first and the last word, for an avatar: ``Lê Hoàng Nam`` is LN."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def _answer(html: str, status: int, request: Request) -> HTMLResponse:
    body = html.encode()
    headers = {"Vary": "Accept-Encoding, Cookie"}
    if len(body) >= _WORTH_COMPRESSING and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 3, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return HTMLResponse(body, status_code=status, headers=headers)


PageDep = Annotated[Page, Depends(get_page)]
PublicPageDep = Annotated[Page, Depends(get_public_page)]
