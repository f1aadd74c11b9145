"""Every answer of the API and of its documentation says what a browser may do with it."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from security_headers import NOTHING
from server import create_app
from settings import Settings
from tests.clients import BASE
from tests.conftest import SignIn
from tests.web.browser import visitor

SAID = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def guarded(answer: httpx.Response, policy: str = NOTHING, caching: str = "no-store") -> None:
    said = answer.headers
    assert {name: said.get(name) for name in SAID} == SAID
    assert (said.get("content-security-policy"), said.get("cache-control")) == (policy, caching)
    assert "strict-transport-security" not in said


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{BASE}/me", 401),
        ("GET", f"{BASE}/nowhere", 404),
        ("DELETE", f"{BASE}/me", 405),
        ("POST", f"{BASE}/demo/token", 422),
        ("GET", f"{BASE}/openapi.json", 200),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/docs/nothing", 404),
    ],
)
async def test_an_answer_is_not_kept_nor_shown_as_a_page(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == status
    guarded(answer)


async def test_what_somebody_may_read_is_not_kept_either(sign_in: SignIn) -> None:
    sales = await sign_in("sales1")
    guarded(await sales.call("GET", "/purchase-requests"))
    guarded(await sales.call("POST", "/purchase-requests", {"nonsense": True}))


async def test_an_answer_to_a_defect_has_them_too(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("api.routes.account.load_caller", broken)
    answer = await http.post(f"{BASE}/demo/token", json={"username": "sales1"})
    assert answer.status_code == 500
    guarded(answer)


async def test_the_documentation_runs_its_own_script_only_and_in_no_frame(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    guarded(page, policy)
    for name in ("docs.js", "swagger-ui-bundle.js", "swagger-ui.css"):
        file = await http.get(f"/docs/files/{name}")
        guarded(file, caching="no-cache")
        again = await http.get(f"/docs/files/{name}", headers={"If-None-Match": file.headers["etag"]})
        assert again.status_code in (200, 304)


async def test_pages_keep_their_own_policy(app: FastAPI) -> None:
    async with visitor(app, "sales1") as person:
        answer = await person.get("/requests")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert len(answer.headers.get_list("content-security-policy")) == 1


async def test_callers_who_come_by_https_are_told_to_keep_doing_so(database_url: str) -> None:
    settings = Settings(
        database_url=database_url,
        public_url="https://crm.example.com",
        oidc_issuer="https://issuer.example",
        oidc_audience="crm",
    )
    transport = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="https://crm.example.com") as http:
        answer = await http.get("/healthz")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
