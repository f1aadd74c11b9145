"""One more request, which is left waiting for its approver: whoever looks into the mailbox can decide it from there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from demo.desk import PROCESS, Desk, Line


@dataclass
class Waiting(Desk):
    """Sends a request and leaves it at that."""

    async def play(self) -> AsyncIterator[Line]:
        """Play it.

        Raises:
            StoryError: the system did not do what it should.
        """
        body: dict[str, Any] = {
            "source": None,
            "purpose": "Thay máy in của phòng kế toán",
            "lines": [
                {
                    "product_code": "PRN-M507",
                    "description": "Máy in laser HP LaserJet Enterprise M507dn",
                    "unit": "Chiếc",
                    "quantity": "2",
                    "unit_price": "18900000",
                }
            ],
            "send": {},
        }
        async with self._connected_to(PROCESS):
            request = await self._make("sales1", body)
        yield self._line(
            request,
            "sales1",
            f"gửi {request.number}, đang chờ manager1: hãy quyết định từ e-mail",
            f"sends {request.number}, which waits for manager1: decide it from the mail",
        )
