"""How what is said to and by the engine is written: pydantic's JSON.

The SDK makes a payload converter for each workflow task. The parts of this one, with what they have learnt of types, are made
once for a process; they keep nothing of what they convert.
"""

from __future__ import annotations

from typing import Final

from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter

_PARTS: Final = tuple(PydanticPayloadConverter().converters.values())


class SharedPayloadConverter(CompositePayloadConverter):
    """``PydanticPayloadConverter`` without the cost of making one."""

    def __init__(self) -> None:
        super().__init__(*_PARTS)


DATA_CONVERTER: Final = DataConverter(payload_converter_class=SharedPayloadConverter)
