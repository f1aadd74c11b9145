"""Every setting of the product, read from the environment once by a composition root.

Nothing else of the product reads the environment, except Temporal's own client configuration (``TEMPORAL_ADDRESS``,
``TEMPORAL_NAMESPACE``, ``TEMPORAL_API_KEY``, ``TEMPORAL_TLS*``, see ``temporalio.envconfig``), that of the client of an S3
storage (``AWS_*``, see ``attachments_url``), and the maintenance of the database (``python -m crm migrate`` and ``demo-data``), which needs ``DATABASE_URL`` alone.
"""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from application.fair_use import Limits
from application.mail_links import LinkRules
from application.sign_in_claims import ClaimRules
from approval.calendar import BusinessCalendar
from approval.model import Role
from approval.people import is_role
from crm.retention import Retention
from notices.mail_message import Sender
from notices.smtp import MailServer, Tls
from notices.vapid import VapidKey
from workflows.contracts import MOST_UNDO_SECONDS
from workflows.payload_codec import parse_keys


class PurchaseStatus(BaseModel):
    """One value of the purchase status list (Tình trạng mua sắm)."""

    model_config = ConfigDict(frozen=True)

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    vi: str
    en: str


DEFAULT_PURCHASE_STATUSES = (
    PurchaseStatus(code="not_started", vi="Chưa mua", en="Not started"),
    PurchaseStatus(code="quoting", vi="Đang báo giá", en="Quoting"),
    PurchaseStatus(code="ordered", vi="Đã đặt hàng", en="Ordered"),
    PurchaseStatus(code="partially_received", vi="Nhận một phần", en="Partially received"),
    PurchaseStatus(code="received", vi="Đã nhận đủ", en="Received"),
    PurchaseStatus(code="closed", vi="Đã đóng", en="Closed"),
)

SHORTEST_SECRET = 32

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

HostName = Annotated[str, Field(pattern=r"^(?:[a-z0-9._-]+|[0-9a-f:]*:[0-9a-f:.]*)$")]
"""In lower case, without a port; an IPv6 address without brackets."""

Address = Annotated[str, Field(pattern=r"^(?:[^\s]+:[0-9]{1,5})?$")]


