"""Words of the mails that people get."""

from __future__ import annotations

from typing import Final

from texts.catalogue import translate

_MAIL: Final = {
    "subject_ask": "To decide: {number}, {amount}",
    "subject_asks": "{count} purchase requests wait for your decision",
    "subject_news": "{count} notices about purchase requests",
    "goods": "Goods",
    "more_goods": "and {count} more",
    "amount": "Amount",
    "owner": "Requested by",
    "purpose": "Purpose",
    "why": "Why you",
    "until": "Until",
    "substitute": "You are asked as the substitute of {name}. Decide in the system, signed in.",
    "approve": "Approve…",
    "reject": "Return or reject…",
    "open": "Open the request",
    "more": "And {count} more notices, which you find in the system.",
    "no_sign_in": "These two links are for you alone: they lead to a page that asks you, without signing in. "
    "They are good for {hours} hours and for one decision.",
    "settings": "You choose which of these mails you get, and in which language, in the system under “How I am told”.",
    "automatic": "This mail was written by the purchase request system; nobody reads answers to it.",
}


def mail_text(key: str, language: str, **params: object) -> str:
    """One of the mails' texts."""
    return translate(language, _MAIL[key], params)
