"""Words for connections to other systems: what a pass reads, why it stopped, and why something could not be taken.

Keys are the plain strings of ``connectors``, which this package does not import.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from texts.catalogue import Language, translate
from texts.domain import field_problem

_KIND: Final = {
    "first": "First import",
    "full": "Everything again",
    "changes": "What has changed",
}

_TROUBLE: Final = {
    "address_refused": "the address is not to be called",
    "answer_too_long": "the answer is too long",
    "unreachable": "no answer",
    "credentials_refused": "client id and secret are not taken",
    "too_many_calls": "it wants fewer calls",
    "server_error": "it has an error of its own",
    "says_failed": "it says that it failed",
    "unexpected_answer": "the answer is not the expected one",
    "key_missing": "the secret cannot be read: the key it was encrypted with is not there any more",
}

_FAILURE: Final = {
    "owner_unknown": "nobody here is known as {owner}; say below who that is",
    "owner_missing": "the order names no owner",
    "not_given": "AMIS did not give it when it was asked for by its id; it waits until it is in the list again",
    "owner_changed": "waits to be taken again for its new owner",
    "field_unreadable": "the field {field} cannot be read: {value}",
    "database_refused": "the database does not take it: {detail}",
}


def sync_kind_label(kind: str, language: Language) -> str:
    """What a pass reads."""
    return translate(language, _KIND.get(kind, kind))


def trouble_text(reason: str, detail: str, language: Language) -> str:
    """Why a system could not be read, with what it said of it."""
    return translate(language, _TROUBLE.get(reason, reason)) + (f" ({detail})" if detail else "")


def failure_text(reason: str, params: Mapping[str, str], language: Language) -> str:
    """Why something could not be taken."""
    if reason == "refused_field":
        return f"{params.get('field', '')}: {field_problem(params.get('message', ''), params, language)}"
    return translate(language, _FAILURE.get(reason, reason), params)
