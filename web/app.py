"""Puts the pages onto the application that serves the API.

To add a page:

1. A route in ``web/routes/<area>.py``, which takes a ``PageDep`` and asks the application service (``web.deps``) or
   ``crm`` for what it shows; a write ends in ``page.tell(...)`` and ``page.redirect(...)``. Refusals that are not
   caught become an error page; catch ``RefusedError`` and call ``page.tell_refusal`` to stay where one was.
2. Its router in ``ROUTERS`` below, its entry in ``web/navigation.py``.
3. A template in ``web/templates/<area>/`` that extends ``base.html`` and uses the macros in ``templates/macros``.
   Every form begins with ``{{ csrf() }}``; there are no inline styles, scripts or handlers, since the content security
   policy allows none. Behaviour comes from ``data-`` attributes, which ``static/app.js`` lists.
4. Its texts, in English, as ``_("...")`` in templates and ``page.gettext("...")`` in routes; then ``scripts/messages``
   puts them into ``web/locale/vi.po``, where the Vietnamese is written.
5. Its address in ``tests/browser/test_every_page.py``, which looks at it at every width.
"""

from __future__ import annotations

from typing import Final

from fastapi import Depends, FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hosts import origin_of
from security_headers import SecurityHeaders
from web import csrf, errors
from web.form_limit import LONGEST_FORM, MOST_FIELDS, LimitForms
from web.rendering import Templates
from web.routes import (
    account,
    admin,
    amis,
    attachments,
    calendar,
    codec,
    comments,
    decisions,
    endpoints,
    events,
    flags,
    handover,
    imports,
    inbox,
    installing,
    list_views,
    mail_decision,
    matrices,
    moves,
    notices,
    overview,
    people,
    people_editing,
    printing,
    process_designer,
    process_editor,
    processes,
    purchase_orders,
    purchasing,
    reconciling,
    request_form,
    requests,
    sending,
    sources,
    start,
    substitutions,
    suggestions,
    trials,
    undoing,
    with_others,
)
from web.security import content_security_policy
from web.session import with_session
from web.sign_in import OpenIdSignIn
from web.site import Site
from web.static_files import StaticFiles

ROUTERS: Final = (
    start.router,
    overview.router,
    account.router,
    installing.router,
    events.router,
    notices.router,
    sources.orders,
    sources.opportunities,
    request_form.router,
    sending.router,
    suggestions.router,
    list_views.router,
    requests.router,
    flags.router,
    undoing.router,
    attachments.router,
    comments.router,
    printing.router,
    inbox.router,
    decisions.router,
    mail_decision.router,
    with_others.router,
    substitutions.router,
    purchase_orders.router,
    purchasing.router,
    reconciling.router,
    admin.router,
    people_editing.router,
    people.router,
    handover.router,
    imports.router,
    calendar.router,
    endpoints.router,
    amis.router,
    process_designer.router,
    process_editor.router,
    matrices.router,
    trials.router,
    moves.router,
    processes.router,
    codec.router,
)

_NOT_PAGES: Final = ("/api/", "/docs", "/healthz", "/readyz", "/metrics")


def mount(app: FastAPI, site: Site) -> None:
    """Answer whatever is not under the API's paths with pages, and share the API's state with them.

    Args:
        app: the application with the API's routes; middleware that is for both is added afterwards.
        site: the installation.
    """
    static = StaticFiles()
    pages = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # behind a proxy with TLS it would lead to http
        dependencies=[Depends(csrf.check)],
        form_limits={"max_fields": MOST_FIELDS, "max_files": 0, "max_part_size": LONGEST_FORM},
    )
    pages.state = app.state
    app.state.site = site
    app.state.static = static
    app.state.templates = Templates(site, static)
    app.state.openid = OpenIdSignIn(site) if site.openid else None

    async def serve_static(request: Request, name: str) -> Response:
        return static.serve(request, name)

    pages.add_api_route("/static/{digest}/{name:path}", serve_static, include_in_schema=False)
    for router in ROUTERS:
        pages.include_router(router)
    errors.add_handlers(pages)
    guarded = SecurityHeaders(
        with_session(LimitForms(pages), site),
        policy=content_security_policy(origin_of(site.openid.issuer.identifier) if site.openid else ""),
        https=site.https,
        secret=f"{mail_decision.PREFIX}/",
    )
    app.add_middleware(_Dispatch, pages=guarded)


class _Dispatch:
    """Gives a call to the pages or to the API by its path alone: none of the API's routes is tried for a page.

    Args:
        app: the API.
        pages: the pages.
    """

    def __init__(self, app: ASGIApp, pages: ASGIApp) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI call."""
        is_page = scope["type"] == "http" and not scope["path"].startswith(_NOT_PAGES)
        await (self._pages if is_page else self._app)(scope, receive, send)
