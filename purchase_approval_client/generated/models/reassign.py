from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Reassign")


@_attrs_define
class Reassign:
    """Who gets what waits on somebody.

    Attributes:
        to (str):
        dry_run (bool):
        after (None | Unset | UUID):
    """

    to: str
    dry_run: bool
    after: None | Unset | UUID = UNSET

    def to_dict(self) -> dict[str, Any]:
        to = self.to

        dry_run = self.dry_run

        after: None | str | Unset
        if isinstance(self.after, Unset):
            after = UNSET
        elif isinstance(self.after, UUID):
            after = str(self.after)
        else:
            after = self.after

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "to": to,
                "dry_run": dry_run,
            }
        )
        if after is not UNSET:
            field_dict["after"] = after

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        to = d.pop("to")

        dry_run = d.pop("dry_run")

        def _parse_after(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                after_type_0 = UUID(data)

                return after_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        after = _parse_after(d.pop("after", UNSET))

        reassign = cls(
            to=to,
            dry_run=dry_run,
            after=after,
        )

        return reassign
