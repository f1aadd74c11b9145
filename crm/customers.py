"""The customers that goods are sold to, as other systems have them."""

from __future__ import annotations

from typing import Final

from approval.model import Frozen
from crm.catalogue import Catalogue
from crm.pool import Pool

CUSTOMERS: Final = Catalogue(
    "customers",
    ("code", "name", "tax_code", "phone", "email", "address", "discontinued"),
    searched=("code", "name", "tax_code"),
)


class Customer(Frozen):
    """A customer that a form can be filled in from."""

    code: str
    name: str
    tax_code: str
    address: str


async def suggested(pool: Pool, q: str, limit: int) -> list[Customer]:
    """Customers, by code, of which code, name or tax code have a text in them; those that are gone are left out."""
    found = await CUSTOMERS.suggested(pool, q, limit)
    return [Customer.model_validate({name: one[name] for name in Customer.model_fields}) for one in found]
