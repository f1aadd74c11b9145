"""Payloads of the engine, encrypted and read for the Temporal UI and CLI, which have no keys. For administrators.

The form of what comes and goes is the one that these programs use: that of the engine's own JSON.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Annotated, Final

import structlog
from pydantic import ConfigDict, Field
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from application.caller import Caller
from approval.model import Code, FieldError, Input, Role, refuse
from workflows.payload_codec import is_encrypted, why_unreadable

log = structlog.get_logger(__name__)

MOST_PAYLOADS: Final = 1000
"""In one call."""

Base64 = Annotated[
    str, Field(pattern=r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", examples=["InRleHQi"])
]


class EncodedPayload(Input):
    """One payload; its data and the values of its metadata are base64."""

    metadata: Mapping[str, Base64] = Field(default_factory=dict)
    data: Base64 = ""

    @classmethod
    def of(cls, payload: Payload) -> EncodedPayload:
        """The engine's own payload in this form."""
        metadata = {name: base64.b64encode(value).decode() for name, value in payload.metadata.items()}
        return cls(metadata=metadata, data=base64.b64encode(payload.data).decode())

    def payload(self) -> Payload:
        """The engine's own form."""
        metadata = {name: base64.b64decode(value) for name, value in self.metadata.items()}
        return Payload(metadata=metadata, data=base64.b64decode(self.data))


class EncodedPayloads(Input):
    """Payloads; the answer has them in the same order."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [{"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "InRleHQi"}]}]
        },
    )

    payloads: Annotated[tuple[EncodedPayload, ...], Field(max_length=MOST_PAYLOADS)] = ()


class Payloads:
    """Encrypts and reads payloads of one installation.

    Args:
        codec: with its keys; None: nothing is encrypted, and everything is answered as it came.
        namespace: of the engine.
    """

    def __init__(self, codec: PayloadCodec | None, namespace: str) -> None:
        self._codec = codec
        self._namespace = namespace

    async def encode(self, caller: Caller, sent: EncodedPayloads, namespace: str | None) -> EncodedPayloads:
        """Encrypt payloads, for a program that gives them to the engine.

        Args:
            caller: an administrator.
            sent: payloads as they are.
            namespace: that they are for, if it was said.

        Raises:
            RefusedError: ``forbidden``; ``invalid``: it is another namespace.
        """
        payloads = self._admitted(caller, sent, namespace)
        encoded = await self._codec.encode(payloads) if self._codec is not None else payloads
        return EncodedPayloads(payloads=tuple(map(EncodedPayload.of, encoded)))

    async def decode(self, caller: Caller, sent: EncodedPayloads, namespace: str | None) -> EncodedPayloads:
        """Read payloads, for a program that shows them to a person. In place of one that cannot be read stands why.

        Args, raises: as of ``encode``.
        """
        payloads = self._admitted(caller, sent, namespace)
        decoded = await self._codec.decode(payloads) if self._codec is not None else payloads
        log.info("payloads of the engine were read", reader=caller.username, count=len(payloads))
        shown = (_explained(one) if is_encrypted(one) else one for one in decoded)
        return EncodedPayloads(payloads=tuple(map(EncodedPayload.of, shown)))

    def _admitted(self, caller: Caller, sent: EncodedPayloads, namespace: str | None) -> list[Payload]:
        caller.require_role(Role.ADMIN)
        if namespace not in (None, "", self._namespace):
            error = FieldError(pointer="/X-Namespace", message="other_namespace", params={"namespace": self._namespace})
            raise refuse(Code.INVALID, error)
        return [one.payload() for one in sent.payloads]


def _explained(payload: Payload) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(why_unreadable(payload)).encode())
