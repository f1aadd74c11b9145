from typing import Literal

EditableField = Literal[
    "delivery_address",
    "description",
    "desired_delivery_date",
    "lines.description",
    "lines.quantity",
    "lines.supplier",
    "lines.unit_price",
    "lines.warehouse",
    "purpose",
]

EDITABLE_FIELD_VALUES: set[EditableField] = {
    "delivery_address",
    "description",
    "desired_delivery_date",
    "lines.description",
    "lines.quantity",
    "lines.supplier",
    "lines.unit_price",
    "lines.warehouse",
    "purpose",
}


def check_editable_field(value: str) -> EditableField:
    if value in EDITABLE_FIELD_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {EDITABLE_FIELD_VALUES!r}")
