"""The connection to AMIS CRM, for the API and the pages alike: admins set and try it, and see what came of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Protocol
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from application.amis_fields import AmisFields
from application.amis_write_back import AmisWriteBack
from application.caller import Caller
from application.encryption import Encryption, NoKeyError
from application.following import Following
from approval.field_errors import PYDANTIC, invalid_value
from approval.model import Code, FieldError, Frozen, Input, Person, RefusedError, Role, refuse
from approval.values import Line, RequiredText
from crm import connector_catalogues, connector_items, connector_writings, connectors, directory
from crm.connector_catalogues import CatalogueState
from crm.connector_items import Cause, Failure, OwnerName
from crm.connector_writings import Unwritten
from crm.connectors import ConnectorSettings, Sync
from crm.cursors import unknown_cursor
from crm.pool import Pool

AMIS: Final = "amis"
HINTS_AT_MOST_EVERY: Final = timedelta(seconds=5)
"""More hints than that start nothing: what they speak of is read with the next pass."""
SHOWN_SYNCS: Final = 20
SHOWN_UNWRITTEN: Final = 20
SHOWN_CAUSES: Final = 20
QUIET: Final = timedelta(minutes=3)
"""A pass is made every minute."""

Secret = Annotated[str, Field(max_length=500)]
Address = Annotated[Line, Field(min_length=1, max_length=2000, examples=["https://crmconnect.misa.vn/api/v2"])]


class AmisDraft(Input):
    """How AMIS is to be reached. Secrets that are left out stay as they are; an empty `hint_secret` is none: no hint is taken."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "address": "https://crmconnect.misa.vn/api/v2",
                    "client_id": "an-phat",
                    "client_secret": "6f1d2a…",
                    "hint_secret": "c0ffee…",
                    "fields": {"line_warehouse": "custom_field3"},
                }
            ]
        },
    )

    address: Address
    client_id: RequiredText
    client_secret: Secret | None = None
    hint_secret: Secret | None = None
    fields: AmisFields = AmisFields()
    write_back: AmisWriteBack = AmisWriteBack()
    enabled: bool = True

    @field_validator("write_back")
    @classmethod
    def _is_not_read(cls, names: AmisWriteBack, info: ValidationInfo) -> AmisWriteBack:
        fields = info.data.get("fields")  # not there, if they are wrong themselves
        if fields is not None and (read := names.read_as_well(fields)):
            raise invalid_value("amis_field_read", value=read)
        return names


class AmisAccess(Frozen):
    """How AMIS is reached, readable."""

    address: str
    client_id: str
    client_secret: str
    fields: AmisFields = AmisFields()


class ReadOrder(Frozen):
    """A sales order of AMIS as it is read, for whoever checks the names of its fields; nothing of it is taken."""

    values: Mapping[str, str]
    """What it says, by our names of the fields."""
    lines: tuple[Mapping[str, str], ...] = ()
    """What its first lines say."""
    reason: str = ""
    """Why it could not be taken, as a key of ``texts.connectors``."""
    params: Mapping[str, str] = {}


class Tried(Frozen):
    """What came of trying to reach AMIS."""

    reached: bool
    orders: int | None = None
    """How many sales orders it has, if it says so."""
    example: ReadOrder | None = None
    """The one that changed last, by the names of fields that are set; null: there is none."""
    reason: str = ""
    """Why it was not reached, as a key of ``texts.connectors``."""
    detail: str = ""


class Calls(Protocol):
    """Calls AMIS."""

    async def check(self, address: str) -> None:
        """Refuse an address that no call may go to.

        Raises:
            RefusedError: ``invalid``.
        """

    async def try_out(self, access: AmisAccess) -> Tried:
        """Whether AMIS can be reached."""


class AmisView(Frozen):
    """The connection to AMIS as admins see it; the secrets are never shown."""

    connected: bool
    address: str = ""
    client_id: str = ""
    has_hint_secret: bool = False
    fields: AmisFields = AmisFields()
    write_back: AmisWriteBack = AmisWriteBack()
    enabled: bool = False
    changed_by: Person | None = None
    changed_at: datetime | None = None
    orders: int = 0
    """How many sales orders of AMIS are here, and still there."""
    failures: int = 0
    """How many could not be taken, and wait."""
    unknown_people: int = 0
    """How many names of owners nobody knows."""
    to_write: int = 0
    """How many orders are still to be told what became of the requests made from them."""
    unwritten: tuple[Unwritten, ...] = ()
    """Of those, some that could not be told, and why; all are tried again."""
    catalogues: tuple[CatalogueState, ...] = ()
    """Its products, customers and warehouses."""
    syncs: tuple[Sync, ...] = ()
    """The last passes, the newest first; of those that found nothing only the last one."""

    @property
    def running(self) -> Sync | None:
        """The pass that is being made, or that waits to go on."""
        return next((sync for sync in self.syncs[:1] if sync.ended_at is None), None)

    @property
    def quiet_since(self) -> datetime | None:
        """Since when no pass has begun or ended that should have; None: one has lately, or none is to be made."""
        times = [self.changed_at, *(time for sync in self.syncs[:1] for time in (sync.begun_at, sync.ended_at))]
        last = max(filter(None, times), default=None)
        return last if self.enabled and last is not None and last < datetime.now(UTC) - QUIET else None

    @property
    def has_read(self) -> bool:
        """Whether a pass came to its end since this was saved."""
        saved = self.changed_at
        return saved is not None and any(sync.ended_at is not None and sync.ended_at > saved for sync in self.syncs)


