from typing import Literal

InputField = Literal[
    "currency",
    "delivery_address",
    "description",
    "desired_delivery_date",
    "lines",
    "lines.description",
    "lines.product_code",
    "lines.quantity",
    "lines.supplier",
    "lines.unit",
    "lines.unit_price",
    "lines.warehouse",
    "purpose",
    "total",
]

INPUT_FIELD_VALUES: set[InputField] = {
    "currency",
    "delivery_address",
    "description",
    "desired_delivery_date",
    "lines",
    "lines.description",
    "lines.product_code",
    "lines.quantity",
    "lines.supplier",
    "lines.unit",
    "lines.unit_price",
    "lines.warehouse",
    "purpose",
    "total",
}


def check_input_field(value: str) -> InputField:
    if value in INPUT_FIELD_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {INPUT_FIELD_VALUES!r}")
