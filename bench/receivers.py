"""Those who are told, in a process of their own: a mail server, a webhook, a chat and a collector of traces that take everything and count it.

``python -m bench.receivers SMTP_PORT HTTP_PORT``
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web
from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session

from priority import yield_to_others

HOOKS = ("/hook", "/chat")
TRACES = "/v1/traces"
HOST = "127.0.0.1"


class Receivers:
    """What came, by where it came to."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(("mails", *HOOKS, TRACES), 0)

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's own
        """A mail."""
        self.counts["mails"] += 1
        return "250 taken"

    async def called(self, request: web.Request) -> web.Response:
        """A delivery."""
        await request.read()
        self.counts[request.path] += 1
        return web.Response(text="ok")

    async def counted(self, _request: web.Request) -> web.Response:
        """What came so far."""
        return web.json_response(self.counts)


async def listen(smtp_port: int, http_port: int) -> None:
    """Take what comes, until the process is ended."""
    receivers = Receivers()
    smtp = UnthreadedController(receivers, hostname=HOST, port=smtp_port, loop=asyncio.get_running_loop())
    app = web.Application()
    app.add_routes([web.post(path, receivers.called) for path in (*HOOKS, TRACES)])
    app.add_routes([web.get(path, receivers.counted) for path in ("/readyz", "/counts")])
    runner = web.AppRunner(app)
    await runner.setup()
    smtp.server = await smtp._create_server()
    await web.TCPSite(runner, HOST, http_port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    yield_to_others(19)  # elsewhere they would have a processor of their own
    asyncio.run(listen(int(sys.argv[1]), int(sys.argv[2])))
