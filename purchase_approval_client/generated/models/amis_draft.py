from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.amis_fields import AmisFields
    from ..models.amis_write_back import AmisWriteBack


T = TypeVar("T", bound="AmisDraft")


@_attrs_define
class AmisDraft:
    """How AMIS is to be reached. Secrets that are left out stay as they are; an empty `hint_secret` is none: no hint is
    taken.

        Attributes:
            address (str):
            client_id (str):
            client_secret (None | str | Unset):
            hint_secret (None | str | Unset):
            fields (AmisFields | Unset): Names of fields of a sales order and of its lines, and of products, customers and
                warehouses; the id and the last change are
                called the same everywhere.
            write_back (AmisWriteBack | Unset): Names of fields of a sales order that were made for this in AMIS; an empty
                one is not written.
            enabled (bool | Unset):  Default: True.
    """

    address: str
    client_id: str
    client_secret: None | str | Unset = UNSET
    hint_secret: None | str | Unset = UNSET
    fields: AmisFields | Unset = UNSET
    write_back: AmisWriteBack | Unset = UNSET
    enabled: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        address = self.address

        client_id = self.client_id

        client_secret: None | str | Unset
        if isinstance(self.client_secret, Unset):
            client_secret = UNSET
        else:
            client_secret = self.client_secret

        hint_secret: None | str | Unset
        if isinstance(self.hint_secret, Unset):
            hint_secret = UNSET
        else:
            hint_secret = self.hint_secret

        fields: dict[str, Any] | Unset = UNSET
        if not isinstance(self.fields, Unset):
            fields = self.fields.to_dict()

        write_back: dict[str, Any] | Unset = UNSET
        if not isinstance(self.write_back, Unset):
            write_back = self.write_back.to_dict()

        enabled = self.enabled

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "address": address,
                "client_id": client_id,
            }
        )
        if client_secret is not UNSET:
            field_dict["client_secret"] = client_secret
        if hint_secret is not UNSET:
            field_dict["hint_secret"] = hint_secret
        if fields is not UNSET:
            field_dict["fields"] = fields
        if write_back is not UNSET:
            field_dict["write_back"] = write_back
        if enabled is not UNSET:
            field_dict["enabled"] = enabled

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amis_fields import AmisFields  # noqa: PLC0415
        from ..models.amis_write_back import AmisWriteBack  # noqa: PLC0415

        d = dict(src_dict)
        address = d.pop("address")

        client_id = d.pop("client_id")

        def _parse_client_secret(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        client_secret = _parse_client_secret(d.pop("client_secret", UNSET))

        def _parse_hint_secret(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        hint_secret = _parse_hint_secret(d.pop("hint_secret", UNSET))

        _fields = d.pop("fields", UNSET)
        fields: AmisFields | Unset
        if isinstance(_fields, Unset):
            fields = UNSET
        else:
            fields = AmisFields.from_dict(_fields)

        _write_back = d.pop("write_back", UNSET)
        write_back: AmisWriteBack | Unset
        if isinstance(_write_back, Unset):
            write_back = UNSET
        else:
            write_back = AmisWriteBack.from_dict(_write_back)

        enabled = d.pop("enabled", UNSET)

        amis_draft = cls(
            address=address,
            client_id=client_id,
            client_secret=client_secret,
            hint_secret=hint_secret,
            fields=fields,
            write_back=write_back,
            enabled=enabled,
        )

        return amis_draft
