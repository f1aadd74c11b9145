"""The browsers in which somebody is told, too: which they are, one more, one less; each has their own."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BeforeValidator, Field
from uuid_utils.compat import uuid7

from application.caller import Caller
from approval.model import Code, FieldError, Frozen, Input, refuse
from approval.values import ShortText
from crm import push_devices
from crm.pool import Pool
from crm.push_devices import Device, NewDevice

MOST_DEVICES: Final = 10
"""Of one person."""
AUTH_BYTES: Final = 16
HTTPS_PORT: Final = 443


def _bytes(said: object) -> object:
    """What browsers write as base64url without padding."""
    return base64.urlsafe_b64decode(f"{said}==") if isinstance(said, str) else said


class DeviceDraft(Input):
    """A subscription as a browser makes it (W3C Push API), and what people call that browser."""

    name: ShortText
    endpoint: Annotated[str, Field(min_length=1, max_length=2000)]
    p256dh: Annotated[bytes, BeforeValidator(_bytes), Field(min_length=65, max_length=65)]
    auth: Annotated[bytes, BeforeValidator(_bytes), Field(min_length=AUTH_BYTES, max_length=AUTH_BYTES)]
    server_key: Annotated[str, Field(max_length=100)]
    """The public key of ours that the page had."""


class DeviceView(Frozen):
    """One of somebody's devices."""

    id: UUID
    name: str
    endpoint: str
    """Only its person is told it: the page knows by it whether it is this browser."""
    made_at: datetime
    told_at: datetime | None
    """When its push service last took something."""
    failing_since: datetime | None
    """When its push service failed first after that."""
    has_ended: bool
    """Whether it is told nothing any more, until its person switches it on again there."""


class Calls(Protocol):
    """Calls push services."""

    @property
    def server_key(self) -> str:
        """Our public key, with which browsers subscribe."""
        ...

    async def check(self, endpoint: str) -> None:
        """Refuse an address that no call may go to.

        Raises:
            RefusedError: ``invalid``.
        """


class PushDevices:
    """Everybody's devices.

    Args:
        pool: the CRM database.
        calls: calls push services; None: this installation is not set up for it.
    """

    def __init__(self, pool: Pool, calls: Calls | None) -> None:
        self._pool = pool
        self._calls = calls

    @property
    def server_key(self) -> str:
        """What browsers subscribe with; empty: they cannot."""
        return self._calls.server_key if self._calls is not None else ""

    async def of(self, caller: Caller) -> list[DeviceView]:
        """The caller's, the oldest first."""
        if not self.server_key:
            return []
        return [self._view(device) for device in await push_devices.of_person(self._pool, caller.username)]

    async def add(self, caller: Caller, draft: DeviceDraft) -> None:
        """Tell the caller in a browser from now on, and whoever was told there before no more.

        Raises:
            RefusedError: ``not_found``: there is no such thing here; ``invalid``: this is no subscription that could be called, or
                the caller has as many devices as one may.
        """
        if self._calls is None:
            raise refuse(Code.NOT_FOUND)
        if draft.server_key != self.server_key:
            raise refuse(Code.INVALID, FieldError(pointer="/server_key", message="push_key"))
        await self._calls.check(draft.endpoint)
        _require_point(draft.p256dh)
        async with self._pool.acquire() as connection, connection.transaction():
            known = await push_devices.lock(connection, caller.username)
            others = [one for one in known if one.endpoint != draft.endpoint and not self._view(one).has_ended]
            if len(others) >= MOST_DEVICES:
                wrong = FieldError(pointer="", message="too_many_devices", params={"most": str(MOST_DEVICES)})
                raise refuse(Code.INVALID, wrong)
            await push_devices.put(
                connection,
                NewDevice(
                    id=uuid7(),
                    username=caller.username,
                    name=draft.name,
                    endpoint=draft.endpoint,
                    service=_service(draft.endpoint),
                    p256dh=draft.p256dh,
                    auth=draft.auth,
                    server_key=draft.server_key,
                ),
            )

    async def remove(self, caller: Caller, device_id: UUID) -> None:
        """Tell the caller nothing there any more; where there is no such device of theirs, nothing changes."""
        await push_devices.delete(self._pool, caller.username, device_id)

    def _view(self, device: Device) -> DeviceView:
        return DeviceView(
            id=device.id,
            name=device.name,
            endpoint=device.endpoint,
            made_at=device.made_at,
            told_at=device.told_at,
            failing_since=device.failing_since,
            has_ended=device.ended_at is not None or device.server_key != self.server_key,
        )


def _service(endpoint: str) -> str:
    """Whose address that is: what is at another port is another's, whose failures are not laid to the first."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    return host if parts.port in (None, HTTPS_PORT) else f"{host}:{parts.port}"


def _require_point(p256dh: bytes) -> None:
    """Refuse a public key that nothing can be encrypted with.

    Raises:
        RefusedError: ``invalid``.
    """
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    except ValueError as error:
        raise refuse(Code.INVALID, FieldError(pointer="/p256dh", message="push_key")) from error
