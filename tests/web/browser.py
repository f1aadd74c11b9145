"""A person's browser for tests of the pages: cookies, forms and their tokens, without a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx
from fastapi import FastAPI


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser."""

    http: httpx.AsyncClient

    async def get(self, address: str, **headers: str) -> httpx.Response:
        """Open a page."""
        return await self.http.get(address, headers={name.replace("_", "-"): text for name, text in headers.items()})

    async def read(self, address: str) -> str:
        """A page that must be there; its HTML."""
        answer = await self.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def token(self, address: str = "/sign-in") -> str:
        """The token that forms of a page carry."""
        return value_of(await self.read(address), "csrf_token")

    async def post(
        self, address: str, fields: Mapping[str, Any] | None = None, *, page: str = "/sign-in"
    ) -> httpx.Response:
        """Send a form as a page's own form would."""
        return await self.http.post(address, data={"csrf_token": await self.token(page), **(fields or {})})

    async def sign_in(self, username: str) -> None:
        """Pick a user of the demo."""
        answer = await self.post("/sign-in", {"username": username})
        assert answer.status_code == 303, answer.text


@asynccontextmanager
async def visitor(
    app: FastAPI, username: str | None = None, language: str = "en", base_url: str = "http://localhost"
) -> AsyncIterator[Visitor]:
    """A fresh browser, signed in if a username is given. Redirects are not followed."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Accept-Language": language}
    async with httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers, timeout=30) as http:
        person = Visitor(http)
        if username is not None:
            await person.sign_in(username)
        yield person


def value_of(html: str, name: str) -> str:
    """The value of the first input with this name."""
    found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*value="([^"]*)"', html)
    assert found, f"no input {name}"
    return unescape(found[1])
