"""The page of the stand-in, on which one makes, changes and cancels orders, and switches oddities on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from embedded.amis.orders import CANCELLED, GOODS, Row, example, line
from embedded.amis.server import PREFIX, StandIn
from embedded.amis.setting import OWNERS

_FOLDER: Final = Path(__file__).parent / "templates"
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SHOWN: Final = 50
_MOST: Final = 1_000_000

ODDITIES: Final = {
    "wraps_lists": ("danh sách nằm trong một mảng nữa", "a list comes in a list"),
    "day_first": ("ngày của đơn viết dd/MM/yyyy", "dates of orders are dd/MM/yyyy"),
    "fails_every": ("cứ 5 lần gọi, một lần trả 200 với success: false", "every 5th call: 200 with success: false"),
    "breaks_every": ("cứ 7 lần gọi, một lần trả 503", "every 7th call: 503"),
    "busy_every": ("cứ 4 lần gọi, một lần trả 429", "every 4th call: 429"),
    "token_calls": ("mã truy cập hết hạn sau 3 lần gọi", "a token ends after 3 calls"),
    "slow_seconds": ("mỗi lần gọi mất 2 giây", "each call takes 2 seconds"),
    "moves": ("đơn đổi chỗ giữa các trang khi đang đọc", "orders move between pages while one reads"),
    "removes": ("đơn bị xóa khi đang đọc", "orders are deleted while one reads"),
    "says_no_total": ("không cho biết có bao nhiêu bản ghi", "it is not said how many records there are"),
    "says_total_0": ("luôn nói là có 0 bản ghi", "it is always said that there are 0 records"),
    "stocks_in_one": ("mỗi trang kho có tất cả các kho", "every page of stocks has all of them"),
}

Handle = Callable[[Request], Awaitable[None]]


def create_app(stand_in: StandIn) -> Starlette:
    """The API and the page; for callers on this machine, by its own names."""
    page = _Page(stand_in)
    return Starlette(
        routes=[
            Route("/", page.index),
            Route("/style.css", _style),
            Route("/orders", _posting(page.add), methods=["POST"]),
            Route("/orders/{id:int}/change", _posting(page.change), methods=["POST"]),
            Route("/orders/{id:int}/cancel", _posting(page.cancel), methods=["POST"]),
            Route("/orders/{id:int}/delete", _posting(page.delete), methods=["POST"]),
            Route("/oddities", _posting(page.switch), methods=["POST"]),
            *stand_in.routes,
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)],
    )


class _Page:
    """The page, and what its forms do."""

    def __init__(self, stand_in: StandIn) -> None:
        self._stand_in = stand_in
        self._orders = stand_in.orders
        environment = Environment(
            loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, auto_reload=False
        )
        self._template = environment.get_template("orders.html")

    async def index(self, request: Request) -> Response:
        """The last orders, and how the API is reached."""
        stand_in = self._stand_in
        html = self._template.render(
            orders=self._orders.rows[:_SHOWN],
            count=len(self._orders),
            cancelled=CANCELLED,
            owners=OWNERS,
            goods=list(enumerate(GOODS)),
            oddities=ODDITIES,
            odd=stand_in.oddities,
            calls=sorted(stand_in.calls.items()),
            tokens=stand_in.tokens,
            address=str(request.base_url).rstrip("/") + PREFIX,
            client_id=stand_in.client_id,
            client_secret=stand_in.client_secret,
        )
        return HTMLResponse(html, headers=_HEADERS)

    async def add(self, request: Request) -> None:
        """A new order of one line."""
        form = await request.form()
        owner, amount, goods = str(form.get("owner", "")), _number(form.get("amount")), _number(form.get("goods"))
        number = len(self._orders) + 1
        lines = [line(10 * number, goods, amount)]
        self._orders.add({**example(owner, number), "sale_order_product_mappings": lines})

    async def change(self, request: Request) -> None:
        """Another quantity in an order's first line."""
        form = await request.form()
        row = self._found(request)
        first, *others = row["sale_order_product_mappings"]
        lines = [{**first, "amount": _number(form.get("amount"))}, *others]
        self._orders.change(row["id"], sale_order_product_mappings=lines)

    async def cancel(self, request: Request) -> None:
        """An order is cancelled."""
        self._orders.change(self._found(request)["id"], status=CANCELLED)

    async def delete(self, request: Request) -> None:
        """An order is deleted."""
        self._orders.delete(self._found(request)["id"])

    async def switch(self, request: Request) -> None:
        """Oddities on and off."""
        form = await request.form()
        self._stand_in.oddities.switch({str(name) for name in form.getlist("odd")})

    def _found(self, request: Request) -> Row:
        row = self._orders.find(request.path_params["id"])
        if row is None:
            raise HTTPException(404)
        return row


async def _style(_request: Request) -> Response:
    return Response((_FOLDER / "style.css").read_bytes(), media_type="text/css", headers=_HEADERS)


def _posting(handle: Handle) -> Callable[[Request], Awaitable[Response]]:
    """A form of this page, sent by it and by no other page."""

    async def handled(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            raise HTTPException(403)
        await handle(request)
        return RedirectResponse("/", status_code=303)

    return handled


def _number(value: Any) -> int:
    """A whole number of a form.

    Raises:
        HTTPException: it is none.
    """
    text = str(value or "")
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST):
        raise HTTPException(400)
    return int(text)
