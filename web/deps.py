"""What the pages' routes are given: the pool, the application service, the calendar.

All are coroutines, although they wait for nothing: FastAPI would call a plain function in another thread.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from application.attachments.attachments import RequestAttachments
from application.calendars import Calendars
from application.comments import Comments
from application.delivery.engine import Engine
from application.purchase_orders import PurchaseOrders
from application.purchase_requests import PurchaseRequests
from application.undoing import Undoing
from crm.pool import Pool


async def get_pool(request: Request) -> Pool:
    """The CRM database."""
    pool: Pool = request.app.state.pool
    return pool


async def get_service(request: Request) -> PurchaseRequests:
    """The application service."""
    service: PurchaseRequests = request.app.state.service
    return service


async def get_undoing(request: Request) -> Undoing:
    """What people can take back."""
    undoing: Undoing = request.app.state.undoing
    return undoing


async def get_attachments(request: Request) -> RequestAttachments:
    """Files of requests."""
    attachments: RequestAttachments = request.app.state.attachments
    return attachments


async def get_calendars(request: Request) -> Calendars:
    """The business calendar that counts."""
    calendars: Calendars = request.app.state.calendars
    return calendars


async def get_comments(request: Request) -> Comments:
    """What is said about requests."""
    comments: Comments = request.app.state.comments
    return comments


async def get_orders(request: Request) -> PurchaseOrders:
    """What those who buy do with approved requests."""
    orders: PurchaseOrders = request.app.state.purchase_orders
    return orders


async def nobody_works(request: Request) -> bool:
    """Whether whatever this system does by itself stands still: no worker runs, or the engine is away."""
    engine: Engine = request.app.state.engine
    return bool(await engine.missing())


PoolDep = Annotated[Pool, Depends(get_pool)]
ServiceDep = Annotated[PurchaseRequests, Depends(get_service)]
UndoingDep = Annotated[Undoing, Depends(get_undoing)]
AttachmentsDep = Annotated[RequestAttachments, Depends(get_attachments)]
CommentsDep = Annotated[Comments, Depends(get_comments)]
OrdersDep = Annotated[PurchaseOrders, Depends(get_orders)]
CalendarsDep = Annotated[Calendars, Depends(get_calendars)]
