"""The server of API and pages. Composition root: settings, pool, Temporal client, application, API, pages.

Start as many as you like, on as many hosts, behind a load balancer: ``python server.py``.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, nullcontext, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
import uvicorn
from fastapi import FastAPI
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime

from admission import GiveTurnsBack
from api.app import create_api
from api.auth import DemoTokens, IssuerTokens, TokenVerifier
from api.backlog import BacklogMetrics
from api.observe import Metrics, ObserveCalls
from api.openapi import describe
from api.timeouts import PunctualProtocol
from application.amis import AmisConnection
from application.attachments.attachments import RequestAttachments
from application.attachments.places import storages
from application.attachments.scanning import Scans
from application.calendars import Calendars
from application.commands import Commands
from application.comments import Comments
from application.delivery.engine import RETRY, Engine
from application.delivery.handover import Handover
from application.delivery.outcomes import Outcomes
from application.delivery.relay import run_relay
from application.encryption import Encryption
from application.endpoints import Endpoints
from application.fair_use import FairUse
from application.following import Following
from application.mail_links import MailLinks
from application.moving import MovingRuns
from application.payloads import Payloads
from application.people import People
from application.purchase_orders import PurchaseOrders
from application.purchase_requests import PurchaseRequests
from application.push_devices import PushDevices
from application.reassigning import Reassigning
from application.recent_sign_in import RecentSignIn
from application.reconciliation import Reconciliation
from application.request_lock import RequestLock
from application.sessions import Sessions
from application.sign_in_claims import SignInClaims
from application.signatures import SignalKeys
from application.streams import Streams
from application.undoing import Undoing
from arrivals import OneAfterTheOther
from body_limit import LimitBodies
from connectors.amis.connecting import AmisCalls
from connectors.files.importing import Imports
from cors import CodecOrigin
from crm.pool import DATABASE_TROUBLE, Pool, create_pool
from crm.probe import WriteProbe
from engine_metrics import engine_metrics
from garbage import leave_alone_what_stays
from hosts import AllowedHosts, origin_of
from issuer import Issuer
from leaving import FINISH_SECONDS, CloseConnections, Leaving, LeavingServer
from logs import configure_logging
from notices.endpoints import Calls
from notices.guard import Guard
from notices.push_calls import PushCalls
from notices.sending import Sender
from settings import Settings, read_settings
from trace_context import NOBODY
from web.app import mount
from web.site import OpenIdClient, Site
from workflows.data_converter import data_converter

if TYPE_CHECKING:
    from tracing import Tracing

log = structlog.get_logger(__name__)

DATABASE_RETRY_SECONDS = 1.0

SERVED: Final[Mapping[str, Any]] = {
    "http": PunctualProtocol,
    "server_header": False,  # nobody needs to know what answers
    "proxy_headers": False,  # what anybody can have written is not read: who calls says the token, by which name says Host
    "timeout_graceful_shutdown": 5,
    "log_config": None,
    "access_log": False,
}
"""How uvicorn serves the application, wherever it does."""


def create_app(settings: Settings) -> FastAPI:
    """The application. It opens its pool and its client when it starts and closes them when it stops.

    The engine and the issuer of tokens may be away at the start; the database may not, and is waited for.
    """
    issuer = None if settings.demo_mode else _issuer(settings)
    metrics = Metrics()
    backlog = BacklogMetrics(metrics.registry)
    runtime = _runtime(settings)
    tracing = _tracing(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = await _wait_for_pool(settings)
        client = await Client.connect(
            **ClientConfig.load_client_connect_config(),
            data_converter=data_converter(settings.payload_keys.get_secret_value()),
            retry_config=RETRY,
            runtime=runtime,
            interceptors=[tracing.interceptor] if tracing is not None else [],
            lazy=True,
        )
        engine = Engine(client, SignalKeys.parse(settings.signal_keys.get_secret_value()), tracing or NOBODY)
        outcomes = Outcomes(pool, settings.database_url)
        app.state.pool = pool
        app.state.write_probe = WriteProbe(pool)
        app.state.engine = engine
        app.state.payloads = Payloads(client.data_converter.payload_codec, client.namespace)
        sessions = Sessions(
            pool,
            idle=timedelta(minutes=settings.session_idle_minutes),
            lasting=timedelta(hours=settings.session_hours),
        )
        app.state.sessions = sessions
        streams = Streams(pool, outcomes, sessions, at_once=settings.streams_at_once)
        app.state.streams = streams
        handover = Handover(pool, engine, outcomes, wait_seconds=settings.decision_wait_seconds)
        lock = RequestLock(pool)
        commands = Commands(
            pool,
            handover,
            lock,
            app.state.calendars,
            count=app.state.metrics.count_command,
            recent_sign_in=app.state.recent_sign_in,
            undo_seconds=settings.undo_seconds,
        )
        app.state.undoing = Undoing(pool, count=app.state.metrics.count_command, seconds=settings.undo_seconds)
        app.state.service = PurchaseRequests(pool, commands, lock, app.state.calendars, zone=settings.time_zone)
        app.state.purchase_orders = PurchaseOrders(pool, lock)
        app.state.mail_links = MailLinks(pool, commands, settings.mail_links)
        app.state.attachments = RequestAttachments(
            pool,
            lock,
            storages(pool, settings.attachments_url),
            Scans(client) if settings.clamav_address else None,
        )
        app.state.comments = Comments(pool, lock)
        app.state.reassigning = Reassigning(pool, handover)
        app.state.sign_in_claims = SignInClaims(pool, settings.claim_rules)
        app.state.people = People(pool, app.state.recent_sign_in)
        app.state.imports = Imports(pool, app.state.recent_sign_in)
        app.state.push_devices = _push_devices(settings, pool)
        app.state.amis = _amis(settings, pool, client)
        app.state.reconciliation = Reconciliation(pool, client, settings.reconcile_minutes)
        app.state.moving_runs = MovingRuns(pool, handover, app.state.calendars)
        relay = asyncio.create_task(run_relay(pool, engine, app.state.metrics.waiting.set))
        async with (
            outcomes.listening(),
            streams.running(),
            app.state.metrics.served(settings.api_metrics_address),
            backlog.looked_at(pool),
            issuer.kept_fresh() if issuer is not None else nullcontext(),
            _endpoints(settings, pool, engine) as app.state.endpoints,
        ):
            log.info("api started", address=settings.base_url, demo_mode=settings.demo_mode)
            yield
        await commands.stop()
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay
        await pool.close()
        if tracing is not None:
            await asyncio.to_thread(tracing.stop)

    app = create_api(
        lifespan,
        demo_mode=settings.demo_mode,
        https=settings.base_url.startswith("https://"),
        docs=settings.docs,
        metrics=settings.metrics,
    )
    app.state.zone = settings.time_zone
    app.state.calendars = Calendars(settings.business_calendar)
    app.state.purchase_statuses = tuple(status.code for status in settings.purchase_statuses)
    app.state.issuer = issuer
    app.state.verifier = _verifier(settings, issuer)
    app.state.fair_use = FairUse(settings.fair_use)
    app.state.metrics = metrics
    app.state.recent_sign_in = RecentSignIn(settings.reauthenticate_within)
    app.state.leaving = Leaving()
    if settings.demo_mode or settings.oidc_client_id:
        mount(app, _site(settings, issuer))
    app.add_middleware(LimitBodies)
    app.add_middleware(GiveTurnsBack)
    if settings.temporal_ui_url:
        app.add_middleware(CodecOrigin, origin=origin_of(settings.temporal_ui_url))
    app.add_middleware(AllowedHosts, names=settings.hosts)
    app.add_middleware(CloseConnections, leaving=app.state.leaving)
    app.add_middleware(OneAfterTheOther)
    app.add_middleware(ObserveCalls, metrics=metrics, tracer=tracing or NOBODY)
    describe(app)
    return app


def _runtime(settings: Settings) -> Runtime | None:
    """What the engine client's own metrics are served by; None: by nothing."""
    if not settings.api_engine_metrics_address:
        return None
    return Runtime(telemetry=engine_metrics(settings.api_engine_metrics_address))


