"""The API as one ASGI application: routes, errors, the OpenAPI document. What it works on is put into its state."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from api import problems
from api.deps import refuse_unknown_parameters
from api.docs import add_docs
from api.routes import (
    account,
    attachments,
    calendar,
    codec,
    comments,
    connectors,
    directory,
    endpoints,
    flags,
    imports,
    matrices,
    moves,
    notices,
    ops,
    people,
    processes,
    purchase_orders,
    purchase_requests,
    purchasing,
    reconciling,
    reports,
    sources,
    substitutions,
    trials,
    with_others,
)
from application.attachments.storage import StorageUnavailableError
from application.recent_sign_in import SignInAgainError
from approval.model import RefusedError
from crm.pool import DATABASE_TROUBLE, REFUSED_VALUE
from problems import ProblemError
from security_headers import SecurityHeaders

PREFIX = "/api/v1"

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class _Guarded(FastAPI):
    """Has the headers of ``security_headers`` on every answer, those to defects included: around what adds them."""

    https = False
    """Whether callers come by https."""

    def build_middleware_stack(self) -> ASGIApp:
        """See ``Starlette``."""
        return SecurityHeaders(super().build_middleware_stack(), https=self.https)


def create_api(
    lifespan: Lifespan, *, demo_mode: bool, https: bool = False, docs: bool = True, metrics: bool = True
) -> FastAPI:
    """The application with every route of the API.

    Args:
        lifespan: opens what the routes find in ``app.state`` (see ``api.deps``), and closes it.
        demo_mode: whether anybody is given a token.
        https: whether callers come by https.
        docs: whether anybody is given the OpenAPI document, as it is and for people.
        metrics: whether anybody is given the metrics.
    """
    app = _Guarded(
        title="Purchase request approval",
        version="1.0.0",
        openapi_url=f"{PREFIX}/openapi.json" if docs else None,
        docs_url=None,  # api/docs.py: the framework's own page loads its script from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # to where nobody asked, and behind a proxy with TLS by http
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.https = https
    dependencies = [Depends(refuse_unknown_parameters)]
    for router in (
        account.router,
        notices.router,
        purchase_requests.router,
        with_others.router,
        flags.router,
        attachments.router,
        comments.router,
        purchase_requests.inbox_router,
        substitutions.router,
        directory.router,
        people.router,
        sources.sales_orders,
        sources.opportunities,
        imports.router,
        purchasing.router,
        purchase_orders.router,
        reports.router,
        processes.router,
        matrices.router,
        trials.router,
        moves.router,
        calendar.router,
        endpoints.router,
        connectors.router,
        reconciling.router,
        codec.router,
    ):
        app.include_router(router, prefix=PREFIX, dependencies=dependencies)
    app.include_router(connectors.hints, prefix=PREFIX)
    if demo_mode:
        app.include_router(account.demo_router, prefix=PREFIX)
    app.include_router(ops.router)
    if metrics:
        app.include_router(ops.metrics_router)
    if docs:
        add_docs(app)
    _add_handlers(app)
    return app


def _operation_id(route: APIRoute) -> str:
    """What a call is named in the OpenAPI document, and so in clients that are made from it."""
    return route.name


def _add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(RefusedError, problems.on_refusal)
    app.add_exception_handler(ProblemError, problems.on_problem)
    app.add_exception_handler(SignInAgainError, problems.on_sign_in_again)
    app.add_exception_handler(StorageUnavailableError, problems.on_storage_trouble)
    app.add_exception_handler(RequestValidationError, problems.on_validation)
    app.add_exception_handler(HTTPException, problems.on_http)
    app.add_exception_handler(ClientDisconnect, problems.on_disconnect)
    for trouble in DATABASE_TROUBLE:
        app.add_exception_handler(trouble, problems.on_database_trouble)
    app.add_exception_handler(REFUSED_VALUE, problems.on_refused_value)
    app.add_exception_handler(Exception, problems.on_internal_error)
