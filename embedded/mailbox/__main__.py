"""``python -m embedded.mailbox``: the mail server and its pages, both on the loopback address, until it is asked to stop."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from embedded.mailbox.pages import create_app
from embedded.mailbox.store import Store

HOST = "127.0.0.1"
LARGEST_MAIL = 10 * 1024 * 1024


class Keep:
    """Has the mail server keep what it is given.

    Args:
        store: where.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name for it
        """A mail has come."""
        content = envelope.original_content
        self._store.add(envelope.rcpt_tos, content if content is not None else b"")
        return "250 2.0.0 kept"


async def main() -> None:
    """Serve ``MAILBOX_DIRECTORY`` on ``SMTP_PORT`` and ``MAILBOX_PORT``, with times by the clocks of ``COMPANY_TIME_ZONE``."""
    zone = ZoneInfo(os.environ["COMPANY_TIME_ZONE"])
    store = Store(Path(os.environ["MAILBOX_DIRECTORY"]))
    loop = asyncio.get_running_loop()
    keep = Keep(store)
    smtp = await loop.create_server(
        lambda: SMTP(keep, hostname="localhost", data_size_limit=LARGEST_MAIL, loop=loop),
        HOST,
        int(os.environ["SMTP_PORT"]),
    )
    port = int(os.environ["MAILBOX_PORT"])
    async with smtp:
        await uvicorn.Server(uvicorn.Config(create_app(store, zone), host=HOST, port=port, access_log=False)).serve()


if __name__ == "__main__":
    asyncio.run(main())