def _tracing(settings: Settings) -> Tracing | None:
    """Tells of what this process does; None: nobody wants to know, and what it takes is not even imported."""
    if not settings.traces_endpoint:
        return None
    from tracing import Tracing

    return Tracing(settings.traces_endpoint, settings.traces_ratio, "api")


@asynccontextmanager
async def _endpoints(settings: Settings, pool: Pool, engine: Engine) -> AsyncIterator[Endpoints]:
    encryption = Encryption(settings.encryption_keys.get_secret_value())
    guard = Guard(settings.webhook_allowed_networks, plain_http=settings.demo_mode)
    async with aclosing(Sender(guard)) as sender:
        yield Endpoints(pool, encryption, Calls(encryption, sender, settings.base_url), engine)


def _push_devices(settings: Settings, pool: Pool) -> PushDevices:
    key = settings.vapid_key
    sender = Sender(Guard(settings.push_allowed_networks))  # it only checks where devices say that they are
    return PushDevices(pool, PushCalls(sender, key) if key is not None else None)


def _amis(settings: Settings, pool: Pool, client: Client) -> AmisConnection:
    encryption = Encryption(settings.encryption_keys.get_secret_value())
    guard = Guard(settings.connector_allowed_networks, plain_http=settings.demo_mode)
    return AmisConnection(pool, encryption, AmisCalls(guard, settings.time_zone), Following(client))


