"""Chats are told in one sentence and a link, in the form that each takes, and what somebody wrote stays text."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from approval.effects import EventType
from crm.endpoints import EndpointKind
from crm.pool import Pool
from notices import chat
from notices.chat import LONGEST_TEXT, Message
from tests.clients import ApiClient
from tests.conftest import SignIn
from tests.notices.hooked import BASE_URL, happen, hooked
from tests.notices.receiver import Receiver, receiving, status
from texts import Language
from texts.endpoints import chat_text

CHATS = [kind for kind in EndpointKind if kind.is_chat]
MARKUP = '<!channel> <@U1> <users/all> *b* _i_ [x](http://x) <a href="http://x">x</a> & {{DATE(1)}} =1+1\nHost: x'
LINK = "https://crm.example.com/requests/1?a=b&c=d"


def form(kind: EndpointKind, text: str = MARKUP) -> Any:
    return json.loads(chat.body(kind, Message(text, LINK, "Mở YCMH-1"), "c-5"))


def test_teams_is_given_a_card_whose_text_has_no_markdown() -> None:
    said = form(EndpointKind.TEAMS)
    (attachment,) = said["attachments"]
    card = attachment["content"]
    assert (said["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert card["type"] == "AdaptiveCard"
    assert card["body"] == [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": MARKUP}]}]
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Mở YCMH-1", "url": LINK}]


def test_slack_is_given_plain_text_and_one_link() -> None:
    said = form(EndpointKind.SLACK)
    section, context = said["blocks"]
    assert section["text"] == {"type": "plain_text", "text": MARKUP, "emoji": False}
    assert context["elements"][0]["text"] == "<https://crm.example.com/requests/1?a=b&amp;c=d|Mở YCMH-1>"
    assert said["mrkdwn"] is False
    assert not set("<>") & set(said["text"])


def test_google_chat_is_given_a_card_without_elements_of_others() -> None:
    (card,) = form(EndpointKind.GOOGLE_CHAT)["cardsV2"]
    paragraph, buttons = card["card"]["sections"][0]["widgets"]
    assert not set("<>") & set(paragraph["textParagraph"]["text"])
    assert "&lt;users/all&gt;" in paragraph["textParagraph"]["text"]
    assert buttons["buttonList"]["buttons"][0]["onClick"]["openLink"]["url"] == LINK


def test_zalo_is_given_text_and_the_chat_and_asked_for_no_markup() -> None:
    assert form(EndpointKind.ZALO) == {"chat_id": "c-5", "text": f"{MARKUP}\nMở YCMH-1: {LINK}"}


@pytest.mark.parametrize("kind", CHATS)
def test_a_text_is_no_longer_than_a_chat_takes(kind: EndpointKind) -> None:
    said = chat.body(kind, Message("ă" * 5000, LINK, "Mở"), "c-5")
    assert said.count("ă") in (LONGEST_TEXT - 1, 2 * (LONGEST_TEXT - 1))  # Slack has it twice


@pytest.mark.parametrize("event", [event.value for event in EventType])
def test_what_many_read_speaks_of_nobody_as_you(event: str) -> None:
    facts = {"number": "YCMH-1", "actor": "a", "person": "p", "from": "f", "due_at": "2026-11-24T03:00:00+00:00"}
    names = {"a": "An", "p": "Phúc", "f": "Lan"}
    said_to_one: dict[Language, tuple[str, str]] = {"vi": ("bạn", "Bạn"), "en": (" you", "You")}
    for language, you in said_to_one.items():
        said = chat_text(event, facts, language, zone=ZoneInfo("UTC"), names=names)
        assert said != event
        assert "{" not in said
        assert not any(word in said for word in you), said


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest_asyncio.fixture(loop_scope="session")
async def admin(sign_in: SignIn) -> ApiClient:
    return await sign_in("admin1")


async def test_a_chat_is_told_in_its_language_by_the_names_of_people(
    admin: ApiClient, pool: Pool, receiver: Receiver, sign_in: SignIn
) -> None:
    request = await (await sign_in("sales1")).create()
    name = (await (await sign_in("manager1")).get("/me"))["name"]
    more = {"kind": "zalo", "chat_id": "c-5", "language": "vi", "event_types": ["request.returned"]}
    async with hooked(admin, pool, receiver.address, **more) as hook:
        await happen(pool, request["id"], EventType.REQUEST_SENT, EventType.REQUEST_RETURNED)
        await hook.dispatch()
        receiver.respond = status(200, '{"ok": true}')
        await hook.deliver()
        (call,) = receiver.received
        text = json.loads(call.body)["text"]
        assert text == (
            f"{name} đã trả lại {request['number']}.\nMở {request['number']}: {BASE_URL}/requests/{request['id']}"
        )
        assert not [header for header in call.headers if header.startswith("webhook-")]


async def test_zalo_that_answers_200_and_refuses_is_tried_again(
    admin: ApiClient, pool: Pool, receiver: Receiver, sign_in: SignIn
) -> None:
    request = await (await sign_in("sales1")).create()
    async with hooked(admin, pool, receiver.address, kind="zalo", chat_id="c-5") as hook:
        await happen(pool, request["id"], EventType.REQUEST_SENT)
        await hook.dispatch()
        for said in ('{"ok": false, "error_code": 401}', "[]", "no JSON"):
            receiver.respond = status(200, said)
            tested = await admin.call("POST", f"/webhook-endpoints/{hook.endpoint_id}/test", {})
            assert tested.json()["taken"] is False
        left = await hook.deliver()
        assert left.next_at is not None
