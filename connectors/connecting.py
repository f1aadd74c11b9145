"""Reaching a system as an admin has set it: with its connector, which is kept, with its token, for as long as the settings are the
same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime

from connectors.interface import Connector
from crm import connectors
from crm.connectors import ConnectorSettings
from crm.pool import Pool


class Connecting(ABC):
    """One system, by its settings.

    Args:
        system: its name.
    """

    def __init__(self, system: str) -> None:
        self._system = system
        self._open: Connector | None = None
        self._of: datetime | None = None

    @property
    def of(self) -> datetime | None:
        """When the settings were saved that the connector was made of; None: there is none yet."""
        return self._of

    async def open(self, pool: Pool) -> Connector | None:
        """The connector of the settings as they are now; None: the system is not connected, or switched off."""
        settings = await connectors.find(pool, self._system)
        if settings is None or not settings.enabled:
            return None
        if self._open is None or self._of != settings.changed_at:
            self._open, self._of = self._made(settings), settings.changed_at
        return self._open

    @abstractmethod
    def _made(self, settings: ConnectorSettings) -> Connector:
        """A connector."""
