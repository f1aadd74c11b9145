"""The Temporal CLI, as ops have it, and decisions as they would write them."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

TEMPORAL = Path(sys.executable).with_name("temporal")


@dataclass(frozen=True)
class Cli:
    """The Temporal CLI against the tests' server."""

    address: str

    async def __call__(self, *arguments: str) -> tuple[int, str]:
        """Exit code and everything it printed."""
        process = await asyncio.create_subprocess_exec(
            TEMPORAL, *arguments, "--address", self.address,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode()

    async def signal(self, request_id: str, name: str, *inputs: str) -> None:
        """A signal that the engine must take."""
        code, output = await self("workflow", "signal", *of_request(request_id), "--name", name, *inputs)
        assert code == 0, output

    async def json(self, *arguments: str) -> Any:
        """The JSON that a command prints."""
        code, output = await self(*arguments, "--output", "json")
        assert code == 0, output
        return json.loads(output)


def said(**fields: Any) -> tuple[str, ...]:
    """A decision's one JSON object, by the owner's manager on the first step unless told otherwise."""
    message = {"command_id": str(uuid4()), "actor": "manager1", "step": "manager", **fields}
    return ("--input", json.dumps({name: value for name, value in message.items() if value is not ...}))


def of_request(request_id: str) -> tuple[str, str]:
    """The workflow of a request, as the CLI wants it named."""
    return ("--workflow-id", f"purchase-request-{request_id}")
