"""Chats: how Microsoft Teams, Slack, Google Chat and Zalo take a message. One text and one link; what is in the text stays text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final

from crm.endpoints import EndpointKind
from notices.sending import Reply

LONGEST_TEXT: Final = 1500
"""Letters; Zalo takes 2,000 with the link, the others more."""


class Message:
    """What is said in a chat.

    Args:
        text: one sentence or some, without markup.
        link: where to read more.
        label: what the link says.
    """

    def __init__(self, text: str, link: str, label: str) -> None:
        self.text = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
        self.link = link
        self.label = label


def body(kind: EndpointKind, message: Message, chat_id: str = "") -> str:
    """A message as a chat takes it.

    Args:
        kind: which chat.
        message: what is said.
        chat_id: where, for Zalo.
    """
    return json.dumps(_FORMS[kind](message, chat_id), ensure_ascii=False, separators=(",", ":"))


def was_taken(kind: EndpointKind, reply: Reply) -> bool:
    """Whether a chat took a message; Zalo answers 200 whatever became of it."""
    if not reply.is_success or kind is not EndpointKind.ZALO:
        return reply.is_success
    try:
        said = json.loads(reply.body)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("ok") is True


def _teams(message: Message, _: str) -> dict[str, Any]:
    """An adaptive card, as the workflow "Post to a channel when a webhook request is received" takes it. In a ``RichTextBlock``,
    unlike in a ``TextBlock``, nothing is Markdown."""
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": message.text}]}],
        "actions": [{"type": "Action.OpenUrl", "title": message.label, "url": message.link}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _slack(message: Message, _: str) -> dict[str, Any]:
    """Blocks of Slack, whose ``plain_text`` has no markup; ``text`` is what notifications show."""
    link = f"<{_slack_escape(message.link)}|{_slack_escape(message.label)}>"
    return {
        "text": _slack_escape(message.text),
        "mrkdwn": False,
        "unfurl_links": False,
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": message.text, "emoji": False}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": link, "verbatim": True}]},
        ],
    }


def _slack_escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _google_chat(message: Message, _: str) -> dict[str, Any]:
    """A card of Google Chat, whose paragraphs know a little HTML, and no Markdown."""
    button = {"text": message.label, "onClick": {"openLink": {"url": message.link}}}
    widgets = [
        {"textParagraph": {"text": escape(message.text, quote=False)}},
        {"buttonList": {"buttons": [button]}},
    ]
    return {"cardsV2": [{"cardId": "notice", "card": {"sections": [{"widgets": widgets}]}}]}


def _zalo(message: Message, chat_id: str) -> dict[str, Any]:
    """``sendMessage`` of a Zalo bot, whose text has no markup unless it is asked for."""
    return {"chat_id": chat_id, "text": f"{message.text}\n{message.label}: {message.link}"}


_FORMS: Final[Mapping[EndpointKind, Callable[[Message, str], dict[str, Any]]]] = {
    EndpointKind.TEAMS: _teams,
    EndpointKind.SLACK: _slack,
    EndpointKind.GOOGLE_CHAT: _google_chat,
    EndpointKind.ZALO: _zalo,
}
