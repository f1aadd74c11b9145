"""*Thông báo*: the bell's page, and how somebody wants to be told, on which devices, too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from application import notices
from application.notices import SettingsDraft
from application.push_devices import DeviceDraft, PushDevices
from approval.model import Code, RefusedError, refuse
from approval.notice_kinds import NoticeKind
from crm.notices import StoredNotice
from texts import notice_kind_label, notice_said, notice_text
from web.deps import PoolDep
from web.device_names import device_name
from web.form_limit import read_form
from web.rendering import PageDep

router = APIRouter(prefix="/notices")

SETTINGS: Final = "/notices/settings"
PAGE_SIZE: Final = 25


@router.get("")
async def show(page: PageDep, pool: PoolDep, unread: bool = False, cursor: str | None = None) -> Response:
    """What whoever is signed in was told, the newest first."""
    found = await notices.page(pool, page.user, unread=unread, limit=PAGE_SIZE, cursor=cursor)

    def text_of(one: StoredNotice) -> str:
        return notice_text(
            one.type, one.facts, page.language, zone=page.site.zone, names=found.names, reader=page.user.username
        )

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
async def show_settings(request: Request, page: PageDep, pool: PoolDep) -> Response:
    """How they are told."""
    devices = _devices(request)
    choices = (
        ("at_once", page.gettext("at once")),
        ("daily", page.gettext("the next working morning")),
        ("off", page.gettext("not by mail")),
    )
    return await page.render(
        "notices/settings.html",
        settings=await notices.settings_of(pool, page.user),
        choices=choices,
        kind_label=partial(notice_kind_label, language=page.language),
        server_key=devices.server_key,
        devices=await devices.of(page.user),
    )


@router.post("/settings")
async def change_settings(request: Request, page: PageDep, pool: PoolDep) -> Response:
    """Choose how to be told. Where nobody is told on devices, the form has no such choice, and what was chosen stays."""
    form = await read_form(request)
    chosen = {name.removeprefix("email."): value for name, value in form.items() if name.startswith("email.")}
    pushed: Mapping[NoticeKind, bool] = {kind: kind in form.getlist("push") for kind in NoticeKind}
    if not _devices(request).server_key:
        pushed = (await notices.settings_of(pool, page.user)).push
    try:
        draft = SettingsDraft.model_validate({"language": form.get("language"), "email": chosen, "push": pushed})
    except ValidationError as error:
        raise refuse(Code.INVALID) from error  # no form of ours says that
    await notices.change_settings(pool, page.user, draft)
    page.tell("success", page.gettext("Saved: this is how you are told from now on"))
    return page.redirect(SETTINGS)


@router.post("/devices")
async def add_device(request: Request, page: PageDep) -> Response:
    """Be told in this browser from now on, too."""
    form = await read_form(request)
    typed = {name: form.get(name) for name in ("endpoint", "p256dh", "auth", "server_key")}
    name = device_name(request.headers.get("user-agent", ""))
    try:
        await _devices(request).add(page.user, DeviceDraft.model_validate({"name": name, **typed}))
    except ValidationError as error:
        raise refuse(Code.INVALID) from error  # no browser says that
    except RefusedError as error:
        if error.refusal.code is Code.NOT_FOUND:
            raise
        problem = await page.explain(error)
        detail = problem.errors[0].detail if problem.errors else problem.detail
        page.tell("danger", page.gettext("This device was not switched on"), detail)
    else:
        page.tell("success", page.gettext("You are told on this device from now on"))
    return page.redirect(SETTINGS)


@router.post("/devices/{device_id}/remove")
async def remove_device(device_id: UUID, request: Request, page: PageDep) -> Response:
    """Be told there no more; where there is no such device of theirs, nothing changes."""
    await _devices(request).remove(page.user, device_id)
    page.tell("success", page.gettext("The device is removed"))
    return page.redirect(SETTINGS)


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


def _devices(request: Request) -> PushDevices:
    found: PushDevices = request.app.state.push_devices
    return found
