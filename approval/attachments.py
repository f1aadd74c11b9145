"""What may be attached to a request: how much, of which kinds, and under which names. Source: notices.md, "Attachments"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from approval.field_errors import invalid_value
from approval.text import is_visible, mended

MEGABYTE: Final = 1024 * 1024
LARGEST: Final = 10 * MEGABYTE
"""Bytes of a file."""
MOST_TOGETHER: Final = 50 * MEGABYTE
"""Bytes of all files of a request."""
MOST_FILES: Final = 20
"""Of a request."""
LONGEST_NAME: Final = 240
"""Bytes of a file's name in UTF-8, its ending included: file systems take 255, and browsers add a number."""


class Scan(StrEnum):
    """What a virus scanner says of a file."""

    WAITING = "waiting"
    """Nobody has looked at it yet."""
    CLEAN = "clean"
    INFECTED = "infected"


@dataclass(frozen=True)
class FileKind:
    """A kind of file that may be attached.

    Attributes:
        media_type: as it is served.
        begins: what its first bytes are; None: of a text, which is told by all of it.
        part: of an Office document, which is an archive: the part that makes it one.
        shown: whether browsers may show it in place of saving it.
    """

    media_type: str
    begins: re.Pattern[bytes] | None
    part: str = ""
    shown: bool = False


_ARCHIVE: Final = re.compile(rb"PK\x03\x04")
_JPEG: Final = FileKind("image/jpeg", re.compile(rb"\xff\xd8\xff"), shown=True)
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"

KINDS: Final[Mapping[str, FileKind]] = {
    "pdf": FileKind("application/pdf", re.compile(rb"%PDF-"), shown=True),
    "png": FileKind("image/png", re.compile(rb"\x89PNG\r\n\x1a\n"), shown=True),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "webp": FileKind("image/webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL), shown=True),
    "docx": FileKind(f"{_OFFICE}.wordprocessingml.document", _ARCHIVE, part="word/document.xml"),
    "xlsx": FileKind(f"{_OFFICE}.spreadsheetml.sheet", _ARCHIVE, part="xl/workbook.xml"),
    "pptx": FileKind(f"{_OFFICE}.presentationml.presentation", _ARCHIVE, part="ppt/presentation.xml"),
    "txt": FileKind("text/plain; charset=utf-8", None),
    "csv": FileKind("text/csv; charset=utf-8", None),
}
"""By the ending of a name. Archives are not among them: nobody would have looked at what is in one, and there is room for
twenty files."""

SHOWN: Final = frozenset(kind.media_type for kind in KINDS.values() if kind.shown)
"""Media types that browsers may show."""


def ending_of(name: str) -> str:
    """The ending of a name, in lower case; empty: it has none."""
    return name.rpartition(".")[2].strip().lower() if "." in name else ""


_LONGEST_SENT: Final = 4096
"""Characters of a name as it comes, with its path."""
_UNSAFE: Final = re.compile(r'[<>:"|?*]')
"""What no name may have on some of the systems that a file is saved on."""
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
"""What some systems take for a device, whatever its ending."""


def clean_name(sent: str) -> str:
    """The name that a file goes by, made of the one that came with it: no path, nothing that deceives or harms, not too long,
    and otherwise as people wrote it.

    Args:
        sent: as the client has it.

    Raises:
        PydanticCustomError: it has characters that no text may hold (see ``approval.text``), says nothing, or has an ending that
            is none of ``KINDS``.
    """
    if len(sent) > _LONGEST_SENT:  # nobody's, and every letter of it would be looked at
        raise invalid_value("file_name")
    name = mended(sent.replace("\\", "/").rpartition("/")[2], lines=False)
    ending = ending_of(name)
    stem = _UNSAFE.sub("_", name.rpartition(".")[0]).strip(" .")
    if ending not in KINDS:
        raise invalid_value("file_kind", allowed=", ".join(KINDS))
    if not is_visible(stem):
        raise invalid_value("file_name")
    if _DEVICES.fullmatch(stem):
        stem = f"_{stem}"
    return f"{_cut(stem, LONGEST_NAME - len(ending) - 1)}.{ending}"


def _cut(text: str, most: int) -> str:
    """As much of a text as fits into so many bytes; no letter is parted from its marks."""
    end = len(text.encode()[:most].decode(errors="ignore"))
    while 0 < end < len(text) and unicodedata.combining(text[end]):
        end -= 1
    return text[:end].rstrip(" .")
