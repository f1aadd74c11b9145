from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.database import Database, check_database
from ..models.engine_state import EngineState, check_engine_state
from ..models.readiness import Readiness, check_readiness

T = TypeVar("T", bound="Ready")


@_attrs_define
class Ready:
    """Whether this API can take decisions and sends: it can while the database takes writes, and is to get none when it
    stops.

        Attributes:
            status (Readiness): Whether what was asked for is there.
            database (Database): How the CRM database is.
            engine (EngineState): How the engine is, as the API sees it.
    """

    status: Readiness
    database: Database
    engine: EngineState
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status: str = self.status

        database: str = self.database

        engine: str = self.engine

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
                "database": database,
                "engine": engine,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = check_readiness(d.pop("status"))

        database = check_database(d.pop("database"))

        engine = check_engine_state(d.pop("engine"))

        ready = cls(
            status=status,
            database=database,
            engine=engine,
        )

        ready.additional_properties = d
        return ready

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
