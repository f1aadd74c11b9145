"""Telling people on their devices as the worker does, without its clock. ``python -m tests.notices.pushing CERTIFICATE`` pushes what
is due in ``DATABASE_URL``, to be killed meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

from application.calendars import Calendars
from application.push_devices import PushDevices
from crm.pool import Pool, create_pool
from notices.devices import PushRules, ToDevices
from notices.dispatch import Dispatcher, MailRules, ToPeople
from notices.push_calls import PushCalls
from notices.pushing import PushDeliverer
from notices.sending import Sender
from settings import Settings
from tests.notices.push_service import KEY, sender_to
from workflows.notice_contract import PUSH, Left


class Pushing:
    """Tells people what waits in the outbox, and pushes it.

    Args:
        pool: the CRM database.
        settings: its calendar and zone.
        sender: makes the calls.
        quiet: whether people are left alone outside business hours.
    """

    def __init__(self, pool: Pool, settings: Settings, sender: Sender, *, quiet: bool = False) -> None:
        self._pool = pool
        calendars, calls = Calendars(settings.business_calendar), PushCalls(sender, KEY)
        self.sink = ToDevices(calendars, PushRules(server_key=KEY.public, quiet=quiet))
        self.devices = PushDevices(pool, calls)
        self.deliverer = PushDeliverer(pool, calls, settings.time_zone)
        self._dispatcher = Dispatcher(pool, [ToPeople(calendars, MailRules()), self.sink])

    async def tell(self) -> None:
        """Tell people, without pushing it yet."""
        while (await self._dispatcher.dispatch_some())[0]:
            pass

    async def deliver(self) -> Left:
        """Push what is due."""
        return await self.deliverer.deliver_due(PUSH, lambda: None)

    async def done(self) -> Left:
        """Tell people, and push it."""
        await self.tell()
        return await self.deliver()

    async def pass_time(self, time: timedelta) -> None:
        """Have what is to be tried again be due so much earlier, as if time had passed."""
        await self._pool.execute("UPDATE pushes SET next_try_at = next_try_at - $1::interval", time)

    async def waiting(self) -> int:
        """How much is to be pushed, now or later."""
        return int(await self._pool.fetchval("SELECT count(*) FROM pushes"))


async def main() -> None:
    """Push it."""
    settings = Settings(database_url=os.environ["DATABASE_URL"], demo_mode=True)
    pool = await create_pool(settings.database_url, 2)
    async with aclosing(sender_to(Path(sys.argv[1]))) as sender:
        await Pushing(pool, settings, sender).deliver()


if __name__ == "__main__":
    asyncio.run(main())