class Settings(BaseSettings):
    """The environment of the API, the worker and the maintenance commands.

    Raises:
        pydantic.ValidationError: a value is missing, malformed, or insecure outside demo mode.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str
    """PostgreSQL, as a URI: ``postgresql://user:password@host:5432/crm``."""
    database_pool_size: Annotated[int, Field(ge=2, le=200)] = 10
    """Connections of one process. The worker runs at most this many write-backs at once."""

    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: str = ""
    """Where browsers reach the API, e.g. ``https://crm.example.com``. Empty: ``http://<api_host>:<api_port>``."""
    allowed_hosts: tuple[HostName, ...] = ()
    """Under which names the API answers besides that of ``public_url``, as JSON, without ports: ``["crm.internal"]``. The
    demo answers under loopback names only."""

    api_drain_seconds: Annotated[float, Field(ge=0, le=300)] = 0.0
    """How long the API goes on after it was asked to stop, while ``/readyz`` says that it stops, so that a balancer leads callers
    elsewhere first: longer than its checks take to take it out. 0: it finishes what it has, and stops."""

    demo_mode: bool = False
    """Issue tokens to anyone who asks. Refused unless ``api_host`` is a loopback address."""
    demo_signing_key: SecretStr = SecretStr("")
    """Signs demo tokens, at least 32 characters; empty: a random key for each process."""

    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_jwks_url: str = ""
    """Empty: found through the issuer's discovery document."""
    oidc_keys_hours: Annotated[float, Field(gt=0, le=168)] = 24.0
    """How long the issuer's keys are used while it is away and they cannot be fetched anew."""
    oidc_username_claim: str = "preferred_username"
    oidc_name_claim: str = ""
    """The claim with somebody's name, which the directory takes over when they sign in to the pages; empty: none is taken. So it is
    with the three that follow. A claim within another is written with a dot: ``realm_access.roles``."""
    oidc_email_claim: str = ""
    """Where they are written to; an address that the issuer has not verified (``email_verified``) is not taken."""
    oidc_department_claim: str = ""
    oidc_roles_claim: str = ""
    """A list of texts, or one, which ``oidc_roles`` makes roles of."""
    oidc_roles: Annotated[dict[str, str], NoDecode] = {}
    """Role by text of that claim, as JSON: ``{"crm-sales": "sales", "crm-managers": "manager"}``. Whoever signs in has just those of
    these roles of which the claim has a text; other roles stay as they are."""
    oidc_gives_admin: bool = False
    """Whether ``oidc_roles`` may have the role ``admin``, so that whoever rules the issuer's groups rules here."""
    oidc_scopes: Annotated[str, Field(pattern=r"^openid( [!#-\[\]-~]+)*$")] = "openid profile"
    """What the pages ask the issuer for at sign-in, ``openid`` first; an address may need ``email``."""
    oidc_client_id: str = ""
    """For signing in to the pages (authorization code flow with PKCE); empty outside demo mode: no pages."""
    oidc_client_secret: SecretStr = SecretStr("")
    session_secret: SecretStr = SecretStr("")
    """Signs the pages' session cookies, at least 32 characters; in demo mode empty means a random one."""
    session_idle_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 60
    """A session of the pages ends when nobody has used it for as long."""
    session_hours: Annotated[int, Field(ge=1, le=30 * 24)] = 12
    """A session of the pages ends after this, however much it is used."""
    reauthenticate_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 0
    """Whoever does what cannot be undone (``application.recent_sign_in`` says what) must have signed in no longer ago than this,
    at the pages and with the ``auth_time`` of their token; 0: nobody is asked."""

    signal_keys: SecretStr = SecretStr("")
    """Sign the decisions that the API gives to runs, at least 32 characters each, with blanks between them: the first one signs,
    all of them verify. The same for API and workers; without, the timeline shows every decision as a signal."""
    require_signed_signals: bool = False
    """Whether runs refuse decisions that are not signed, so that access to the engine is not access to everybody's name."""

    encryption_keys: SecretStr = SecretStr("")
    """Encrypt what the database keeps of secrets that must be read again (of webhooks, and addresses of chats), at least 32
    characters each, with blanks between them: the first one encrypts, all of them read. The same for API and workers;
    without, no endpoint can be made."""
    payload_keys: SecretStr = SecretStr("")
    """Encrypt what the engine keeps of the product, at least 32 characters each: ``ID:KEY``, with blanks between several; the first
    one encrypts, all of them read. The same for API and workers; without, nothing there is encrypted."""
    webhook_allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of one's own that webhooks may go to, as JSON: ``["10.1.0.0/16"]``. All else that is not on the public internet
    is refused."""

    vapid_private_key: SecretStr = SecretStr("")
    """Says to the push services of browsers who sends: 32 bytes as base64url, which ``python -m notices.vapid`` makes; empty: people
    are told nothing on their devices. The same for API and workers. With another one, people have to switch their devices on again."""
    vapid_subject: Annotated[str, Field(pattern=r"^(?:mailto:[^@\s]+@[^@\s]+|https://[^\s/]+\S*)?$")] = ""
    """Whom push services write to about what was sent: ``mailto:it@example.com``, or an address with ``https://``."""
    push_allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of one's own in which push services stand, as JSON. All else that is not on the public internet is refused: it is
    browsers, and so anybody who is signed in, who say where their push service is."""

    connector_allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of one's own in which the systems stand whose orders are read, as JSON: ``["10.1.0.0/16"]``. All else that is not
    on the public internet is refused. The same for API and workers."""

    decision_wait_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """How long a decision waits for its outcome before the answer is 202."""
    undo_seconds: Annotated[int, Field(ge=0, le=MOST_UNDO_SECONDS)] = 0
    """How long people may take back what they decided on the pages, before it takes effect; API clients ask for it call by call.
    0: what is decided takes effect at once."""
    rate_limit_per_minute: Annotated[int, Field(ge=1)] = 1200
    """Writes that one user may make in a minute, for each API process; a call over the limit is answered with 429. So it is
    with the other limits here. Nobody is exempt."""
    read_limit_per_minute: Annotated[int, Field(ge=1)] = 6000
    """Reads that one user may make in a minute, pages among them."""
    calls_at_once: Annotated[int, Field(ge=1)] = 12
    """Calls of one user that are worked on at the same time; others wait. A program that makes ten at once notices nothing."""
    heavy_reads_at_once: Annotated[int, Field(ge=1)] = 3
    """Of these, lists, timelines, exports, and pages that show them; well under ``database_pool_size``, which all share."""
    turn_seconds: Annotated[float, Field(ge=0, le=60)] = 0.5
    """For how long a call counts among those at least, however soon it is answered: a user gets as many as may be at once in each
    such time, which people do not notice, and a program that asks without pause leaves the processor to others. 0: not at all."""
    call_wait_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """How long a call waits for others of the same user before it is answered with 429."""

    streams_at_once: Annotated[int, Field(ge=1)] = 12
    """Open pages of one user that are told of changes; one more ends the one that was opened first."""

    company_time_zone: str = "Asia/Ho_Chi_Minh"
    business_days: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (0, 1, 2, 3, 4)
    """Days on which deadlines count, Monday is 0."""
    business_hours: tuple[str, ...] = ("08:00-12:00", "13:00-17:00")
    holiday_country: str = "VN"
    """Whose public holidays deadlines do not count and people are left alone on (ISO 3166, two letters), with the days that are
    worked in their stead; empty: nobody's. Like the days and hours it counts until an admin stores a calendar."""
    holidays: tuple[str, ...] = ()
    """More dates (ISO 8601) on which deadlines do not count."""
    purchase_statuses: tuple[PurchaseStatus, ...] = DEFAULT_PURCHASE_STATUSES

    smtp_host: str = ""
    """The mail server; empty: people get no mail."""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_tls: Tls = Tls.STARTTLS
    """``starttls``, ``tls`` from the first byte on (usually port 465), or ``none``, which is refused but for a server on this
    machine, or with ``smtp_without_tls``."""
    smtp_without_tls: bool = False
    """Whether mails and the password may go over the network for everybody on it to read."""
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 20.0
    """How long each of the server's answers is waited for."""
    mail_from: str = ""
    """Whom mails come from: ``Mua hàng <mua-hang@example.com>``."""
    mail_gather_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    """How long a mail waits for others to the same person, with which it is one."""
    mail_quiet_hours: bool = True
    """Whether people are written to, and told on their devices, in business hours only, but for escalations."""
    mail_decisions: bool = True
    """Whether people may decide from a mail, without signing in."""
    mail_decisions_up_to: Annotated[str, Field(pattern=r"^(?:[0-9]+(?:\.[0-9]+)? [A-Z]{3})?$")] = ""
    """Only what is worth as much at most: ``50000000 VND``; empty: whatever it is worth."""
    mailbox_url: str = ""
    """Where the demo's mails can be read, for a link on its sign-in page."""

    reconcile_minutes: Annotated[int, Field(ge=0, le=1440)] = 10
    """How often the CRM is compared with the engine, so that what was lost is healed; 0: never by itself."""

    retention: Retention = Retention()
    """Days for which things are kept, as JSON: ``{"commands": 30, "idempotency_keys": 7, "outbox": 30, "sessions": 1,
    "counted_refusals": 7, "mails": 90, "deliveries": 30, "notices": 365, "findings": 365, "reconciliations": 30}`` or a part of it."""

    attachments_url: Annotated[
        str, Field(pattern=r"^(?:s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9!_.*'()/-]*)?)?$")
    ] = ""
    """Where files that people attach to requests are kept: ``s3://bucket`` or ``s3://bucket/prefix``; empty: in the database. Keys,
    region and endpoint of the storage are read by its client (``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``,
    ``AWS_ENDPOINT_URL``, …). The same for API and workers."""
    clamav_address: Address = ""
    """``host:port`` of the ClamAV daemon that looks at attached files, of which none is given out before that; empty: nobody looks
    at them. The same for API and workers."""

    docs: bool = True
    """Whether the API describes itself to anybody, at ``/docs`` and ``/api/v1/openapi.json``."""
    metrics: bool = True
    """Whether anybody who reaches the API is given its Prometheus metrics, at ``/metrics``."""
    api_metrics_address: Address = ""
    """``host:port`` on which the API serves its metrics too, for networks that callers do not reach; empty: nowhere else."""

    api_engine_metrics_address: Address = ""
    """``host:port`` on which the API serves the metrics of its engine client; empty: nowhere."""

    traces_endpoint: Annotated[str, Field(pattern=r"^(?:https?://[^\s/]+/?)?$")] = ""
    """Where traces of what API and worker do are sent, as OTLP over HTTP: ``http://otel-collector:4318``; empty: nobody traces.
    Headers that the collector wants are read by the exporter itself (``OTEL_EXPORTER_OTLP_HEADERS``)."""
    traces_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Of the calls, how many are traced, with all that follows from them: 0.1 is a tenth."""

    temporal_ui_url: str = ""
    """Base of the Temporal UI, for links to a run; empty: no link."""
    worker_metrics_address: Address = ""
    """``host:port`` on which the worker serves Prometheus metrics; empty: none."""
    worker_health_address: Address = ""
    """``host:port`` on which the worker says at ``/readyz`` whether the engine knows it as one that asks for work and the database
    answers it, for the health check of its container; empty: nowhere."""
    worker_cached_runs: Annotated[int, Field(ge=0)] = 1000
    """Runs that the worker keeps in memory between decisions (about 100 KiB each)."""
    worker_build_id: Annotated[str, Field(pattern=r"^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,63})?$")] = ""
    """Which build a worker is, so that the engine gives it the part of the runs that ``python -m deployment`` says, and nothing before
    that; empty: workers are not told apart, and each gets whatever comes. See docs/deploys.md."""
    log_format: Annotated[str, Field(pattern="^(json|console)$")] = "json"

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _roles_as_json(cls, value: object) -> object:
        return (json.loads(value) if value.strip() else {}) if isinstance(value, str) else value

    @field_validator("worker_build_id")
    @classmethod
    def _names_a_build(cls, value: str) -> str:
        if value == "unversioned":
            raise ValueError("unversioned is what workers without a build id are called")
        return value

    @field_validator("company_time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (OSError, LookupError, ValueError) as error:
            raise ValueError(f"there is no time zone {value!r}") from error
        return value

    @model_validator(mode="after")
    def _usable_calendar(self) -> Self:
        try:
            _ = self.business_calendar
        except ValueError as error:
            raise ValueError(f"business_days, business_hours, holiday_country, holidays: {error}") from error
        return self

    @model_validator(mode="after")
    def _secure(self) -> Self:
        for name in ("demo_signing_key", "session_secret"):
            if 0 < len(getattr(self, name).get_secret_value()) < SHORTEST_SECRET:
                raise ValueError(f"{name.upper()} has fewer than {SHORTEST_SECRET} characters: use long random ones")
        for name in ("signal_keys", "encryption_keys"):
            if any(len(key) < SHORTEST_SECRET for key in getattr(self, name).get_secret_value().split()):
                raise ValueError(
                    f"{name.upper()} has a key of fewer than {SHORTEST_SECRET} characters: use long random ones"
                )
        try:
            parse_keys(self.payload_keys.get_secret_value())
        except ValueError as error:
            raise ValueError(f"PAYLOAD_KEYS: {error}") from None
        if self.require_signed_signals and not self.signal_keys.get_secret_value().split():
            raise ValueError(
                "REQUIRE_SIGNED_SIGNALS refuses every decision while there are no SIGNAL_KEYS: set them too"
            )
        if self.demo_mode:
            if not is_loopback(self.api_host):
                raise ValueError(
                    f"DEMO_MODE hands a token to anyone who asks, so API_HOST must be a loopback address, not {self.api_host!r}"
                )
            if self.allowed_hosts or not is_loopback(self._public_host):
                raise ValueError(
                    "DEMO_MODE hands a token to anyone who asks, so it answers under loopback names only: leave PUBLIC_URL "
                    "and ALLOWED_HOSTS out"
                )
            return self
        if not (self.oidc_issuer and self.oidc_audience):
            raise ValueError("set OIDC_ISSUER and OIDC_AUDIENCE, or DEMO_MODE=true on a loopback address")
        if self.oidc_client_id and len(self.session_secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(
                f"set SESSION_SECRET to at least {SHORTEST_SECRET} random characters: it signs the pages' cookies"
            )
        return self

    @model_validator(mode="after")
    def _roles_of_the_issuer(self) -> Self:
        unknown = [role for role in self.oidc_roles.values() if not is_role(role)]
        if unknown:
            raise ValueError(f"OIDC_ROLES: {unknown[0]!r} is no name of a role, such as sales or manager")
        if bool(self.oidc_roles) != bool(self.oidc_roles_claim):
            raise ValueError(
                "set OIDC_ROLES_CLAIM and OIDC_ROLES together: the claim, and which role each of its texts is"
            )
        if Role.ADMIN in self.oidc_roles.values() and not self.oidc_gives_admin:
            raise ValueError(
                "OIDC_ROLES gives the role admin: set OIDC_GIVES_ADMIN=true too, if whoever rules the issuer's groups is to "
                "rule here"
            )
        return self

    @model_validator(mode="after")
    def _mailing(self) -> Self:
        if not self.smtp_host:
            return self
        try:
            Sender.parse(self.mail_from)
        except ValueError as error:
            raise ValueError("set MAIL_FROM to an e-mail address: whom mails come from") from error
        if self.smtp_tls is Tls.NONE and not self.smtp_without_tls and not is_loopback(self.smtp_host):
            raise ValueError(
                "SMTP_TLS=none sends mails, with links that decide, for everybody on the network to read: use starttls or tls, "
                "or set SMTP_WITHOUT_TLS=true too"
            )
        return self

    @model_validator(mode="after")
    def _pushing(self) -> Self:
        if not self.vapid_private_key.get_secret_value():
            return self
        if not self.vapid_subject:
            raise ValueError("set VAPID_SUBJECT, such as mailto:it@example.com: whom push services write to")
        try:
            _ = self.vapid_key
        except ValueError as error:
            raise ValueError(f"VAPID_PRIVATE_KEY: {error}") from None
        return self

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not self._public_host:
            raise ValueError("PUBLIC_URL must be an address such as https://crm.example.com")
        if not self.public_url and not self.allowed_hosts and not self.demo_mode and is_unspecified(self.api_host):
            raise ValueError("set PUBLIC_URL: calls are answered under its name, and API_HOST names none")
        return self

    @property
    def fair_use(self) -> Limits:
        """What one user may take of one API process."""
        return Limits(
            writes_per_minute=self.rate_limit_per_minute,
            reads_per_minute=self.read_limit_per_minute,
            calls_at_once=self.calls_at_once,
            heavy_reads_at_once=self.heavy_reads_at_once,
            turn_seconds=self.turn_seconds,
            wait_seconds=self.call_wait_seconds,
        )

    @property
    def claim_rules(self) -> ClaimRules:
        """What the directory takes over of somebody who signs in."""
        return ClaimRules(
            name=self.oidc_name_claim,
            email=self.oidc_email_claim,
            department=self.oidc_department_claim,
            roles=self.oidc_roles_claim,
            role_of=self.oidc_roles,
        )

    @property
    def base_url(self) -> str:
        """Where browsers reach the API, without a trailing slash."""
        host = f"[{self.api_host}]" if ":" in self.api_host else self.api_host
        return (self.public_url or f"http://{host}:{self.api_port}").rstrip("/")

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which calls are answered, in lower case; IPv6 addresses without brackets."""
        own = LOOPBACK_NAMES if is_loopback(self._public_host) else frozenset[str]()
        return own | {self._public_host, *self.allowed_hosts}

    @property
    def _public_host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def mail_server(self) -> MailServer | None:
        """Where mails go; None: nowhere."""
        if not self.smtp_host:
            return None
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port,
            tls=self.smtp_tls,
            sender=self.mail_sender.address,
            user=self.smtp_user,
            password=self.smtp_password,
            timeout=self.smtp_timeout_seconds,
        )

    @property
    def mail_sender(self) -> Sender:
        """Whom mails come from.

        Raises:
            ValueError: there is no mail server, and nobody was named.
        """
        return Sender.parse(self.mail_from)

    @property
    def mail_links(self) -> LinkRules:
        """What people may decide from a mail."""
        amount, _, currency = self.mail_decisions_up_to.partition(" ")
        return LinkRules(on=self.mail_decisions, up_to=Decimal(amount) if amount else None, currency=currency)

    @property
    def vapid_key(self) -> VapidKey | None:
        """What says to push services who sends; None: nothing is pushed.

        Raises:
            ValueError: it is no key.
        """
        key = self.vapid_private_key.get_secret_value()
        return VapidKey.parse(key, self.vapid_subject) if key else None

    @property
    def reauthenticate_within(self) -> timedelta:
        """How long ago somebody may have signed in who does what cannot be undone; zero: nobody is asked."""
        return timedelta(minutes=self.reauthenticate_minutes)

    @property
    def time_zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.company_time_zone)

    @property
    def business_calendar(self) -> BusinessCalendar:
        """The hours that deadlines count."""
        return BusinessCalendar.parse(
            self.time_zone, self.business_days, self.business_hours, self.holidays, self.holiday_country
        )


def is_unspecified(host: str) -> bool:
    """Whether ``host`` means every address of this machine."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return not host


def read_settings() -> Settings:
    """The settings of this process; or its end, with what is wrong, and never with the values, of which some are secret.

    Raises:
        SystemExit: a value is missing, malformed, or insecure outside demo mode.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        lines = (": ".join([*(str(part).upper() for part in item["loc"][:1]), item["msg"]]) for item in wrong)
        raise SystemExit("\n".join(["The settings are not right:", *(f"  {line}" for line in lines)])) from None


def is_loopback(host: str) -> bool:
    """Whether ``host`` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
