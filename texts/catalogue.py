"""The message catalogue and the choice of language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")
DEFAULT_LANGUAGE: Final[Language] = "vi"


def load(path: Path) -> Translations:
    """Read a catalogue from its source (``.po``), so that no compiled file can lag behind it."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=path.stem)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_VIETNAMESE: Final = load(Path(__file__).with_name("vi.po"))


def translate(language: str, message: str, params: Mapping[str, object] | None = None) -> str:
    """A text in a language.

    Args:
        language: ``vi`` or ``en``.
        message: the English text, with parameters in braces.
        params: values for the parameters; one that is missing stays visible as its name.
    """
    text = _VIETNAMESE.gettext(message) if language == "vi" and message else message
    if "{" not in text:
        return text
    values = params or {}
    return _PARAMETER.sub(lambda name: str(values.get(name[1], name[0])), text)


def negotiate(accept_language: str | None) -> Language:
    """The language that a browser prefers most among ours. Source: RFC 9110, 12.5.4."""
    preferences: list[tuple[float, str]] = []
    for item in (accept_language or "").split(","):
        tag, _, quality = item.strip().partition(";q=")
        try:
            preferences.append((float(quality) if quality else 1.0, tag.strip().lower()[:2]))
        except ValueError:
            continue
    for weight, tag in sorted(preferences, key=lambda preference: -preference[0]):
        for language in LANGUAGES:
            if weight > 0 and tag == language:
                return language
    return DEFAULT_LANGUAGE
