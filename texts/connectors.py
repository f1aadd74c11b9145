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

_CATALOGUE: Final = {
    "products": "Products",
    "customers": "Customers",
    "warehouses": "Warehouses",
}

_FIELD: Final = {
    "key": "Id, in all lists",
    "changed": "Last change, in all lists",
    "inactive": "Not used any more, in catalogues",
    "number": "Number of the order",
    "date": "Date of the order",
    "due": "Due date, if there is no delivery date",
    "delivery": "Delivery date",
    "status": "State of the order",
    "customer": "Customer",
    "opportunity": "Opportunity",
    "owner": "Owner",
    "currency": "Currency",
    "address": "Delivery address",
    "lines": "Lines of goods",
    "line_key": "Id of the line",
    "line_product": "Product code",
    "line_description": "Description",
    "line_unit": "Unit",
    "line_usage_unit": "Unit, if the one before is empty",
    "line_quantity": "Quantity",
    "line_price": "Unit price",
    "line_warehouse": "Warehouse",
    "product_code": "Product code",
    "product_name": "Product name",
    "product_category": "Product category",
    "product_unit": "Unit",
    "product_price": "Last purchase price",
    "customer_code": "Customer code",
    "customer_name": "Customer name",
    "customer_tax_code": "Tax code",
    "customer_phone": "Phone",
    "customer_email": "E-mail",
    "customer_address": "Customer address",
    "warehouse_code": "Warehouse code",
    "warehouse_name": "Warehouse name",
    "warehouse_address": "Warehouse address",
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
    "nothing_there": "it shows nothing at all, although something is known; nothing is taken for gone until it shows something again",
    "key_missing": "the secret cannot be read: the key it was encrypted with is not there any more",
}

DETAILS: Final = frozenset(
    {
        "the name is not known",
        "no answer in time",
        "no connection",
        "the call cannot be written as HTTP",
        "no JSON",
        "no envelope",
        "rows that are no objects",
        "a new token is refused, too",
        "a token that no header can hold",
    }
)
"""What connectors themselves say of an answer, and not the other system."""
_OF_THE_ADDRESS: Final = frozenset(
    {"the name is not known", "no connection", "no JSON", "no envelope", "HTTP 404", "HTTP 405"}
)
"""What is said where an address is wrong, if anything is."""

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


def catalogue_label(kind: str, language: Language) -> str:
    """What a catalogue is of."""
    return translate(language, _CATALOGUE.get(kind, kind))


def amis_field_label(name: str, language: Language) -> str:
    """What a field of AMIS is for."""
    return translate(language, _FIELD.get(name, name))


def trouble_text(reason: str, detail: str, language: Language) -> str:
    """Why a system could not be read, with what it said of it, and what to look at where that is known."""
    said = translate(language, detail) if detail in DETAILS else detail
    hint = f"; {translate(language, 'check the address')}" if detail in _OF_THE_ADDRESS else ""
    return translate(language, _TROUBLE.get(reason, reason)) + (f" ({said})" if said else "") + hint


def failure_text(reason: str, params: Mapping[str, str], language: Language) -> str:
    """Why something could not be taken."""
    if reason == "refused_field":
        return f"{params.get('field', '')}: {field_problem(params.get('message', ''), params, language)}"
    return translate(language, _FAILURE.get(reason, reason), params)
