"""What a mail says: its notices in its reader's language, and of what they are asked to decide all that a decision needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from application.caller import Caller, load_caller
from application.mail_links import VALID_FOR, LinkRules, new_token, place_of
from application.notices import names_in
from application.permissions import place_to_decide
from approval.model import Channel, Frozen
from approval.notice_kinds import NoticeKind
from approval.state import Assignment, Step
from crm import mails, notices, requests
from crm.mails import Mail, TokenRow
from crm.notices import StoredNotice
from crm.pool import Pool
from crm.records import RequestRecord
from texts import explain, notice_said, notice_text, number_text
from texts.amounts import amount_text
from texts.mails import mail_text
from texts.moments import moment_text

GOODS_SHOWN: Final = 5
MOST_ITEMS: Final = 50
"""Notices in one mail; of further ones it says how many there are."""
_ASKED: Final = (NoticeKind.ASKED, NoticeKind.REMINDED)


class Goods(Frozen):
    """A line of a request, in words."""

    name: str
    quantity: str
    amount: str


class Ask(Frozen):
    """What a decision needs."""

    goods: tuple[Goods, ...]
    more_goods: int
    amount: str
    owner: str
    purpose: str
    why: str
    until: str
    substitute_of: str = ""
    """The name of whom they stand in for."""
    approve: str = ""
    """The address of the page that asks, which is the same for both; empty: they are to sign in."""
    reject: str = ""


class Item(Frozen):
    """One notice."""

    request_id: UUID
    number: str
    sentence: str
    said: str
    """What somebody said with it."""
    address: str
    """Where it is seen, signed in."""
    ask: Ask | None = None


class MailContent(Frozen):
    """All that a mail says."""

    language: str
    subject: str
    items: tuple[Item, ...]
    more: int = 0
    """Further notices, which are seen in the system."""
    tokens: tuple[tuple[bytes, TokenRow], ...] = ()
    """What its links are for, by what is kept of them."""

    @property
    def request_id(self) -> UUID | None:
        """The request that it is about, if it is about one."""
        about = {item.request_id for item in self.items}
        return about.pop() if len(about) == 1 else None


class Contents:
    """Finds out what mails say.

    Args:
        pool: the CRM database.
        base_url: where browsers reach the pages.
        zone: the company's time zone.
        links: what may be decided from a mail.
    """

    def __init__(self, pool: Pool, base_url: str, zone: ZoneInfo, links: LinkRules) -> None:
        self._pool = pool
        self._base_url = base_url
        self._zone = zone
        self._links = links

    async def of(self, mail: Mail) -> MailContent | None:
        """What a mail says now. None: nothing that its reader still needs, or may know."""
        reader = await load_caller(self._pool, mail.username, Channel.EMAIL)
        if reader is None:
            return None
        told = await mails.notices_of(self._pool, mail.id)
        language = (await notices.settings_of(self._pool, mail.username)).language
        needed = _needed(told)
        shown = needed[:MOST_ITEMS]
        records = {
            request_id: await requests.load(self._pool, request_id, reader.viewer)
            for request_id in dict.fromkeys(notice.request_id for notice in shown)
            if request_id is not None
        }
        names = await names_in(self._pool, shown)
        items: list[Item] = []
        tokens: list[tuple[bytes, TokenRow]] = []
        for notice in shown:
            record = records.get(notice.request_id) if notice.request_id is not None else None
            if record is None:
                continue
            place = _place(record, notice, reader)
            if place is None and notice.kind in _ASKED and "assignment_id" in notice.facts:
                continue  # it was decided meanwhile, or they stand in no more
            token = self._token(mail, reader, record, notice, place)
            if token is not None:
                tokens.append(token[1])
            ask = self._ask(record, notice, place, language, names, token[0] if token else "") if place else None
            sentence = notice_text(
                notice.type, notice.facts, language, zone=self._zone, names=names, reader=reader.username
            )
            items.append(
                Item(
                    request_id=record.id,
                    number=record.number,
                    sentence=sentence,
                    said=notice_said(notice.facts),
                    address=self._address(notice, place),
                    ask=ask,
                )
            )
        if not items:
            return None
        return MailContent(
            language=language,
            subject=_subject(items, language),
            items=tuple(items),
            more=len(needed) - len(shown),
            tokens=tuple(tokens),
        )

    def _token(
        self,
        mail: Mail,
        reader: Caller,
        record: RequestRecord,
        notice: StoredNotice,
        place: tuple[Step, Assignment] | None,
    ) -> tuple[str, tuple[bytes, TokenRow]] | None:
        """A link to decide a place: only for its person themselves, and if they may decide it now."""
        if place is None or notice.facts.get("for") or not self._links.allow(record):
            return None
        step, assignment = place
        may = place_to_decide(record, reader, step.plan.key, reader.username)
        if may is None or may.assignment.id != assignment.id:
            return None
        token, token_hash = new_token()
        row = TokenRow(
            mail_id=mail.id,
            username=reader.username,
            request_id=record.id,
            assignment_id=assignment.id,
            step=step.plan.key,
            version=record.version,
            expires_at=datetime.now(UTC) + VALID_FOR,
        )
        return token, (token_hash, row)

    def _ask(
        self,
        record: RequestRecord,
        notice: StoredNotice,
        place: tuple[Step, Assignment],
        language: str,
        names: Mapping[str, str],
        token: str,
    ) -> Ask:
        shown = record.with_changes(record.run.proposed if record.run else ())
        _, assignment = place
        link = f"{self._base_url}/mail/{token}" if token else ""
        acting_for = str(notice.facts.get("for", ""))
        return Ask(
            goods=tuple(
                Goods(
                    name=" ".join((line.product_code, line.description)),
                    quantity=f"{number_text(line.quantity, language)} {line.unit}",
                    amount=amount_text(line.amount, record.currency, language),
                )
                for line in shown.lines[:GOODS_SHOWN]
            ),
            more_goods=max(0, len(shown.lines) - GOODS_SHOWN),
            amount=amount_text(record.current_total, record.currency, language),
            owner=" · ".join(filter(None, (record.owner.name, record.department))),
            purpose=record.purpose,
            why="; ".join(explain(reason.code, reason.params, language) for reason in assignment.reasons),
            until=moment_text(assignment.due_at, language, self._zone) if assignment.due_at else "",
            substitute_of=names.get(acting_for, acting_for),
            approve=f"{link}?choose=approve" if link else "",
            reject=f"{link}?choose=reject" if link else "",
        )

    def _address(self, notice: StoredNotice, place: tuple[Step, Assignment] | None) -> str:
        if place is None:
            return f"{self._base_url}/requests/{notice.request_id}"
        query = {"step": place[0].plan.key} | ({"for": notice.facts["for"]} if notice.facts.get("for") else {})
        return f"{self._base_url}/inbox/{notice.request_id}?{urlencode(query)}"


def _needed(told: Sequence[StoredNotice]) -> list[StoredNotice]:
    """Of several notices that ask for the same decision, the last one."""
    last = {notice.facts["assignment_id"]: notice.id for notice in told if _asks(notice)}
    return [notice for notice in told if not _asks(notice) or last[notice.facts["assignment_id"]] == notice.id]


def _asks(notice: StoredNotice) -> bool:
    return notice.kind in _ASKED and "assignment_id" in notice.facts


def _place(record: RequestRecord, notice: StoredNotice, reader: Caller) -> tuple[Step, Assignment] | None:
    """The place that a notice asks its reader to decide, if it waits; a substitute's only while they stand in."""
    place = place_of(record, UUID(notice.facts["assignment_id"])) if _asks(notice) else None
    if place is None or not notice.facts.get("for"):
        return place
    return place if place_to_decide(record, reader, place[0].plan.key, str(notice.facts["for"])) else None


def _subject(items: Sequence[Item], language: str) -> str:
    """Of one request, what is to be decided, or else what happened last; of several, how many."""
    asks = [item.ask for item in items if item.ask is not None]
    if len({item.number for item in items}) == 1:
        if not asks:
            return items[-1].sentence
        return mail_text("subject_ask", language, number=items[0].number, amount=asks[0].amount)
    if len(asks) > 1:
        return mail_text("subject_asks", language, count=len(asks))
    return mail_text("subject_news", language, count=len(items))
