"""*Thông báo*: the bell's page, and how somebody wants to be told."""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from application import notices
from application.notices import SettingsDraft
from approval.model import Code, refuse
from crm.notices import StoredNotice
from texts import notice_kind_label, notice_said, notice_text
from web.deps import PoolDep
from web.form_limit import read_form
from web.rendering import Page, PageDep

router = APIRouter(prefix="/notices")

PAGE_SIZE: Final = 25


@router.get("")
async def show(page: PageDep, pool: PoolDep, unread: bool = False, cursor: str | None = None) -> Response:
    """What whoever is signed in was told, the newest first."""
    found = await notices.page(pool, page.user, unread=unread, limit=PAGE_SIZE, cursor=cursor)

    def text_of(one: StoredNotice) -> str:
        return notice_text(one.type, one.facts, page.language, zone=page.site.zone, names=found.names)

    return await page.render(
        "notices/list.html",
        found=found,
        only_unread=unread,
        at_start=cursor is None,
        text_of=text_of,
        said_of=_said,
    )


@router.post("/read")
async def read_all(page: PageDep, pool: PoolDep) -> Response:
    """They have read everything."""
    await notices.mark_read(pool, page.user, None)
    return page.redirect("/notices")


@router.get("/settings")
async def show_settings(page: PageDep, pool: PoolDep) -> Response:
    """How they are told."""
    return await _settings(page, await notices.settings_of(pool, page.user))


@router.post("/settings")
async def change_settings(request: Request, page: PageDep, pool: PoolDep) -> Response:
    """Choose how to be told."""
    form = await read_form(request)
    chosen = {name.removeprefix("email."): value for name, value in form.items() if name.startswith("email.")}
    try:
        draft = SettingsDraft.model_validate({"language": form.get("language"), "email": chosen})
    except ValidationError as error:
        raise refuse(Code.INVALID) from error  # no form of ours says that
    await notices.change_settings(pool, page.user, draft)
    page.tell("success", page.gettext("Saved: this is how you are told from now on"))
    return page.redirect("/notices/settings")


@router.get("/{notice_id}")
async def follow(notice_id: UUID, page: PageDep, pool: PoolDep) -> Response:
    """To the request, or the endpoint, that a notice is about; whoever goes there has read the notice."""
    found = await notices.open_one(pool, page.user, notice_id)
    if found is None:
        raise refuse(Code.NOT_FOUND)
    if found.request_id is None:
        return page.redirect(f"/admin/endpoints/{found.facts.get('endpoint_id', '')}")
    return page.redirect(f"/requests/{found.request_id}")


def _said(one: StoredNotice) -> str:
    return notice_said(one.facts)


async def _settings(page: Page, settings: notices.SettingsView) -> Response:
    choices = (
        ("at_once", page.gettext("at once")),
        ("daily", page.gettext("the next working morning")),
        ("off", page.gettext("not by mail")),
    )
    return await page.render(
        "notices/settings.html",
        settings=settings,
        choices=choices,
        kind_label=partial(notice_kind_label, language=page.language),
    )