def _issuer(settings: Settings) -> Issuer:
    return Issuer(
        settings.oidc_issuer,
        jwks_url=settings.oidc_jwks_url,
        signs_in=bool(settings.oidc_client_id),
        keys_good_for=timedelta(hours=settings.oidc_keys_hours),
    )


def _verifier(settings: Settings, issuer: Issuer | None) -> TokenVerifier:
    if issuer is None:
        return DemoTokens(settings.demo_signing_key.get_secret_value())
    return IssuerTokens(issuer, audience=settings.oidc_audience, claim=settings.oidc_username_claim)


def _site(settings: Settings, issuer: Issuer | None) -> Site:
    openid = None
    if issuer is not None:
        openid = OpenIdClient(
            issuer=issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            username_claim=settings.oidc_username_claim,
            scopes=settings.oidc_scopes,
        )
    return Site(
        base_url=settings.base_url,
        session_secret=settings.session_secret.get_secret_value() or secrets.token_urlsafe(48),
        zone=settings.time_zone,
        purchase_statuses={status.code: {"vi": status.vi, "en": status.en} for status in settings.purchase_statuses},
        openid=openid,
        temporal_ui_url=settings.temporal_ui_url.rstrip("/"),
        temporal_namespace=ClientConfig.load_client_connect_config().get("namespace", "default"),
        mailbox_url=settings.mailbox_url,
        reauthenticate_within=settings.reauthenticate_within,
        undo_seconds=settings.undo_seconds,
    )


async def _wait_for_pool(settings: Settings) -> Pool:
    while True:
        try:
            return await create_pool(settings.database_url, settings.database_pool_size)
        except DATABASE_TROUBLE as error:
            log.warning("waiting for the database", error=repr(error))
            await asyncio.sleep(DATABASE_RETRY_SECONDS)


async def _database_is_there(settings: Settings) -> bool:
    """Wait for the database; False when asked to stop before it came.

    uvicorn hears of a signal and does nothing about it until an application has started.
    """
    work = asyncio.create_task(_wait_for_pool(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    try:
        await (await work).close()
    except asyncio.CancelledError:
        log.info("asked to stop before the database was there")
        return False
    return True


def main() -> None:
    """Run until SIGTERM or SIGINT, and for ``api_drain_seconds`` more."""
    settings = read_settings()
    configure_logging(settings.log_format)
    if not asyncio.run(_database_is_there(settings)):
        return
    app = create_app(settings)
    leave_alone_what_stays()
    drains = settings.api_drain_seconds > 0
    served = {**SERVED, "timeout_graceful_shutdown": FINISH_SECONDS} if drains else SERVED
    config = uvicorn.Config(app, host=settings.api_host, port=settings.api_port, loop="uvloop", **served)
    server = LeavingServer(
        config, app.state.leaving, seconds=settings.api_drain_seconds, last=lambda: app.state.streams.leave()
    )
    with suppress(KeyboardInterrupt):
        server.run()


if __name__ == "__main__":
    main()
