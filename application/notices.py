"""The bell: what somebody was told, what of it they have read, and how they want to be told; for the API and the pages alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from pydantic import ConfigDict

from application.caller import Caller
from approval.model import Frozen, Input
from approval.notice_kinds import PUSHED, USUAL, MailChoice, NoticeKind
from crm import cursors, directory, notices
from crm.notices import NoticeSettings, StoredNotice
from crm.pool import Pool

_LIST: Final = "notices"
_PEOPLE: Final = ("actor", "from", "for", "person")


class NoticePage(Frozen):
    """One page of somebody's notices."""

    items: tuple[StoredNotice, ...]
    names: Mapping[str, str]
    """Of the people in their facts, by username."""
    unread: int
    """Of all of theirs, up to ``crm.notices.MOST_COUNTED``."""
    next_cursor: str | None


class Told(Protocol):
    """Something that somebody is told."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """As they were when it happened."""
        ...


class SettingsDraft(Input):
    """How somebody wants to be told. A kind that is left out is as usual."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"language": "vi", "email": {"progress": "daily", "comment": "off"}, "push": {"comment": False}}
            ]
        }
    )

    language: Literal["vi", "en"] = "vi"
    """Of mails and of messages on devices."""
    email: Mapping[NoticeKind, MailChoice] = {}
    push: Mapping[NoticeKind, bool] = {}
    """What is told on their devices, too."""


class SettingsView(Frozen):
    """How somebody is told."""

    address: str
    """Where they are written to, as the CRM directory has it; empty: nowhere."""
    language: Literal["vi", "en"]
    email: Mapping[NoticeKind, MailChoice]
    """Of every kind."""
    push: Mapping[NoticeKind, bool]
    """Of every kind, whether it is told on their devices, too."""


async def page(pool: Pool, caller: Caller, *, unread: bool, limit: int, cursor: str | None) -> NoticePage:
    """The caller's notices, the newest first.

    Args:
        unread: only those that they have not read.
        limit: items at most.
        cursor: ``next_cursor`` of the page before.

    Raises:
        RefusedError: ``invalid``: no cursor of this list.
    """
    before = cursors.decode(cursor, _LIST, str)[1] if cursor is not None else None
    found, more = await notices.page(pool, caller.username, unread=unread, limit=limit, before=before)
    return NoticePage(
        items=found,
        names=await names_in(pool, found),
        unread=await count_unread(pool, caller),
        next_cursor=cursors.encode(_LIST, "", found[-1].id) if more else None,
    )


async def names_in(pool: Pool, told: Collection[Told]) -> dict[str, str]:
    """The names of the people whom notices speak of, by username."""
    usernames = {str(one.facts[fact]) for one in told for fact in _PEOPLE if one.facts.get(fact)}
    return await directory.names(pool, usernames) if usernames else {}


async def count_unread(pool: Pool, caller: Caller) -> int:
    """How many notices the caller has not read, up to ``crm.notices.MOST_COUNTED``."""
    return await notices.count_unread(pool, caller.username)


async def open_one(pool: Pool, caller: Caller, notice_id: UUID) -> StoredNotice | None:
    """One of the caller's notices, which they have read by this; None: it is not theirs."""
    found = await notices.find(pool, caller.username, notice_id)
    if found is not None and found.read_at is None:
        await notices.mark_read(pool, caller.username, [notice_id])
    return found


async def mark_read(pool: Pool, caller: Caller, notice_ids: Collection[UUID] | None) -> int:
    """The caller has read these of their notices; None: all. How many are unread then; one that is not theirs changes nothing."""
    await notices.mark_read(pool, caller.username, notice_ids)
    return await count_unread(pool, caller)


async def settings_of(pool: Pool, caller: Caller) -> SettingsView:
    """How the caller is told."""
    return _view(await directory.email_of(pool, caller.username), await notices.settings_of(pool, caller.username))


async def change_settings(pool: Pool, caller: Caller, draft: SettingsDraft) -> SettingsView:
    """The caller says how they want to be told, from the next notice on."""
    await notices.save_settings(
        pool,
        caller.username,
        NoticeSettings(
            language=draft.language,
            email={str(kind): str(when) for kind, when in draft.email.items()},
            push={str(kind): wanted for kind, wanted in draft.push.items()},
        ),
    )
    return await settings_of(pool, caller)


def _view(address: str, kept: NoticeSettings) -> SettingsView:
    chosen = {kind: MailChoice(kept.email.get(kind, usual)) for kind, usual in USUAL.items()}
    return SettingsView(
        address=address,
        language="en" if kept.language == "en" else "vi",
        email=chosen,
        push={kind: kept.push.get(kind, kind in PUSHED) for kind in NoticeKind},
    )
