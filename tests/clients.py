"""A client of the API for tests: one signed-in user, and the calls that tests make again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

BASE = "/api/v1"

LINE: dict[str, Any] = {
    "product_code": "LT-T14",
    "description": "Máy tính xách tay ThinkPad T14",
    "warehouse": "Kho Hà Nội",
    "unit": "Chiếc",
    "quantity": "10",
    "unit_price": "12500000",
    "supplier": "FPT Synnex",
}
"""A line that alone takes a request over the director's threshold of the demo process."""


def request_body(**changes: Any) -> dict[str, Any]:
    """A valid body for ``POST /purchase-requests``, made from nothing."""
    return {
        "source": None,
        "purpose": "Máy tính cho nhân viên mới",
        "delivery_address": "Số 18 Phạm Hùng, Hà Nội",
        "desired_delivery_date": "2027-01-15",
        "description": "",
        "currency": "VND",
        "lines": [LINE],
        **changes,
    }


@dataclass(frozen=True)
class ApiClient:
    """One signed-in user."""

    http: httpx.AsyncClient
    username: str
    token: str
    language: str = "en"

    @classmethod
    async def signed_in(cls, http: httpx.AsyncClient, username: str) -> ApiClient:
        """Sign in a demo user."""
        answer = await http.post(f"{BASE}/demo/token", json={"username": username})
        assert answer.status_code == 200, answer.text
        return cls(http, username, answer.json()["access_token"])

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Any call; header names are given with underscores."""
        sent = {"Authorization": f"Bearer {self.token}", "Accept-Language": self.language}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, BASE + path, json=body, headers=sent)

    async def get(self, path: str) -> Any:
        """A GET that must succeed; its JSON."""
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def create(self, **changes: Any) -> Any:
        """Save a request; the request."""
        answer = await self.call("POST", "/purchase-requests", request_body(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def act(self, request_id: str, action: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send, approve, reject, recall or cancel."""
        return await self.call("POST", f"/purchase-requests/{request_id}/{action}", body or {}, **headers)

    async def done(self, request_id: str, action: str, body: Any = None, **headers: str) -> Any:
        """The same, which must succeed; the request."""
        answer = await self.act(request_id, action, body, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def request(self, request_id: str) -> Any:
        """A whole request."""
        return await self.get(f"/purchase-requests/{request_id}")

    async def timeline(self, request_id: str) -> list[Any]:
        """A request's timeline, which must be one page."""
        page = await self.get(f"/purchase-requests/{request_id}/timeline")
        assert page["next_cursor"] is None
        items: list[Any] = page["items"]
        return items
