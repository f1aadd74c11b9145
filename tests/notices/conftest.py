"""Mail from a real request to a real mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest_asyncio

from application.calendars import Calendars
from application.mail_links import LinkRules
from crm.pool import Pool
from notices.dispatch import Dispatcher, MailRules, Sink, ToPeople
from notices.mail import MailDeliverer, Patience
from notices.mail_content import Contents
from notices.mail_message import Messages, Sender
from notices.smtp import MailServer, Tls
from settings import Settings
from tests.notices.post_office import PostOffice, open_post_office
from workflows.notice_contract import MAIL, Left

BASE_URL = "http://localhost"
SHORT = timedelta(milliseconds=1)
IMPATIENT = Patience(lease=timedelta(seconds=30), away=SHORT, doubt=SHORT, later=(SHORT,))


class Mailing:
    """Tells people what waits in the outbox, and mails it, as the worker does.

    Args:
        pool: the CRM database.
        settings: its calendar and zone.
        office: where mails go.
        links: what may be decided from a mail.
        patience: how long what is waited for.
        timeout: of the mail server's answers, in seconds.
        sinks: who is told besides.
    """

    def __init__(
        self,
        pool: Pool,
        settings: Settings,
        office: PostOffice,
        links: LinkRules | None = None,
        patience: Patience = IMPATIENT,
        *,
        timeout: float = 2.0,
        sinks: Sequence[Sink] = (),
    ) -> None:
        self.office = office
        mail = MailRules(on=True, gather=timedelta(0), quiet=False)
        self._dispatcher = Dispatcher(pool, [ToPeople(Calendars(settings.business_calendar), mail), *sinks])
        self.deliverer = MailDeliverer(
            pool,
            MailServer(
                host="127.0.0.1",
                port=office.port,
                tls=Tls.NONE,
                sender="mua-hang@demo.example",
                timeout=timeout,
                send_limit=timeout,
            ),
            Contents(pool, BASE_URL, settings.time_zone, links or LinkRules()),
            Messages(Sender.parse("Mua hàng <mua-hang@demo.example>")),
            gather=timedelta(0),
            patience=patience,
        )

    async def tell(self) -> None:
        """Tell people, without mailing it yet."""
        while (await self._dispatcher.dispatch_some())[0]:
            pass

    async def deliver(self) -> Left:
        """Mail what is due."""
        return await self.deliverer.deliver_due(MAIL, lambda: None)

    async def done(self) -> Left:
        """Tell people, and mail it."""
        await self.tell()
        return await self.deliver()


@pytest_asyncio.fixture(loop_scope="session")
async def office() -> AsyncIterator[PostOffice]:
    """A mail server that takes whatever comes."""
    async with open_post_office() as office:
        yield office


@pytest_asyncio.fixture(loop_scope="session")
async def mailing(pool: Pool, settings: Settings, office: PostOffice) -> Mailing:
    """Mail to that server; what other tests have left in the outbox is told, and mailed to nobody."""
    mailing = Mailing(pool, settings, office)
    await mailing.tell()
    await pool.execute("UPDATE notices SET mail_at = NULL WHERE mail_id IS NULL")
    await pool.execute("DELETE FROM mails")
    return mailing
