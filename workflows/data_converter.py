"""How what is said to and by the engine is written: pydantic's JSON, encrypted where there are keys for it.

The SDK makes a payload converter for each workflow task. The parts of this one, with what they have learnt of types, are made
once for a process; they keep nothing of what they convert.
"""

from __future__ import annotations

from typing import Any, Final

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    EncodingPayloadConverter,
)

from workflows.payload_codec import ENCODING, EncryptingCodec, parse_keys, why_unreadable


class UnreadableError(Exception):
    """Something is encrypted and there is no key to read it with; the message says what is to be done."""


class _Encrypted(EncodingPayloadConverter):
    """Says why what is still encrypted when it is to be converted could not be read."""

    @property
    def encoding(self) -> str:
        return ENCODING

    def to_payload(self, value: Any) -> Payload | None:
        return None

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        raise UnreadableError(why_unreadable(payload))


_PARTS: Final = (*PydanticPayloadConverter().converters.values(), _Encrypted())


class SharedPayloadConverter(CompositePayloadConverter):
    """``PydanticPayloadConverter`` without the cost of making one."""

    def __init__(self) -> None:
        super().__init__(*_PARTS)


DATA_CONVERTER: Final = DataConverter(payload_converter_class=SharedPayloadConverter)
"""Without encryption."""


def data_converter(keys: str) -> DataConverter:
    """That of every client, worker and replayer of an installation.

    Args:
        keys: see ``parse_keys``; empty: nothing is encrypted.

    Raises:
        ValueError: see ``parse_keys``.
    """
    known = parse_keys(keys)
    if not known:
        return DATA_CONVERTER
    return DataConverter(
        payload_converter_class=SharedPayloadConverter,
        payload_codec=EncryptingCodec(known),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
