from typing import Literal

OnExpiry = Literal["none", "reject", "return"]

ON_EXPIRY_VALUES: set[OnExpiry] = {
    "none",
    "reject",
    "return",
}


def check_on_expiry(value: str) -> OnExpiry:
    if value in ON_EXPIRY_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ON_EXPIRY_VALUES!r}")
