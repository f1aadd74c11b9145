"""The connection between the CRM and a process: *Kết nối* and *Ngắt kết nối*."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Response

from approval.model import RefusedError, Role
from approval.values import ShortText
from crm import directory, processes
from web.deps import PoolDep
from web.rendering import PageDep

router = APIRouter(prefix="/admin")

ADDRESS = "/admin/connection"


@router.get("/connection")
async def show(page: PageDep, pool: PoolDep) -> Response:
    """Whether the CRM is connected, to which process, and what runs."""
    page.user.require_role(Role.ADMIN)
    connection = await processes.connection_info(pool)
    items = await processes.items(pool)
    by = [connection.connected_by] if connection.connected_by else []
    return await page.render(
        "admin/connection.html",
        connection=connection,
        connected=next((item for item in items if item.key == connection.process_key), None),
        choices=[item for item in items if item.version is not None and item.key != connection.process_key],
        names=await directory.names(pool, by),
        running=sum((await processes.running(pool)).values()),
    )


@router.post("/connection")
async def connect(page: PageDep, pool: PoolDep, process_key: Annotated[ShortText, Form()] = "") -> Response:
    """Connect the CRM to a published process, or to another one."""
    page.user.require_role(Role.ADMIN)
    page.require_recent_sign_in()
    try:
        await processes.connect(pool, process_key, by=page.user.username, at=datetime.now(UTC))
    except RefusedError as error:
        await page.tell_refusal(error)
    else:
        page.tell("success", page.gettext("Connected"), page.gettext("Requests sent from now on run this process."))
    return page.redirect(ADDRESS)


@router.post("/connection/disconnect")
async def disconnect(page: PageDep, pool: PoolDep) -> Response:
    """Cut the connection; what runs goes on."""
    page.user.require_role(Role.ADMIN)
    page.require_recent_sign_in()
    await processes.disconnect(pool)
    page.tell("success", page.gettext("Disconnected"), page.gettext("Requests that are on their way go on."))
    return page.redirect(ADDRESS)
