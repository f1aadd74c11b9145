"""Reaching AMIS by its settings, and trying whether it can be reached."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from application.amis import AmisAccess, Tried
from application.amis_fields import AmisFields
from application.encryption import Encryption, NoKeyError
from approval.model import Code, FieldError, refuse
from connectors.amis.client import SALE_ORDERS, AmisClient, Patience
from connectors.amis.connector import AmisConnector
from connectors.amis.reading import Reader
from connectors.connecting import Connecting
from connectors.interface import SystemTroubleError
from connectors.web import Web
from crm.connectors import ConnectorSettings
from notices.guard import AddressRefused, Guard

AT_ONCE = Patience(tries=1)
"""Somebody waits for what comes of trying."""
_NOT_PUBLIC = "connector_address_not_public"
"""The words of the guard name the setting of webhooks."""


class AmisConnecting(Connecting):
    """AMIS by its settings.

    Args:
        encryption: of the secret.
        guard: says where calls may go.
        zone: the company's time zone, of dates that say none.
        patience: how long AMIS is waited for.
    """

    def __init__(self, encryption: Encryption, guard: Guard, zone: ZoneInfo, patience: Patience | None = None) -> None:
        super().__init__(AmisConnector.system)
        self._encryption = encryption
        self._guard = guard
        self._zone = zone
        self._patience = patience

    def _made(self, settings: ConnectorSettings) -> AmisConnector:
        """See ``Connecting``.

        Raises:
            SystemTroubleError: ``key_missing``: the secret cannot be read.
        """
        try:
            secret = self._encryption.decrypt(settings.client_secret)
        except NoKeyError as error:
            raise SystemTroubleError("key_missing", str(error)) from error
        web = Web(self._guard)
        client = AmisClient(web, settings.address, settings.client_id, secret, self._patience)
        return AmisConnector(client, Reader(AmisFields.kept(settings.fields), self._zone))


class AmisCalls:
    """Tries whether AMIS can be reached; see ``application.amis.Calls``.

    Args:
        guard: says where calls may go.
        zone: the company's time zone, of dates that say none.
    """

    def __init__(self, guard: Guard, zone: ZoneInfo) -> None:
        self._guard = guard
        self._zone = zone

    async def check(self, address: str) -> None:
        """See ``Calls``."""
        try:
            await self._guard.check(address)
        except AddressRefused as error:
            reason = _NOT_PUBLIC if error.reason == "address_not_public" else error.reason
            wrong = FieldError(pointer="/address", message=reason, params=error.params)
            raise refuse(Code.INVALID, wrong) from error

    async def try_out(self, access: AmisAccess) -> Tried:
        """See ``Calls``."""
        web = Web(self._guard)
        client = AmisClient(web, access.address, access.client_id, access.client_secret, AT_ONCE)
        try:
            found = await client.page(SALE_ORDERS, 0, 1)
        except SystemTroubleError as trouble:
            return Tried(reached=False, reason=trouble.reason, detail=trouble.detail)
        finally:
            await web.close()
        reader = Reader(access.fields, self._zone)
        example = next((reader.shown(row) for row in found.rows), None)
        return Tried(reached=True, orders=found.total, example=example)
