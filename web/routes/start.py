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
    """Where somebody's work begins."""
    person = page.user
    waiting = await inbox.page(pool, person.viewer, limit=SHOWN, cursor=None)
    work = await own_work.of_viewer(pool, person.viewer, datetime.now(UTC), SHOWN)
    tiles = _own_tiles(page, work.own)
    if person.viewer.reports:
        text = page.gettext("requests of your team waiting for approval")
        tiles.append(Tile(number=work.in_progress_of_team, text=text))
    if person.has_role(Role.ADMIN):
        tiles += await _admin_tiles(page, pool)
    return await page.render(
        "start/page.html",
        tiles=tiles,
        inbox=waiting,
        decides=person.has_role(*APPROVERS) or bool(waiting.items),
        late=work.late,
        own={str(status): found for status, found in work.newest.items()},
        to_buy=work.approved,
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
