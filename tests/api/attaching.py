"""What tests of attachments do again and again."""

from __future__ import annotations

from typing import Any

import httpx

from tests.clients import BASE, ApiClient
from tests.files import PDF


def path_of(request: Any, attachment: Any = None) -> str:
    """Where the files of a request are, or one of them."""
    path = f"/purchase-requests/{request['id']}/attachments"
    return path if attachment is None else f"{path}/{attachment['id']}"


async def upload(
    user: ApiClient, request: Any, name: str = "Báo giá.pdf", data: bytes = PDF, **headers: str
) -> httpx.Response:
    """Send a file as a form does."""
    sent = {"Authorization": f"Bearer {user.token}", "Accept-Language": user.language}
    sent |= {header.replace("_", "-"): value for header, value in headers.items()}
    return await user.http.post(BASE + path_of(request), files={"file": (name, data)}, headers=sent)


async def attach(user: ApiClient, request: Any, name: str = "Báo giá.pdf", data: bytes = PDF) -> Any:
    """The same, which must succeed; the attachment."""
    answer = await upload(user, request, name, data)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def listed(user: ApiClient, request: Any) -> list[Any]:
    """The files of a request."""
    items: list[Any] = (await user.get(path_of(request)))["items"]
    return items


def wrong(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, place and reason of the one thing that is wrong."""
    (error,) = answer.json()["errors"]
    return answer.status_code, error["pointer"], error["detail"]
