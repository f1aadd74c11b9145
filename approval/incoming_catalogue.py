"""Products, customers and warehouses as other systems have them: what a connector gives, whatever that system calls it.

What is blank, or None, the system does not say: it leaves what is known of it here.
"""

from __future__ import annotations

from enum import StrEnum

from approval.model import Frozen
from approval.values import Money, RequiredText, ShortText


class CatalogueKind(StrEnum):
    """What a catalogue is of."""

    PRODUCTS = "products"
    CUSTOMERS = "customers"
    WAREHOUSES = "warehouses"


class IncomingEntry(Frozen):
    """Something of a catalogue."""

    code: RequiredText
    name: RequiredText
    discontinued: bool = False
    """Whether it is not used there any more."""


class IncomingProduct(IncomingEntry):
    """A product."""

    category: ShortText = ""
    unit: ShortText = ""
    unit_price: Money | None = None
    """What one was bought for last, in VND."""


class IncomingCustomer(IncomingEntry):
    """A customer."""

    tax_code: ShortText = ""
    phone: ShortText = ""
    email: ShortText = ""
    address: ShortText = ""


class IncomingWarehouse(IncomingEntry):
    """A warehouse."""

    address: ShortText = ""
