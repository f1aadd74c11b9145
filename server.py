"""The server of API and pages. Composition root: settings, pool, Temporal client, application, API, pages.

Start as many as you like, on as many hosts, behind a load balancer: ``python server.py``.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import timedelta
from typing import Any, Final

import structlog
import uvicorn
from fastapi import FastAPI
from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from admission import GiveTurnsBack
from api.app import create_api
from api.auth import DemoTokens, IssuerTokens, TokenVerifier
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
from application.purchase_orders import PurchaseOrders
from application.purchase_requests import PurchaseRequests
from application.reassigning import Reassigning
from application.recent_sign_in import RecentSignIn
from application.request_lock import RequestLock
from application.sessions import Sessions
from application.signatures import SignalKeys
from application.streams import Streams
from body_limit import LimitBodies
from connectors.amis.connecting import AmisCalls
from connectors.files.importing import Imports
from crm.pool import DATABASE_TROUBLE, Pool, create_pool
from crm.probe import WriteProbe
from hosts import AllowedHosts
from issuer import Issuer
from logs import configure_logging
from notices.endpoints import Calls
from notices.guard import Guard
from notices.sending import Sender
from settings import Settings, read_settings
from web.app import mount
from web.site import OpenIdClient, Site
from workflows.data_converter import DATA_CONVERTER

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

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = await _wait_for_pool(settings)
        client = await Client.connect(
            **ClientConfig.load_client_connect_config(),
            data_converter=DATA_CONVERTER,
            retry_config=RETRY,
            lazy=True,
        )
        engine = Engine(client, SignalKeys.parse(settings.signal_keys.get_secret_value()))
        outcomes = Outcomes(pool, settings.database_url)
        app.state.pool = pool
        app.state.write_probe = WriteProbe(pool)
        app.state.engine = engine
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
        )
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
        app.state.imports = Imports(pool, app.state.recent_sign_in)
        app.state.endpoints = _endpoints(settings, pool, engine)
        app.state.amis = _amis(settings, pool, client)
        app.state.moving_runs = MovingRuns(pool, handover, app.state.calendars)
        relay = asyncio.create_task(run_relay(pool, engine, app.state.metrics.waiting.set))
        async with (
            outcomes.listening(),
            streams.running(),
            app.state.metrics.served(settings.api_metrics_address),
            issuer.kept_fresh() if issuer is not None else nullcontext(),
        ):
            log.info("api started", address=settings.base_url, demo_mode=settings.demo_mode)
            yield
        await commands.stop()
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay
        await pool.close()

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
    app.state.metrics = Metrics()
    app.state.recent_sign_in = RecentSignIn(settings.reauthenticate_within)
    if settings.demo_mode or settings.oidc_client_id:
        mount(app, _site(settings, issuer))
    app.add_middleware(LimitBodies)
    app.add_middleware(GiveTurnsBack)
    app.add_middleware(AllowedHosts, names=settings.hosts)
    app.add_middleware(ObserveCalls, metrics=app.state.metrics)
    describe(app)
    return app


def _endpoints(settings: Settings, pool: Pool, engine: Engine) -> Endpoints:
    encryption = Encryption(settings.encryption_keys.get_secret_value())
    guard = Guard(settings.webhook_allowed_networks, plain_http=settings.demo_mode)
    return Endpoints(pool, encryption, Calls(encryption, Sender(guard), settings.base_url), engine)


def _amis(settings: Settings, pool: Pool, client: Client) -> AmisConnection:
    encryption = Encryption(settings.encryption_keys.get_secret_value())
    guard = Guard(settings.connector_allowed_networks, plain_http=settings.demo_mode)
    return AmisConnection(pool, encryption, AmisCalls(guard), Following(client))


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
    """Run until SIGTERM or SIGINT."""
    settings = read_settings()
    configure_logging(settings.log_format)
    if not asyncio.run(_database_is_there(settings)):
        return
    uvicorn.run(create_app(settings), host=settings.api_host, port=settings.api_port, loop="uvloop", **SERVED)


if __name__ == "__main__":
    main()
