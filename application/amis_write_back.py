"""Into which fields of its orders AMIS is told of the requests that were made from them. By default into none."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import ConfigDict, Field, model_validator

from application.amis_fields import AmisFields, StoredNames
from approval.field_errors import invalid_value

OwnField = Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]{0,99})?$", examples=["custom_field7"])]
_USED: Final = frozenset(name.casefold() for name in AmisFields().model_dump().values())
"""Names of fields that AMIS itself fills: nobody is to write into them by mistake, least of all into the lines."""


class AmisWriteBack(StoredNames):
    """Names of fields of a sales order that were made for this in AMIS; an empty one is not written."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"number": "custom_field7", "status": "custom_field8", "link": ""}]},
    )

    number: OwnField = ""
    """Of the requests."""
    status: OwnField = ""
    """Of their processes, in Vietnamese."""
    link: OwnField = ""
    """To the newest of the requests here."""

    @model_validator(mode="after")
    def _are_its_own(self) -> Self:
        names = [name for name in self.model_dump().values() if name]
        if len({name.casefold() for name in names}) < len(names):
            raise invalid_value("amis_field_twice")
        if used := next((name for name in names if name.casefold() in _USED), None):
            raise invalid_value("amis_field_used", value=used)
        return self

    @property
    def is_wanted(self) -> bool:
        """Whether anything is written."""
        return any(self.model_dump().values())

    def read_as_well(self, fields: AmisFields) -> str:
        """The name of a field that is read, too, by names that a company has given, whatever its capitals; empty: there is none."""
        read = {name.casefold() for name in fields.model_dump().values()}
        return next((name for name in self.model_dump().values() if name.casefold() in read), "")
