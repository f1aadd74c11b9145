"""AMIS as a system whose orders are followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from approval.routing import Member
from connectors.amis.client import LARGEST_PAGE, SALE_ORDERS, AmisClient, Rows
from connectors.amis.reading import Reader
from connectors.interface import Connector, Listing, Record
from crm.search_text import fold


class AmisConnector(Connector):
    """Sales orders of AMIS, and the opportunities that they speak of.

    Args:
        client: calls AMIS.
        reader: knows what its rows say.
    """

    system: ClassVar[str] = "amis"
    most: ClassVar[int] = LARGEST_PAGE

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

    def person(self, name: str, directory: Sequence[Member]) -> str | None:
        """Whoever has the same name, whatever its accents and capitals, if that is one person."""
        alike = [member.username for member in directory if fold(member.name) == fold(name)]
        return alike[0] if len(alike) == 1 else None

    def _records(self, rows: Rows) -> list[Record]:
        found = (self._reader.order(row) for row in rows.rows)
        return [record for record in found if record is not None]
