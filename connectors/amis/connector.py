"""AMIS as a system whose orders are followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from approval.incoming_catalogue import CatalogueKind
from approval.routing import Member
from connectors.amis.client import (
    CUSTOMERS,
    LARGEST_PAGE,
    PRODUCTS,
    SALE_ORDERS,
    STOCKS,
    AmisClient,
    Resource,
    Rows,
)
from connectors.amis.reading import Reader
from connectors.interface import Connector, EntryListing, Listing, Problem, Record
from crm.search_text import fold

_LISTS: Final[Mapping[CatalogueKind, Resource]] = {
    CatalogueKind.PRODUCTS: PRODUCTS,
    CatalogueKind.CUSTOMERS: CUSTOMERS,
    CatalogueKind.WAREHOUSES: STOCKS,
}


class AmisConnector(Connector):
    """Sales orders of AMIS, and the opportunities that they speak of; its products, customers and warehouses.

    Args:
        client: calls AMIS.
        reader: knows what its rows say.
    """

    system: ClassVar[str] = "amis"
    most: ClassVar[int] = LARGEST_PAGE
    catalogues: ClassVar[tuple[CatalogueKind, ...]] = tuple(_LISTS)
    undated: ClassVar[frozenset[CatalogueKind]] = frozenset({CatalogueKind.WAREHOUSES})

    def __init__(self, client: AmisClient, reader: Reader) -> None:
        self._client = client
        self._reader = reader

    @property
    def calls(self) -> int:
        """See ``Connector``."""
        return self._client.calls

    async def close(self) -> None:
        """See ``Connector``."""
        await self._client.close()

    async def changed(self, page: int, size: int) -> Listing:
        """See ``Connector``."""
        rows = await self._client.page(SALE_ORDERS, page, size)
        return Listing(records=tuple(self._records(rows)), rows=len(rows.rows), total=rows.total)

    async def read(self, keys: Sequence[str]) -> Sequence[Record]:
        """See ``Connector``."""
        return self._records(await self._client.by_ids(SALE_ORDERS, keys))

    async def catalogue(self, kind: CatalogueKind, page: int, size: int) -> EntryListing:
        """See ``Connector``. The warehouses are few, and come as one page, whatever AMIS calls its pages."""
        resource = _LISTS[kind]
        rows = await (
            self._client.everything(resource) if kind in self.undated else self._client.page(resource, page, size)
        )
        found = (self._reader.entry(kind, row) for row in rows.rows)
        entries = tuple(entry for entry in found if entry is not None)
        return EntryListing(entries=entries, rows=len(rows.rows), total=rows.total)

    async def write(self, orders: Mapping[str, Mapping[str, str]]) -> Mapping[str, Problem]:
        """See ``Connector``. Ids and these fields are all that is sent: AMIS would take any lines for all lines."""
        rows = [self._reader.changed(key, values) for key, values in orders.items()]
        said = await self._client.put(SALE_ORDERS, rows)
        return {
            key: Problem(reason="says_failed", params={"detail": wrong})
            for key, wrong in zip(orders, said, strict=True)
            if wrong is not None
        }

    def person(self, name: str, directory: Sequence[Member]) -> str | None:
        """Whoever has the same name, whatever its accents and capitals, if that is one person."""
        alike = [member.username for member in directory if fold(member.name) == fold(name)]
        return alike[0] if len(alike) == 1 else None

    def _records(self, rows: Rows) -> list[Record]:
        found = (self._reader.order(row) for row in rows.rows)
        return [record for record in found if record is not None]
