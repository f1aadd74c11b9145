"""*Đối soát*: what the reconciler mended, and what waits for a person, with the remedy."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Response

from admission import HEAVY
from approval.model import Role
from crm import findings
from crm.findings import StoredFinding
from texts.findings import finding_remedy, finding_text
from web.deps import PoolDep
from web.rendering import Page, PageDep

router = APIRouter(prefix="/admin/reconciliation")

MOST_SHOWN: Final = 100
PASSES: Final = 5


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
    text = finding_text(one.kind, facts, page.language)
    return {
        "number": one.number,
        "text": text[:1].upper() + text[1:],
        "remedy": finding_remedy(one.kind, facts, page.language),
        "found_at": one.found_at,
    }
