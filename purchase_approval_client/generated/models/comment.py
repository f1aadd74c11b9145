from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.person import Person
    from ..models.said import Said


T = TypeVar("T", bound="Comment")


@_attrs_define
class Comment:
    """A comment. `text` is what was typed, `html` the same to be shown, safe for any page.

    Attributes:
        id (UUID):
        author (Person): Somebody of the CRM directory.
        text (str):
        html (str):
        mentioned (list[Person]):
        written_at (datetime.datetime):
        edited_at (datetime.datetime | None):
        earlier (list[Said]):
        editable_until (datetime.datetime | None):
    """

    id: UUID
    author: Person
    text: str
    html: str
    mentioned: list[Person]
    written_at: datetime.datetime
    edited_at: datetime.datetime | None
    earlier: list[Said]
    editable_until: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        author = self.author.to_dict()

        text = self.text

        html = self.html

        mentioned = []
        for mentioned_item_data in self.mentioned:
            mentioned_item = mentioned_item_data.to_dict()
            mentioned.append(mentioned_item)

        written_at = self.written_at.isoformat()

        edited_at: None | str
        if isinstance(self.edited_at, datetime.datetime):
            edited_at = self.edited_at.isoformat()
        else:
            edited_at = self.edited_at

        earlier = []
        for earlier_item_data in self.earlier:
            earlier_item = earlier_item_data.to_dict()
            earlier.append(earlier_item)

        editable_until: None | str
        if isinstance(self.editable_until, datetime.datetime):
            editable_until = self.editable_until.isoformat()
        else:
            editable_until = self.editable_until

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "author": author,
                "text": text,
                "html": html,
                "mentioned": mentioned,
                "written_at": written_at,
                "edited_at": edited_at,
                "earlier": earlier,
                "editable_until": editable_until,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.person import Person  # noqa: PLC0415
        from ..models.said import Said  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        author = Person.from_dict(d.pop("author"))

        text = d.pop("text")

        html = d.pop("html")

        mentioned = []
        _mentioned = d.pop("mentioned")
        for mentioned_item_data in _mentioned:
            mentioned_item = Person.from_dict(mentioned_item_data)

            mentioned.append(mentioned_item)

        written_at = datetime.datetime.fromisoformat(d.pop("written_at"))

        def _parse_edited_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                edited_at_type_0 = datetime.datetime.fromisoformat(data)

                return edited_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        edited_at = _parse_edited_at(d.pop("edited_at"))

        earlier = []
        _earlier = d.pop("earlier")
        for earlier_item_data in _earlier:
            earlier_item = Said.from_dict(earlier_item_data)

            earlier.append(earlier_item)

        def _parse_editable_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                editable_until_type_0 = datetime.datetime.fromisoformat(data)

                return editable_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        editable_until = _parse_editable_until(d.pop("editable_until"))

        comment = cls(
            id=id,
            author=author,
            text=text,
            html=html,
            mentioned=mentioned,
            written_at=written_at,
            edited_at=edited_at,
            earlier=earlier,
            editable_until=editable_until,
        )

        comment.additional_properties = d
        return comment

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
