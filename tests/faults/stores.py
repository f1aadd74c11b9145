"""What a test sees of a system from outside of it: the CRM database, and the engine's runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from crm.pool import set_codecs
from workflows import contracts


class Stores(ABC):
    """The two places in which everything is kept."""

    @property
    @abstractmethod
    def database_url(self) -> str:
        """Address of the CRM database."""

    @property
    @abstractmethod
    def engine_address(self) -> str:
        """``host:port`` of the engine."""

    def connect(self) -> Awaitable[asyncpg.Connection[asyncpg.Record]]:
        """A connection for looking at the database, outside of all pools."""
        return asyncpg.connect(self.database_url)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A connection whose values are Python's, as those of the pools are."""
        connection = await self.connect()
        try:
            await set_codecs(connection)
            yield connection
        finally:
            await connection.close()

    async def rows(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """Read the database directly."""
        async with self.database() as connection:
            return await connection.fetch(query, *arguments)

    async def temporal_client(self) -> Client:
        return await Client.connect(self.engine_address, data_converter=pydantic_data_converter)

    async def history(self, request_id: str) -> list[str]:
        """The types of the events that the engine has for a run."""
        client = await self.temporal_client()
        handle = client.get_workflow_handle(contracts.workflow_id(UUID(request_id)))
        return [EventType.Name(event.event_type) async for event in handle.fetch_history_events()]
