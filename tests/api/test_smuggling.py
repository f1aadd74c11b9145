"""Where a message ends, and which file a path means, is understood in one way only. Sources: RFC 9112, 6.3; ASVS 5.0, V4.2 and V5.3."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from tests.web.browser import visitor

SECOND: Final = b"GET /api/v1/nothing-here HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""What somebody wants to be taken for a request of its own."""


def post(*headers: bytes, body: bytes = b"") -> bytes:
    lines = [b"POST /api/v1/demo/token HTTP/1.1", b"Host: localhost", b"Content-Type: application/json", *headers]
    return b"\r\n".join([*lines, b"", body])


UNCLEAR: Final = {
    "two kinds of length": post(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + SECOND),
    "the same the other way round": post(
        b"Transfer-Encoding: chunked", b"Content-Length: 4", body=b"0\r\n\r\n" + SECOND
    ),
    "two lengths": post(b"Content-Length: 2", b"Content-Length: 90", body=b"{}" + SECOND),
    "a list of lengths": post(b"Content-Length: 2, 90", body=b"{}" + SECOND),
    "a length with a sign": post(b"Content-Length: +2", body=b"{}" + SECOND),
    "a negative length": post(b"Content-Length: -2", body=b"{}" + SECOND),
    "a coding that nobody knows": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + SECOND),
    "chunked, but not at last": post(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n" + SECOND),
    "a coding in two lines": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: x", body=b"0\r\n\r\n" + SECOND),
    "a blank before the colon": post(b"Content-Length : 2", body=b"{}" + SECOND),
    "a header that goes on in the next line": post(b"X: 1\r\n Content-Length: 2", body=b"{}" + SECOND),
    "a chunk with no number": post(b"Transfer-Encoding: chunked", body=b"z\r\n\r\n" + SECOND),
    "a bare line feed between headers": post(b"X: 1\nContent-Length: 2", body=b"{}" + SECOND),
    "bare line feeds at the end of all": SECOND.replace(b"\r\n", b"\n"),
}


@pytest.mark.parametrize("sent", UNCLEAR.values(), ids=UNCLEAR)
async def test_a_message_of_unclear_length_is_refused_and_what_follows_is_no_request(
    server_url: str, sent: bytes
) -> None:
    place = urlsplit(server_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(sent)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"nothing-here" not in answer


async def test_two_requests_that_end_clearly_are_two(server_url: str) -> None:
    """Otherwise the test above would prove nothing."""
    place = urlsplit(server_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(post(b"Content-Length: 2", body=b"{}") + SECOND.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    assert answer.count(b"HTTP/1.1 ") == 2


PATHS: Final = [
    "/docs/files/..%2f..%2fdocs.py",
    "/docs/files/../docs.js/../../docs.py",
    "/docs/files/%2e%2e/docs.py",
    "/docs/files//etc/passwd",
    "/docs/files/%2fetc%2fpasswd",
    "/docs/files/",
    "/docs/files",
    "/static/x/..%2f..%2fapp.py",
    "/static/x/%2e%2e/%2e%2e/app.py",
    "/static/x//etc/passwd",
    "/static/",
    "/.git/config",
    "/server.py",
    "/docs/files/swagger-ui.css%00.js",
]


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_leads_out_of_the_files_that_are_served(app: FastAPI, path: str) -> None:
    async with visitor(app) as person:
        answer = await person.http.request("GET", httpx.URL(f"http://localhost{path}", raw_path=path.encode()))
    assert answer.status_code == 404
    assert "import" not in answer.text


@pytest.mark.parametrize("path", ["/api/v1/me", "/sign-in", "/healthz", "/docs"])
async def test_nothing_is_sent_back_of_what_came(app: FastAPI, path: str) -> None:
    async with visitor(app) as person:
        answer = await person.http.request("TRACE", path, headers={"X-Secret": "phoenix"})
    assert answer.status_code == 405
    assert "phoenix" not in answer.text.lower()
