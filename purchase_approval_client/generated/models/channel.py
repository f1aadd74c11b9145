from typing import Literal

Channel = Literal["api", "email", "pages", "signal"]

CHANNEL_VALUES: set[Channel] = {
    "api",
    "email",
    "pages",
    "signal",
}


def check_channel(value: str) -> Channel:
    if value in CHANNEL_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CHANNEL_VALUES!r}")
