from typing import Literal

PurchaseProcessSchemaVersion = Literal[1, 2]

PURCHASE_PROCESS_SCHEMA_VERSION_VALUES: set[PurchaseProcessSchemaVersion] = {
    1,
    2,
}


def check_purchase_process_schema_version(value: int) -> PurchaseProcessSchemaVersion:
    if value in PURCHASE_PROCESS_SCHEMA_VERSION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PURCHASE_PROCESS_SCHEMA_VERSION_VALUES!r}")
