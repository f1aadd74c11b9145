from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="MoveRuns")


@_attrs_define
class MoveRuns:
    """Which runs, and to which version.

    Attributes:
        to_version (int):
        dry_run (bool):
        requests (list[UUID] | None | Unset):
        after (None | Unset | UUID):
    """

    to_version: int
    dry_run: bool
    requests: list[UUID] | None | Unset = UNSET
    after: None | Unset | UUID = UNSET

    def to_dict(self) -> dict[str, Any]:
        to_version = self.to_version

        dry_run = self.dry_run

        requests: list[str] | None | Unset
        if isinstance(self.requests, Unset):
            requests = UNSET
        elif isinstance(self.requests, list):
            requests = []
            for requests_type_0_item_data in self.requests:
                requests_type_0_item = str(requests_type_0_item_data)
                requests.append(requests_type_0_item)

        else:
            requests = self.requests

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
                "to_version": to_version,
                "dry_run": dry_run,
            }
        )
        if requests is not UNSET:
            field_dict["requests"] = requests
        if after is not UNSET:
            field_dict["after"] = after

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        to_version = d.pop("to_version")

        dry_run = d.pop("dry_run")

        def _parse_requests(data: object) -> list[UUID] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                requests_type_0 = []
                _requests_type_0 = data
                for requests_type_0_item_data in _requests_type_0:
                    requests_type_0_item = UUID(requests_type_0_item_data)

                    requests_type_0.append(requests_type_0_item)

                return requests_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[UUID] | None | Unset, data)

        requests = _parse_requests(d.pop("requests", UNSET))

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

        move_runs = cls(
            to_version=to_version,
            dry_run=dry_run,
            requests=requests,
            after=after,
        )

        return move_runs
