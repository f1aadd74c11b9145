"""*Đối soát*: what the reconciler mended, and what waits for a person, with the remedy."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Response

from admission import HEAVY
from approval.model import Role
from crm import findings
from crm.findings import StoredFinding
from texts.findings import finding_remedy, finding_text
from web.deps import PoolDep
from web.rendering import Page, PageDep, purchase_status_label

router = APIRouter(prefix="/admin/reconciliation")

MOST_SHOWN: Final = 100
PASSES: Final = 5

_SUMS: Final = ("before", "after")
"""Facts that are what a request shows of reported purchases: ``LT-T14: 2 (0); received (–)``."""
_STATUS: Final = re.compile(r"[^\s()]+")


@router.get("", openapi_extra=HEAVY)
async def show(page: PageDep, pool: PoolDep) -> Response:
    """The last passes, what waits, and what was mended."""
    page.user.require_role(Role.ADMIN)
    return await page.render(
        "admin/reconciliation.html",
        passes=await findings.passes(pool, PASSES),
        waiting=[_shown(page, one) for one in await findings.open_findings(pool, MOST_SHOWN)],
        mended=[_shown(page, one) for one in await findings.mended(pool, MOST_SHOWN)],
    )


def _shown(page: Page, one: StoredFinding) -> dict[str, Any]:
    facts = {"owner": one.owner, **one.facts}
    facts |= {name: _with_status(page, facts[name]) for name in _SUMS if name in facts}
    text = finding_text(one.kind, facts, page.language)
    return {
        "number": one.number,
        "text": text[:1].upper() + text[1:],
        "remedy": finding_remedy(one.kind, facts, page.language),
        "found_at": one.found_at,
    }


def _with_status(page: Page, sums: str) -> str:
    """What is shown of purchases, with the status in words. Only goods have a colon."""
    label = partial(purchase_status_label, page.site, page.language)
    parts = (one if ": " in one else _STATUS.sub(lambda code: label(code[0]), one) for one in sums.split("; "))
    return "; ".join(parts)
