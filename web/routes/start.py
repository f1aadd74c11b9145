"""The start page: what waits on somebody and how what they asked for stands, by what they do in the company."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Response

from admission import HEAVY
from approval.model import APPROVERS, Frozen, ProcessStatus, Role
from crm import admin_work, findings, inbox, own_work
from crm.own_work import MOST_COUNTED
from crm.pool import Pool
from web.deps import PoolDep
from web.rendering import Page, PageDep

router = APIRouter()

SHOWN: Final = 5
"""Requests of each kind; the lists have all of them."""
_OWN: Final = (ProcessStatus.RETURNED, ProcessStatus.NOT_SENT, ProcessStatus.IN_PROGRESS)
"""What is still on its owner's mind."""


class Tile(Frozen):
    """A number to read at a glance."""

    number: int
    text: str
    address: str = ""
    """Where what it counts is listed; empty: no list has just that."""
    urgent: bool = False

    @property
    def and_more(self) -> bool:
        """Whether it was counted only so far."""
        return self.number >= MOST_COUNTED


@router.get("/", openapi_extra=HEAVY)
async def start(page: PageDep, pool: PoolDep) -> Response:
    """Where somebody's work begins. One question after the other: together they would take as many connections as all others have."""
    person, now = page.user, datetime.now(UTC)
    waiting = await inbox.page(pool, person.viewer, limit=SHOWN, cursor=None)
    own = await own_work.how_many(pool, [person.username], _OWN)
    newest = await own_work.newest(pool, person.username, (*_OWN, ProcessStatus.COMPLETED), SHOWN)
    return await page.render(
        "start/page.html",
        tiles=[*_own_tiles(page, own), *await _others_tiles(page, pool)],
        inbox=waiting,
        decides=person.has_role(*APPROVERS) or bool(waiting.items),
        late=await own_work.late(pool, [person.username, *person.viewer.reports], person.username, now, SHOWN),
        own={str(status): found for status, found in newest.items()},
        to_buy=await own_work.newest_approved(pool, SHOWN) if person.viewer.sees_completed else (),
    )


def _own_tiles(page: Page, own: Mapping[ProcessStatus, int]) -> list[Tile]:
    """What an owner still has on their mind; nothing for whoever may make requests and has none."""
    if not page.user.has_role(Role.SALES) and not any(own.values()):
        return []
    texts = {
        ProcessStatus.RETURNED: page.gettext("returned to you"),
        ProcessStatus.NOT_SENT: page.gettext("not sent yet"),
        ProcessStatus.IN_PROGRESS: page.gettext("waiting for approval"),
    }
    return [
        Tile(
            address=f"/requests?owner={quote(page.user.username)}&process_status={status}",
            number=own[status],
            text=text,
            urgent=status is ProcessStatus.RETURNED,
        )
        for status, text in texts.items()
    ]


async def _others_tiles(page: Page, pool: Pool) -> list[Tile]:
    """What is going on among the people below somebody, and what waits for them as an administrator."""
    tiles = []
    if page.user.viewer.reports:
        team = await own_work.how_many(pool, page.user.viewer.reports, (ProcessStatus.IN_PROGRESS,))
        text = page.gettext("requests of your team waiting for approval")
        number = team[ProcessStatus.IN_PROGRESS]
        tiles.append(Tile(number=number, text=text))
    if page.user.has_role(Role.ADMIN):
        tiles += await _admin_tiles(page, pool)
    return tiles


async def _admin_tiles(page: Page, pool: Pool) -> list[Tile]:
    """What waits for an administrator, of which there is any."""
    found, waits = await findings.waiting(pool), await admin_work.waiting(pool)
    shown = (
        (found, "/admin/reconciliation", page.gettext("findings of the reconciliation")),
        (waits.orders_not_taken, "/admin/amis#failures-title", page.gettext("orders of AMIS that could not be taken")),
        (waits.orders_not_told, "/admin/amis#unwritten-title", page.gettext("orders that AMIS could not be told of")),
        (waits.entries_not_taken, "/admin/amis#catalogues-title", page.gettext("catalogue entries of AMIS not taken")),
        (waits.endpoints_down, "/admin/endpoints", page.gettext("webhooks and chats that take nothing")),
    )
    return [Tile(address=address, number=number, text=text, urgent=True) for number, address, text in shown if number]