class FailurePage(Frozen):
    """One page of what could not be taken, and the cursor of the next."""

    items: tuple[Failure, ...]
    next_cursor: str | None


class AmisConnection:
    """What admins do with the connection. Everything is refused to others (``forbidden``), but for hints.

    Args:
        pool: the CRM database.
        encryption: of the secrets.
        calls: calls AMIS.
        following: has passes made.
    """

    def __init__(self, pool: Pool, encryption: Encryption, calls: Calls, following: Following) -> None:
        self._pool = pool
        self._encryption = encryption
        self._calls = calls
        self._following = following

    @property
    def is_possible(self) -> bool:
        """Whether AMIS can be connected here: there is a key to encrypt its secret with."""
        return self._encryption.is_possible

    async def get(self, caller: Caller) -> AmisView:
        """The connection, and what came of it."""
        caller.require_role(Role.ADMIN)
        settings = await connectors.find(self._pool, AMIS)
        if settings is None:
            return AmisView(connected=False)
        return AmisView(
            connected=True,
            address=settings.address,
            client_id=settings.client_id,
            has_hint_secret=settings.hint_secret is not None,
            fields=AmisFields.kept(settings.fields),
            write_back=AmisWriteBack.kept(settings.write_back),
            enabled=settings.enabled,
            changed_by=settings.changed_by,
            changed_at=settings.changed_at,
            orders=await connector_items.count_taken(self._pool, AMIS),
            failures=await connector_items.count_failures(self._pool, AMIS),
            unknown_people=await connector_items.count_unknown_people(self._pool, AMIS),
            to_write=await connector_writings.count_waiting(self._pool, AMIS) if settings.write_back else 0,
            unwritten=tuple(await connector_writings.unwritten(self._pool, AMIS, limit=SHOWN_UNWRITTEN)),
            catalogues=tuple(await connector_catalogues.states(self._pool, AMIS)),
            syncs=tuple(await connectors.syncs(self._pool, AMIS, limit=SHOWN_SYNCS)),
        )

    async def put(self, caller: Caller, draft: AmisDraft) -> AmisView:
        """Connect AMIS, or change how it is reached. With another address or client everything is read anew.

        Raises:
            RefusedError: ``invalid``, ``encryption_key_missing``.
        """
        caller.require_role(Role.ADMIN)
        if not self._encryption.is_possible:
            raise refuse(Code.ENCRYPTION_KEY_MISSING)
        await self._calls.check(draft.address)
        is_saved = await connectors.save(
            self._pool,
            AMIS,
            address=draft.address,
            client_id=draft.client_id,
            client_secret=self._encryption.encrypt(draft.client_secret) if draft.client_secret else None,
            hint_secret=self._encryption.encrypt(draft.hint_secret) if draft.hint_secret else draft.hint_secret,
            fields=draft.fields.model_dump(exclude_defaults=True),
            write_back=draft.write_back.model_dump(exclude_defaults=True),
            enabled=draft.enabled,
            by=caller.username,
        )
        if not is_saved:
            raise refuse(Code.INVALID, FieldError(pointer="/client_secret", message=PYDANTIC["pydantic.missing"]))
        if draft.enabled:
            with suppress(RefusedError):  # the worker sees to it as soon as the engine is back
                await self._following.now(AMIS)
        return await self.get(caller)

    async def try_out(self, caller: Caller) -> Tried:
        """Try now whether AMIS can be reached. Nothing is taken.

        Raises:
            RefusedError: ``not_found``: it is not connected; ``encryption_key_missing``.
        """
        settings = await self._find(caller)
        try:
            secret = self._encryption.decrypt(settings.client_secret)
        except NoKeyError as error:
            raise refuse(Code.ENCRYPTION_KEY_MISSING) from error
        access = AmisAccess(
            address=settings.address,
            client_id=settings.client_id,
            client_secret=secret,
            fields=AmisFields.kept(settings.fields),
        )
        return await self._calls.try_out(access)

    async def sync(self, caller: Caller, *, everything: bool = False) -> None:
        """Have a pass made now.

        Args:
            everything: whether all is read again, so that what is gone is noticed.

        Raises:
            RefusedError: ``not_found``: it is not connected, or switched off; ``engine_unavailable``.
        """
        settings = await self._find(caller)
        if not settings.enabled:
            raise refuse(Code.NOT_FOUND)
        if everything:
            await connectors.want_everything(self._pool, AMIS)
        await self._following.now(AMIS)

    async def failures(self, caller: Caller, *, limit: int, cursor: str | None) -> FailurePage:
        """What could not be taken, the newest first, with the reason.

        Raises:
            RefusedError: ``invalid``: no cursor of this list.
        """
        caller.require_role(Role.ADMIN)
        after = None
        if cursor is not None:
            try:
                after = UUID(cursor)
            except ValueError as error:
                raise unknown_cursor() from error
        found = await connector_items.failures(self._pool, AMIS, after=after, limit=limit + 1)
        more = len(found) > limit
        return FailurePage(items=tuple(found[:limit]), next_cursor=str(found[limit - 1].id) if more else None)

    async def causes(self, caller: Caller) -> list[Cause]:
        """Why things could not be taken, those of the most of them first, with how many they are."""
        caller.require_role(Role.ADMIN)
        return await connector_items.causes(self._pool, AMIS, limit=SHOWN_CAUSES)

    async def retry_all(self, caller: Caller) -> None:
        """Have everything tried again now that could not be taken.

        Raises:
            RefusedError: ``not_found``: it is not connected, or switched off; ``engine_unavailable``.
        """
        settings = await self._find(caller)
        if not settings.enabled:
            raise refuse(Code.NOT_FOUND)
        await connector_items.try_all_now(self._pool, AMIS)
        await self._following.now(AMIS)

    async def retry(self, caller: Caller, failure_id: UUID) -> Failure:
        """Have one of them tried again now.

        Raises:
            RefusedError: ``not_found``, ``engine_unavailable``.
        """
        await self._find(caller)
        failure = await connector_items.try_now(self._pool, AMIS, failure_id)
        if failure is None:
            raise refuse(Code.NOT_FOUND)
        await self._following.now(AMIS)
        return failure

    async def write_again(self, caller: Caller) -> None:
        """Have everything tried again now that orders could not be told.

        Raises:
            RefusedError: ``not_found``: it is not connected, or switched off; ``engine_unavailable``.
        """
        settings = await self._find(caller)
        if not settings.enabled:
            raise refuse(Code.NOT_FOUND)
        await connector_writings.try_now(self._pool, AMIS)
        await self._following.now(AMIS)

    async def people(self, caller: Caller) -> list[OwnerName]:
        """Whom the names of AMIS mean, those that nobody knows first."""
        caller.require_role(Role.ADMIN)
        return await connector_items.people(self._pool, AMIS)

    async def assign(self, caller: Caller, name: str, username: str | None) -> list[OwnerName]:
        """Say whom a name means; None: nobody. What is theirs is taken again.

        Raises:
            RefusedError: ``not_found``: there is no such name; ``invalid``: no such user.
        """
        await self._find(caller)
        if username is not None and not await directory.find_people(self._pool, [username]):
            raise refuse(
                Code.INVALID, FieldError(pointer="/username", message="no_such_user", params={"value": username})
            )
        if not await connector_items.assign(self._pool, AMIS, name, username, by=caller.username):
            raise refuse(Code.NOT_FOUND)
        with suppress(RefusedError):  # it is taken again with the next pass
            await self._following.now(AMIS)
        return await self.people(caller)

    async def hint(self, body: bytes, signature: str) -> None:
        """AMIS says that something has changed: it is read again. What it says besides is not looked at.

        Args:
            body: as it came.
            signature: HMAC-SHA256 of it, with the secret of hints.

        Raises:
            RefusedError: ``not_signed``: no secret is set, or another one signed it.
        """
        settings = await connectors.find(self._pool, AMIS)
        if settings is None or settings.hint_secret is None or not self._signed(body, signature, settings.hint_secret):
            raise refuse(Code.NOT_SIGNED, variant="hint")
        if await connectors.note_hint(self._pool, AMIS, HINTS_AT_MOST_EVERY):
            with suppress(RefusedError):  # the next pass reads it
                await self._following.now(AMIS)

    def _signed(self, body: bytes, signature: str, encrypted: str) -> bool:
        try:
            secret = self._encryption.decrypt(encrypted)
        except NoKeyError:
            return False
        made = hmac.digest(secret.encode(), body, hashlib.sha256)
        given = signature.strip().removeprefix("sha256=").encode()
        ways = (made.hex().encode(), made.hex().upper().encode(), base64.b64encode(made))
        return any(hmac.compare_digest(given, way) for way in ways)

    async def _find(self, caller: Caller) -> ConnectorSettings:
        caller.require_role(Role.ADMIN)
        settings = await connectors.find(self._pool, AMIS)
        if settings is None:
            raise refuse(Code.NOT_FOUND)
        return settings
