"""The system answers under its own names: a page whose name is made to point at it (DNS rebinding) gets nothing of it."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from server import create_app
from settings import Settings
from tests.clients import BASE

EVERYTHING = (
    ("POST", f"{BASE}/demo/token"),
    ("GET", f"{BASE}/me"),
    ("GET", f"{BASE}/openapi.json"),
    ("GET", f"{BASE}/nowhere"),
    ("GET", "/docs"),
    ("GET", "/docs/files/docs.js"),
    ("GET", "/metrics"),
    ("GET", "/readyz/all"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/events"),
    ("GET", "/static/x/app.css"),
)
FOREIGN = (
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.nip.example",
    "evil.example@localhost",
    "localhost@evil.example",
    "localhost, evil.example",
    "localhost:8000:80",
    "[::1",
    "::1",
    "localhost/",
    "localhost#",
    "0.0.0.0",
    "192.168.0.1",
    "",
)
OWN = ("localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:8000")


def refused(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), answer.text
    assert answer.json()["code"] == "host_not_allowed"
    assert "access_token" not in answer.text


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize(("method", "path"), EVERYTHING)
async def test_the_demo_gives_nothing_under_a_foreign_host(
    http: httpx.AsyncClient, method: str, path: str, host: str
) -> None:
    body = {"username": "admin1"} if method == "POST" else None
    refused(await http.request(method, path, headers={"Host": host}, json=body))


@pytest.mark.parametrize("host", OWN)
async def test_the_demo_answers_under_loopback_names_at_any_port(http: httpx.AsyncClient, host: str) -> None:
    assert (await http.get("/sign-in", headers={"Host": host})).status_code == 200
    token = await http.post(f"{BASE}/demo/token", json={"username": "sales1"}, headers={"Host": host})
    assert token.status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host"])
async def test_nobody_is_asked_which_host_was_meant(http: httpx.AsyncClient, header: str) -> None:
    said = "host=localhost" if header == "Forwarded" else "localhost"
    refused(await http.get("/sign-in", headers={"Host": "evil.example", header: said}))


@pytest.mark.parametrize(
    "hosts", [[], ["localhost", "localhost"], ["localhost", "evil.example"], ["evil.example", "localhost"]]
)
async def test_a_call_names_one_host(server_url: str, hosts: list[str]) -> None:
    address = urlsplit(server_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    lines = ["GET /sign-in HTTP/1.1", *(f"Host: {host}" for host in hosts), "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    writer.close()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_load_balancer_may_ask_by_address(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers={"Host": "10.1.2.3:8000"})
    assert answer.status_code == 200


@pytest.mark.parametrize(("language", "words"), [("en", "ALLOWED_HOSTS"), ("vi", "tên máy chủ")])
async def test_the_refusal_says_what_to_do(http: httpx.AsyncClient, language: str, words: str) -> None:
    answer = await http.get("/", headers={"Host": "crm", "Accept-Language": language})
    refused(answer)
    assert words in answer.json()["detail"]


ISSUER: dict[str, Any] = {"oidc_issuer": "https://issuer.example", "oidc_audience": "crm"}


@pytest.mark.parametrize(
    ("given", "answered", "refused_too"),
    [
        ({"public_url": "https://CRM.example.com/"}, {"crm.example.com", "crm.example.com:443"}, {"localhost", "127.0.0.1"}),
        (
            {"public_url": "https://crm.example.com", "allowed_hosts": ("crm.internal", "10.0.0.7", "fd00::7")},
            {"crm.example.com", "crm.internal:8000", "10.0.0.7", "[fd00::7]:8000"},
            {"www.crm.example.com", "10.0.0.8"},
        ),
        ({"api_host": "0.0.0.0", "allowed_hosts": ("crm",)}, {"crm"}, {"localhost"}),
        ({}, {"127.0.0.1:8000", "localhost:8000"}, {"crm"}),
    ],
    ids=["public url", "further names", "every address", "this machine"],
)  # fmt: skip
async def test_outside_the_demo_the_names_are_those_of_the_settings(
    given: dict[str, Any], answered: set[str], refused_too: set[str]
) -> None:
    app = create_app(Settings(database_url="postgresql://nobody@localhost/nothing", **ISSUER, **given))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://crm") as http:
        for host in answered:
            assert (await http.get("/docs", headers={"Host": host})).status_code == 200, host
        for host in refused_too | {"evil.example"}:
            refused(await http.get("/docs", headers={"Host": host}))
