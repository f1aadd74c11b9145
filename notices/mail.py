"""Mail: what is due is put into mails, one for each person, and given to the mail server.

A mail is a row before the server hears of it. Whoever sends it claims it first, so that after a crash it goes out at most once
more, with the same Message-ID; one of which twice nobody learned what became of it is left to ops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from application.ops import literal
from approval.model import Frozen
from crm import mails, outbox
from crm.mails import Mail, MailState, Standing
from crm.pool import Pool
from notices.mail_content import Contents
from notices.mail_message import Messages
from notices.smtp import MailServer, ServerAwayError, SmtpSession, Verdict
from notices.ways import beating
from trace_context import NOBODY, Tracer
from workflows.notice_contract import Left, NoticeWay

log = structlog.get_logger(__name__)

AT_ONCE: Final = 100
"""Mails that are made at the same time: what waits for a server that is away may still be settled, and is then not mailed."""
ROUND_SECONDS: Final = 60.0
SHOWN: Final = 10
"""Mails that came to a bad end, as ops are shown them."""


class Patience(Frozen):
    """How long what is waited for.

    Args:
        lease: after this long a mail that was being sent is taken for one whose sender died; longer than any mail takes.
        away: before a server that takes nothing is asked again.
        doubt: before a mail that may have been taken is sent once more.
        later: before each further try of a mail that the server does not take yet (greylisting); the last one again and again.
        give_up: a mail that is not taken for so long is refused.
    """

    lease: timedelta = timedelta(seconds=90)
    away: timedelta = timedelta(seconds=30)
    doubt: timedelta = timedelta(minutes=1)
    later: tuple[timedelta, ...] = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))
    give_up: timedelta = timedelta(days=3)


class MailDeliverer:
    """Sends mail.

    Args:
        pool: the CRM database.
        server: where mails go.
        contents: what they say.
        messages: how they are written.
        gather: what is due so soon goes along with what is due.
        patience: how long what is waited for.
        tracer: is told of each mail that is given to the server.
    """

    def __init__(
        self,
        pool: Pool,
        server: MailServer,
        contents: Contents,
        messages: Messages,
        *,
        gather: timedelta,
        patience: Patience | None = None,
        tracer: Tracer = NOBODY,
    ) -> None:
        self._pool = pool
        self._server = server
        self._contents = contents
        self._messages = messages
        self._gather = gather
        self._patience = patience or Patience()
        self._tracer = tracer

    async def is_due(self, way: NoticeWay) -> bool:
        """See ``notices.ways.Deliverer``."""
        return await mails.anything_due(self._pool)

    async def deliver_due(self, way: NoticeWay, alive: Callable[[], None]) -> Left:
        """See ``notices.ways.Deliverer``."""
        trouble = ""
        async with beating(alive):
            if await mails.anything_due(self._pool):
                try:
                    async with self._server.connected() as session:
                        await self._send_due(session)
                except ServerAwayError as error:
                    trouble = str(error)
                    log.warning("the mail server takes no mail", answer=trouble)
            standing = await mails.standing(self._pool, SHOWN)
        next_at = standing.next_at
        if next_at is not None and trouble:
            next_at = max(next_at, datetime.now(UTC) + self._patience.away)
        return Left(next_at=next_at, details=details(standing, trouble), rests=bool(trouble))

    async def _send_due(self, session: SmtpSession) -> None:
        loop = asyncio.get_running_loop()
        ends = loop.time() + ROUND_SECONDS
        while session.usable and loop.time() < ends:
            mail = await mails.claim(self._pool, self._patience.lease)
            if mail is not None:
                happened = await outbox.traceparents_of_mail(self._pool, mail.id) if self._tracer.on else []
                with self._tracer.span("SendMail", happened) as span:
                    span.note({"mail.id": str(mail.id)})
                    await self._send(session, mail)
            elif not await self._made_some():
                return

    async def _made_some(self) -> bool:
        async with self._pool.acquire() as connection, connection.transaction():
            return await mails.gather(connection, self._gather, AT_ONCE) > 0

    async def _send(self, session: SmtpSession, mail: Mail) -> None:
        """Send one mail, and note what became of it.

        Raises:
            ServerAwayError: nothing did; the mail waits.
        """
        address = await mails.address_of(self._pool, mail.username)
        content = await self._contents.of(mail) if address else None
        if content is None:
            await mails.drop(self._pool, mail.id)
            return
        try:
            message = self._messages.message(mail, address, content)
        except ValueError as error:
            await self._refused(mail, str(error))
            return
        await mails.keep_tokens(self._pool, content.tokens)
        try:
            answer = await session.send(address, message)
        except ServerAwayError as error:
            await mails.wait(self._pool, mail.id, self._patience.away, str(error))
            raise
        match answer.verdict:
            case Verdict.TAKEN:
                await mails.end(self._pool, mail.id, MailState.SENT, answer.words)
            case Verdict.NEVER:
                await self._refused(mail, answer.words)
            case Verdict.UNSURE:
                log.warning("nobody knows whether a mail was taken", mail=str(mail.id), answer=answer.words)
                await mails.doubt(self._pool, mail.id, self._patience.doubt, answer.words)
            case Verdict.LATER:
                await self._later(mail, answer.words)

    async def _later(self, mail: Mail, words: str) -> None:
        if datetime.now(UTC) - mail.created_at > self._patience.give_up:
            await self._refused(mail, words)
            return
        pauses = self._patience.later
        await mails.wait(self._pool, mail.id, pauses[min(mail.tries, len(pauses)) - 1], words)

    async def _refused(self, mail: Mail, words: str) -> None:
        log.warning("a mail was refused", mail=str(mail.id), receiver=mail.username, answer=words)
        await mails.end(self._pool, mail.id, MailState.REFUSED, words)


def details(standing: Standing, trouble: str) -> str:
    """How it stands with all mail, in Markdown, for ops."""
    lines = [
        f"- to be sent: {standing.waiting} mails, and {standing.notices} notices that are not in a mail yet",
        f"- sent within a day: {standing.sent}",
    ]
    if trouble:
        lines.insert(0, f"**The mail server takes no mail**: {literal(trouble)}")
    for one in standing.refused:
        when = one.ended_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        lines.append(f"- {one.state} · {literal(one.username)} · {when} · {literal(one.answer)}")
    return "\n".join(lines)
