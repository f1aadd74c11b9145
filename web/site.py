"""What the pages need to know of the installation. Built by the composition root, so that no page reads settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from issuer import Issuer


@dataclass(frozen=True)
class OpenIdClient:
    """This application as the identity provider knows it."""

    issuer: Issuer
    client_id: str
    client_secret: str
    """Empty for a public client: PKCE alone protects the code."""
    username_claim: str
    """The claim that holds the CRM username."""
    scopes: str = "openid profile"
    """What it is asked for."""


@dataclass(frozen=True)
class Site:
    """The installation.

    Attributes:
        base_url: where browsers reach the pages, without a trailing slash; cookies are Secure when it is https.
        session_secret: signs session cookies, at least 32 characters.
        zone: the company's time zone, in which every time is shown.
        purchase_statuses: labels by language, by code, in the order in which they are offered.
        openid: how people sign in; None: the demo, where a user is picked.
        temporal_ui_url: base of the Temporal UI; empty: no links to runs.
        temporal_namespace: the namespace of the runs in it.
        mailbox_url: where the demo's mails can be read; empty: nowhere.
        reauthenticate_within: how long ago somebody may have signed in who does what cannot be undone; zero: nobody is asked.
        undo_seconds: how long people may take back what they decided; 0: not at all.
    """

    base_url: str
    session_secret: str
    zone: ZoneInfo
    purchase_statuses: Mapping[str, Mapping[str, str]]
    openid: OpenIdClient | None = None
    temporal_ui_url: str = ""
    temporal_namespace: str = "default"
    mailbox_url: str = ""
    reauthenticate_within: timedelta = timedelta()
    undo_seconds: int = 0

    @property
    def https(self) -> bool:
        """Whether browsers come by https."""
        return self.base_url.startswith("https://")

    def cookie(self, name: str) -> str:
        """What a cookie is called: by https so that no other host and no page reached by http can have set it."""
        return f"__Host-{name}" if self.https else name
