from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.amis_fields import AmisFields
    from ..models.amis_write_back import AmisWriteBack
    from ..models.catalogue_state import CatalogueState
    from ..models.person import Person
    from ..models.sync import Sync
    from ..models.unwritten import Unwritten


T = TypeVar("T", bound="AmisView")


@_attrs_define
class AmisView:
    """The connection to AMIS as admins see it; the secrets are never shown.

    Attributes:
        connected (bool):
        address (str | Unset):  Default: ''.
        client_id (str | Unset):  Default: ''.
        has_hint_secret (bool | Unset):  Default: False.
        fields (AmisFields | Unset): Names of fields of a sales order and of its lines, and of products, customers and
            warehouses; the id and the last change are
            called the same everywhere.
        write_back (AmisWriteBack | Unset): Names of fields of a sales order that were made for this in AMIS; an empty
            one is not written.
        enabled (bool | Unset):  Default: False.
        changed_by (None | Person | Unset):
        changed_at (datetime.datetime | None | Unset):
        orders (int | Unset):  Default: 0.
        failures (int | Unset):  Default: 0.
        unknown_people (int | Unset):  Default: 0.
        to_write (int | Unset):  Default: 0.
        unwritten (list[Unwritten] | Unset):
        catalogues (list[CatalogueState] | Unset):
        syncs (list[Sync] | Unset):
    """

    connected: bool
    address: str | Unset = ""
    client_id: str | Unset = ""
    has_hint_secret: bool | Unset = False
    fields: AmisFields | Unset = UNSET
    write_back: AmisWriteBack | Unset = UNSET
    enabled: bool | Unset = False
    changed_by: None | Person | Unset = UNSET
    changed_at: datetime.datetime | None | Unset = UNSET
    orders: int | Unset = 0
    failures: int | Unset = 0
    unknown_people: int | Unset = 0
    to_write: int | Unset = 0
    unwritten: list[Unwritten] | Unset = UNSET
    catalogues: list[CatalogueState] | Unset = UNSET
    syncs: list[Sync] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.person import Person  # noqa: PLC0415

        connected = self.connected

        address = self.address

        client_id = self.client_id

        has_hint_secret = self.has_hint_secret

        fields: dict[str, Any] | Unset = UNSET
        if not isinstance(self.fields, Unset):
            fields = self.fields.to_dict()

        write_back: dict[str, Any] | Unset = UNSET
        if not isinstance(self.write_back, Unset):
            write_back = self.write_back.to_dict()

        enabled = self.enabled

        changed_by: dict[str, Any] | None | Unset
        if isinstance(self.changed_by, Unset):
            changed_by = UNSET
        elif isinstance(self.changed_by, Person):
            changed_by = self.changed_by.to_dict()
        else:
            changed_by = self.changed_by

        changed_at: None | str | Unset
        if isinstance(self.changed_at, Unset):
            changed_at = UNSET
        elif isinstance(self.changed_at, datetime.datetime):
            changed_at = self.changed_at.isoformat()
        else:
            changed_at = self.changed_at

        orders = self.orders

        failures = self.failures

        unknown_people = self.unknown_people

        to_write = self.to_write

        unwritten: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.unwritten, Unset):
            unwritten = []
            for unwritten_item_data in self.unwritten:
                unwritten_item = unwritten_item_data.to_dict()
                unwritten.append(unwritten_item)

        catalogues: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.catalogues, Unset):
            catalogues = []
            for catalogues_item_data in self.catalogues:
                catalogues_item = catalogues_item_data.to_dict()
                catalogues.append(catalogues_item)

        syncs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.syncs, Unset):
            syncs = []
            for syncs_item_data in self.syncs:
                syncs_item = syncs_item_data.to_dict()
                syncs.append(syncs_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "connected": connected,
            }
        )
        if address is not UNSET:
            field_dict["address"] = address
        if client_id is not UNSET:
            field_dict["client_id"] = client_id
        if has_hint_secret is not UNSET:
            field_dict["has_hint_secret"] = has_hint_secret
        if fields is not UNSET:
            field_dict["fields"] = fields
        if write_back is not UNSET:
            field_dict["write_back"] = write_back
        if enabled is not UNSET:
            field_dict["enabled"] = enabled
        if changed_by is not UNSET:
            field_dict["changed_by"] = changed_by
        if changed_at is not UNSET:
            field_dict["changed_at"] = changed_at
        if orders is not UNSET:
            field_dict["orders"] = orders
        if failures is not UNSET:
            field_dict["failures"] = failures
        if unknown_people is not UNSET:
            field_dict["unknown_people"] = unknown_people
        if to_write is not UNSET:
            field_dict["to_write"] = to_write
        if unwritten is not UNSET:
            field_dict["unwritten"] = unwritten
        if catalogues is not UNSET:
            field_dict["catalogues"] = catalogues
        if syncs is not UNSET:
            field_dict["syncs"] = syncs

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.amis_fields import AmisFields  # noqa: PLC0415
        from ..models.amis_write_back import AmisWriteBack  # noqa: PLC0415
        from ..models.catalogue_state import CatalogueState  # noqa: PLC0415
        from ..models.person import Person  # noqa: PLC0415
        from ..models.sync import Sync  # noqa: PLC0415
        from ..models.unwritten import Unwritten  # noqa: PLC0415

        d = dict(src_dict)
        connected = d.pop("connected")

        address = d.pop("address", UNSET)

        client_id = d.pop("client_id", UNSET)

        has_hint_secret = d.pop("has_hint_secret", UNSET)

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

        def _parse_changed_by(data: object) -> None | Person | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                changed_by_type_0 = Person.from_dict(data)

                return changed_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Person | Unset, data)

        changed_by = _parse_changed_by(d.pop("changed_by", UNSET))

        def _parse_changed_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                changed_at_type_0 = datetime.datetime.fromisoformat(data)

                return changed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        changed_at = _parse_changed_at(d.pop("changed_at", UNSET))

        orders = d.pop("orders", UNSET)

        failures = d.pop("failures", UNSET)

        unknown_people = d.pop("unknown_people", UNSET)

        to_write = d.pop("to_write", UNSET)

        _unwritten = d.pop("unwritten", UNSET)
        unwritten: list[Unwritten] | Unset = UNSET
        if _unwritten is not UNSET:
            unwritten = []
            for unwritten_item_data in _unwritten:
                unwritten_item = Unwritten.from_dict(unwritten_item_data)

                unwritten.append(unwritten_item)

        _catalogues = d.pop("catalogues", UNSET)
        catalogues: list[CatalogueState] | Unset = UNSET
        if _catalogues is not UNSET:
            catalogues = []
            for catalogues_item_data in _catalogues:
                catalogues_item = CatalogueState.from_dict(catalogues_item_data)

                catalogues.append(catalogues_item)

        _syncs = d.pop("syncs", UNSET)
        syncs: list[Sync] | Unset = UNSET
        if _syncs is not UNSET:
            syncs = []
            for syncs_item_data in _syncs:
                syncs_item = Sync.from_dict(syncs_item_data)

                syncs.append(syncs_item)

        amis_view = cls(
            connected=connected,
            address=address,
            client_id=client_id,
            has_hint_secret=has_hint_secret,
            fields=fields,
            write_back=write_back,
            enabled=enabled,
            changed_by=changed_by,
            changed_at=changed_at,
            orders=orders,
            failures=failures,
            unknown_people=unknown_people,
            to_write=to_write,
            unwritten=unwritten,
            catalogues=catalogues,
            syncs=syncs,
        )

        amis_view.additional_properties = d
        return amis_view

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
