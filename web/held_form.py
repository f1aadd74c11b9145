"""A form whose sender is to sign in first: a page holds what they sent, and sends it again once they have signed in elsewhere.

So nothing that was typed is lost, and none of it is kept here meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from fastapi import Response
from uuid_utils.compat import uuid7

from problems import ProblemError
from web import csrf
from web.form_limit import read_form
from web.rendering import Page

DONE: Final = "/sign-in/done"
"""Where the other window ends."""


async def hold(page: Page, *, within: timedelta | None = None, renewed: bool = False) -> Response:
    """The page that holds the form which was sent.

    Args:
        page: who sent it, and to where. Its token for forms was a good one, or it would not have come to this.
        within: how long ago they may have signed in; None: they are not signed in any more.
        renewed: whether the form is sent again as another command, since the one that it has is known as refused.
    """
    sent = await read_form(page.request)
    fields = [(name, value) for name, value in sent.multi_items() if name != csrf.FIELD and isinstance(value, str)]
    if renewed:
        fields = [(name, str(uuid7()) if name == "command_id" else value) for name, value in fields]
    problem = None
    if within is not None:
        minutes = str(int(within.total_seconds()) // 60)
        problem = await page.explain(ProblemError("insufficient_user_authentication", minutes=minutes))
    way = "/sign-in/openid" if page.openid else "/sign-in"
    again = "&again=true" if page.openid and within is not None else ""
    return await page.render(
        "account/again.html",
        status=403,
        problem=problem,
        fields=fields,
        note=next((value for name, value in fields if name == "note"), ""),
        sign_in=f"{way}?next={DONE}{again}",
    )
