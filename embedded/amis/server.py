"""The API of the stand-in, as AMIS has it under ``/api/v2``; what it counts and what is odd can be looked at from outside."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from embedded.amis.catalogues import Catalogues
from embedded.amis.oddities import Oddities
from embedded.amis.orders import GOODS, Orders, Records, Row

PREFIX: Final = "/api/v2"
LARGEST_PAGE: Final = 100

Answer = Callable[[Request], Awaitable[Response]]


class StandIn:
    """AMIS for one company.

    Args:
        orders: what it has.
        client_id: whom it knows.
        client_secret: and by what.

    Attributes:
        catalogues: its products, customers and stocks; none at first.
        oddities: what is odd; may be changed at any time.
        calls: how often each address was called.
        put: what it was told to change, call by call.
        tokens: how many tokens it has given out.
    """

    def __init__(self, orders: Orders, client_id: str, client_secret: str) -> None:
        self.orders = orders
        self.catalogues = Catalogues()
        self.client_id = client_id
        self.client_secret = client_secret
        self.oddities = Oddities()
        self.calls: Counter[str] = Counter()
        self.put: list[list[Row]] = []
        self.tokens = 0
        self.at_once = 0
        self.most_at_once = 0
        self._good_for: dict[str, int] = {}
        self._counted = 0

    @property
    def routes(self) -> list[Route]:
        """Of the API."""
        return [
            Route(f"{PREFIX}/Account", self._account, methods=["POST"]),
            Route(f"{PREFIX}/SaleOrders", self._answering(self._list(self.orders))),
            Route(f"{PREFIX}/SaleOrders", self._answering(self._put), methods=["PUT"]),
            Route(f"{PREFIX}/SaleOrders/id", self._answering(self._by_id)),
            Route(f"{PREFIX}/SaleOrders/code", self._answering(self._by_code)),
            Route(f"{PREFIX}/Products", self._answering(self._list(self.catalogues.products))),
            Route(f"{PREFIX}/Customers", self._answering(self._list(self.catalogues.customers))),
            Route(f"{PREFIX}/Stocks", self._answering(self._stocks)),
            Route(f"{PREFIX}/Stocks/product_ledger", self._answering(self._ledger)),
        ]

    def end_tokens(self) -> None:
        """Every token ends now."""
        self._good_for.clear()

    async def _account(self, request: Request) -> Response:
        self.calls["Account"] += 1
        said = await request.json()
        if (said.get("client_id"), said.get("client_secret")) != (self.client_id, self.client_secret):
            return _envelope(None, success=False, code=400, error_message="client_id hoặc client_secret không đúng")
        token = secrets.token_urlsafe(24)
        self._good_for[token] = self.oddities.token_calls or 1_000_000_000
        self.tokens += 1
        return _envelope(token, code=0)

    def _answering(self, answer: Answer) -> Answer:
        """Answer whoever has a token, oddly if that is wanted."""

        async def odd(request: Request) -> Response:
            method = "" if request.method == "GET" else f"{request.method} "
            self.calls[method + request.url.path.removeprefix(f"{PREFIX}/")] += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                await asyncio.sleep(self.oddities.slow_seconds)
                return self._refusal(request) or await answer(request)
            finally:
                self.at_once -= 1

        return odd

    def _refusal(self, request: Request) -> Response | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if request.headers.get("clientid") != self.client_id or self._good_for.get(token, 0) <= 0:
            return JSONResponse({"success": False, "code": 401, "ErrorMessage": "Unauthorized"}, status_code=401)
        self._good_for[token] -= 1
        self._counted += 1
        if _is_turn(self.oddities.busy_every, self._counted):
            return JSONResponse({"success": False, "code": 429}, status_code=429, headers={"Retry-After": "1"})
        if _is_turn(self.oddities.breaks_every, self._counted):
            return JSONResponse({"success": False, "code": 503}, status_code=503)
        if _is_turn(self.oddities.fails_every, self._counted):
            return _envelope(None, success=False, code=500, ErrorMessage="Có lỗi xảy ra")
        return None

    def _list(self, records: Records) -> Answer:
        """Pages of a list, from 0."""

        async def listed(request: Request) -> Response:
            size = min(int(request.query_params.get("pageSize", LARGEST_PAGE)), LARGEST_PAGE)
            page = int(request.query_params.get("page", 0))
            begin, end = page * size, (page + 1) * size
            answer = self._page(records.rows[begin:end], len(records), size)
            self._stir(records, begin, end)
            return answer

        return listed

    async def _put(self, request: Request) -> Response:
        """Of each order the fields that are given are changed; lines that are given are all its lines from then on."""
        rows = await request.json()
        self.put.append(rows)
        results = []
        for row in rows:
            if self.orders.find(row["id"]) is None:
                results.append({"success": False, "ErrorMessage": f"Không tìm thấy bản ghi {row['id']}"})
                continue
            self.orders.change(row["id"], **{name: value for name, value in row.items() if name != "id"})
            results.append({"success": True})
        return _envelope(None, success=all(one["success"] for one in results), results=results)

    async def _by_id(self, request: Request) -> Response:
        ids = request.query_params.get("ids", "").split(",")
        found = [self.orders.find(int(one)) for one in ids if one.isdigit()]
        return self._page([row for row in found if row is not None])

    async def _by_code(self, request: Request) -> Response:
        codes = set(request.query_params.getlist("code"))
        return self._page([row for row in self.orders.rows if row["sale_order_no"] in codes])

    async def _stocks(self, request: Request) -> Response:
        """Pages from 1, or all of them whatever is asked for; and it says that it failed, whatever it gives."""
        size = min(int(request.query_params.get("pageSize", LARGEST_PAGE)), LARGEST_PAGE)
        page = int(request.query_params.get("page", 1))
        rows = self.catalogues.stocks
        if not self.oddities.stocks_in_one:
            rows = rows[(page - 1) * size : page * size] if page >= 1 else []
        return _envelope([rows] if self.oddities.wraps_lists else rows, success=False)

    async def _ledger(self, request: Request) -> Response:
        """Pages from 1; and it says that it failed, whatever it gives."""
        size = int(request.query_params.get("pageSize", 50))
        page = int(request.query_params.get("page", 1))
        rows = [{"product_code": code, "unit": unit, "closing_quantity": 10} for code, _, unit, _ in GOODS]
        begin = (page - 1) * size
        return _envelope(rows[begin : begin + size] if page >= 1 else [], success=False, total_records=len(rows))

    def _page(self, rows: Sequence[Row], total: int | None = None, size: int = LARGEST_PAGE) -> Response:
        shown: list[Any] = [self._shown(row) for row in rows]
        if self.oddities.wraps_lists:
            shown = [shown]
        totals: dict[str, Any] = (
            {}
            if total is None or self.oddities.says_no_total
            else {
                "total_records": 0 if self.oddities.says_total_0 else total,
                "total_pages": -(-total // size),
            }
        )
        return _envelope(shown, **totals)

    def _shown(self, row: Row) -> Row:
        if not self.oddities.day_first:
            return row
        return {
            name: f"{datetime.fromisoformat(value):%d/%m/%Y}"
            if name in ("sale_order_date", "deadline_date", "delivery_date")
            else value
            for name, value in row.items()
        }

    def _stir(self, records: Records, begin: int, end: int) -> None:
        """Change a list under the hands of whoever reads it."""
        for _ in range(self.oddities.moves):
            if end < len(records):
                records.touch(records.rows[min(end + 7, len(records) - 1)]["id"])
        for _ in range(self.oddities.removes):
            if begin > 0 and end < len(records):
                records.delete(records.rows[begin // 2]["id"])


def _is_turn(every: int, counted: int) -> bool:
    return bool(every) and counted % every == 0


def _envelope(data: Any, *, success: bool = True, code: int = 200, results: Any = None, **more: Any) -> Response:
    return JSONResponse({"success": success, "code": code, "data": data, "results": results, **more})
