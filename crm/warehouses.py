"""The warehouses that goods are delivered to, as other systems have them."""

from __future__ import annotations

from typing import Final

from approval.model import Frozen
from crm.catalogue import Catalogue
from crm.pool import Pool

WAREHOUSES: Final = Catalogue("warehouses", ("code", "name", "address", "discontinued"), searched=("code", "name"))


class Warehouse(Frozen):
    """A warehouse that a form can be filled in from."""

    code: str
    name: str
    address: str


async def suggested(pool: Pool, q: str, limit: int) -> list[Warehouse]:
    """Warehouses, by code, of which code or name have a text in them; those that are gone are left out."""
    found = await WAREHOUSES.suggested(pool, q, limit)
    return [Warehouse.model_validate({name: one[name] for name in Warehouse.model_fields}) for one in found]
