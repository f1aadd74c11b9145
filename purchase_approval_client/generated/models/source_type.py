from typing import Literal

SourceType = Literal["opportunity", "sales_order"]

SOURCE_TYPE_VALUES: set[SourceType] = {
    "opportunity",
    "sales_order",
}


def check_source_type(value: str) -> SourceType:
    if value in SOURCE_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SOURCE_TYPE_VALUES!r}")
