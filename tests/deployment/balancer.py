"""A small balancer before several APIs: it leads calls to those that say they are ready, and tries nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count

import httpx
from aiohttp import web

CHECK_SECONDS = 0.1
FALL = 2
"""Checks in a row after which one that does not say it is ready is left out; one that says so is back at once."""

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}


class Balancer:
    """Leads each call to the next API that is ready, over connections that it keeps, as balancers do.

    Args:
        ports: of the APIs on this machine, whether they are there or not.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._failed = dict.fromkeys(ports, FALL)
        """How many checks in a row have failed."""
        self._turn = count()

    def leads_to(self, port: int) -> bool:
        """Whether calls are led to this API."""
        return self._failed[port] < FALL

    @asynccontextmanager
    async def serving(self, port: int) -> AsyncIterator[None]:
        """Work for as long as the block runs, at a port of this machine."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=3)
        async with httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as self._apis:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._lead)
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            checks = [asyncio.create_task(self._check(port)) for port in self._failed]
            try:
                yield
            finally:
                for check in checks:
                    check.cancel()
                await asyncio.gather(*checks, return_exceptions=True)
                await runner.cleanup()

    async def _check(self, port: int) -> None:
        while True:
            ready = False
            with suppress(httpx.TransportError):
                ready = (await self._apis.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
            self._failed[port] = 0 if ready else self._failed[port] + 1
            await asyncio.sleep(CHECK_SECONDS)

    async def _lead(self, request: web.Request) -> web.StreamResponse:
        ready = [port for port in self._failed if self.leads_to(port)]
        if not ready:
            return web.Response(status=503, text="no API is ready")
        url = f"http://127.0.0.1:{ready[next(self._turn) % len(ready)]}{request.path_qs}"
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP]
        asked = self._apis.build_request(request.method, url, headers=headers, content=await request.read())
        try:
            answer = await self._apis.send(asked, stream=True)
        except httpx.TransportError as error:
            return web.Response(status=502, text=repr(error))
        led = web.StreamResponse(status=answer.status_code)
        for name, value in answer.headers.multi_items():
            if name not in HOP_BY_HOP:
                led.headers.add(name, value)
        try:
            await led.prepare(request)
            async for piece in answer.aiter_bytes():
                await led.write(piece)
            await led.write_eof()
        finally:
            await answer.aclose()
        return led
