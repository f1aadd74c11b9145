from typing import Literal

MailChoice = Literal["at_once", "daily", "off"]

MAIL_CHOICE_VALUES: set[MailChoice] = {
    "at_once",
    "daily",
    "off",
}


def check_mail_choice(value: str) -> MailChoice:
    if value in MAIL_CHOICE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {MAIL_CHOICE_VALUES!r}")
