"""Words for the conditions of steps: what is made of tests, so that the words cannot say anything else than the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from texts.catalogue import LANGUAGES, translate
from texts.domain import number_text, role_label

_TEST: Final = {
    "total >=": "the total is {amount} or more",
    "total >": "the total is more than {amount}",
    "total <=": "the total is {amount} or less",
    "total <": "the total is less than {amount}",
    "routing_amount >=": "the routing amount is {amount} or more",
    "routing_amount >": "the routing amount is more than {amount}",
    "routing_amount <=": "the routing amount is {amount} or less",
    "routing_amount <": "the routing amount is less than {amount}",
    "unit_price >=": "a unit price is {amount} or more",
    "unit_price >": "a unit price is more than {amount}",
    "unit_price <=": "a unit price is {amount} or less",
    "unit_price <": "a unit price is less than {amount}",
    "currency ==": "the currency is {value}",
    "currency !=": "the currency is not {value}",
    "department ==": "the requester is in the department “{value}”",
    "department !=": "the requester is not in the department “{value}”",
    "owner ==": "the requester is {value}",
    "owner !=": "the requester is not {value}",
    "owner_role ==": "the requester has the role “{value}”",
    "owner_role !=": "the requester does not have the role “{value}”",
    "source_type == sales_order": "it is made from a sales order",
    "source_type != sales_order": "it is not made from a sales order",
    "source_type == opportunity": "it is made from an opportunity",
    "source_type != opportunity": "it is not made from an opportunity",
    "customer ==": "it is for the customer “{value}”",
    "customer !=": "it is not for the customer “{value}”",
    "supplier ==": "there are goods of the supplier “{value}”",
    "product_code ==": "there is the product “{value}”",
    "product_category ==": "there are goods of the category “{value}”",
}
_OR_ANOTHER_CURRENCY: Final = "{said} (or in another currency)"
_AND: Final = {"&&": "{one} and {other}", "||": "{one} or {other}"}
_CHOICE: Final = {
    "total >=": "the total is at least",
    "total >": "the total is more than",
    "total <=": "the total is at most",
    "total <": "the total is less than",
    "routing_amount >=": "the routing amount is at least",
    "routing_amount >": "the routing amount is more than",
    "routing_amount <=": "the routing amount is at most",
    "routing_amount <": "the routing amount is less than",
    "unit_price >=": "a unit price is at least",
    "unit_price >": "a unit price is more than",
    "unit_price <=": "a unit price is at most",
    "unit_price <": "a unit price is less than",
    "currency ==": "the currency is",
    "currency !=": "the currency is not",
    "department ==": "the requester is in the department",
    "department !=": "the requester is not in the department",
    "owner ==": "the requester is",
    "owner !=": "the requester is not",
    "owner_role ==": "the requester has the role",
    "owner_role !=": "the requester does not have the role",
    "source_type ==": "it is made from",
    "source_type !=": "it is not made from",
    "customer ==": "it is for the customer",
    "customer !=": "it is not for the customer",
    "supplier ==": "there are goods of the supplier",
    "product_code ==": "there is the product",
    "product_category ==": "there are goods of the category",
}
_SOURCE: Final = {"sales_order": "a sales order", "opportunity": "an opportunity"}

_LONGEST: Final = 200
"""Characters of the words for a condition, as a process document takes them."""


def condition_choice(kind: str, language: str) -> str:
    """The beginning of a test in a list of choices: "the total is at least"; ``kind`` is fact and comparison, ``total >=``."""
    return translate(language, _CHOICE[kind])


def source_choice(source: str, language: str) -> str:
    """What a request can be made from, in a list of choices."""
    return translate(language, _SOURCE[source])


def condition_words(
    joining: str, tests: Sequence[tuple[str, str, str, str]], names: Mapping[str, str]
) -> dict[str, str]:
    """A condition in words, by language; words that would be too long end with an ellipsis.

    Args:
        joining: ``&&`` or ``||``.
        tests: fact, comparison, value and, of an amount, currency of each.
        names: names of people by username, as far as they are known.
    """
    words: dict[str, str] = {}
    for language in LANGUAGES:
        said, *others = [_words(*test, names, language) for test in tests]
        for other in others:
            said = translate(language, _AND[joining], {"one": said, "other": other})
        words[language] = said if len(said) <= _LONGEST else f"{said[: _LONGEST - 2].rstrip()} …"
    return words


def _words(fact: str, comparison: str, value: str, currency: str, names: Mapping[str, str], language: str) -> str:
    kind = f"{fact} {comparison}"
    if fact == "source_type":
        return translate(language, _TEST[f"{kind} {value}"])
    message = _TEST[kind]
    if "{amount}" in message:
        amount = number_text(Decimal(value), language)
        if not currency:
            return translate(language, message, {"amount": amount})
        said = translate(language, message, {"amount": f"{amount} {currency}"})
        return translate(language, _OR_ANOTHER_CURRENCY, {"said": said})
    if fact == "owner_role":
        value = role_label(value, language)
    return translate(language, message, {"value": names.get(value, value) if fact == "owner" else value})
