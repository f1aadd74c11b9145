"""Whether a file is what its name says. All of it is read once, a little at a time; nothing of it is run, and of an archive
nothing is unpacked but what is within bounds.

A name promises one of a few kinds, and a file begins as that kind does or is refused: which of the world's hundreds of kinds it
may be otherwise is not asked.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import struct
import zipfile
import zlib
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, Final

from approval.attachments import KINDS, LARGEST, MEGABYTE, FileKind, ending_of
from approval.model import Code, FieldError, Frozen, RefusedError, refuse

MOST_PARTS: Final = 5_000
MOST_UNPACKED: Final = 256 * MEGABYTE
"""Bytes that the parts of an Office document may have together."""
MOST_TIMES: Final = 100
"""So many times its own size a document may unpack to, once that is more than ``_FAIR``."""
_FAIR: Final = 16 * MEGABYTE
_MOST_DIRECTORY: Final = MEGABYTE

_PIECE: Final = 256 * 1024
_HEAD: Final = 16
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_ARCHIVE: Final = re.compile(
    rb"PK[\x01\x03\x05\x07]|Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|MSCF|\x28\xb5\x2f\xfd|!<arch>"
)
"""What archives begin with."""
_EMBEDDED: Final = re.compile(r"(?:word|xl|ppt)/embeddings/[^/]+\.(docx|xlsx|pptx)")
"""Office documents within one: the numbers behind a chart, say."""
_MACROS: Final = "vbaproject.bin"


class Examined(Frozen):
    """What a file was found to be."""

    size: int
    """Bytes."""
    sha256: bytes


def examine(file: BinaryIO, kind: FileKind) -> Examined:
    """Look at a file from its beginning to its end. This takes tens of milliseconds and waits for a disk: call it in a thread.

    Args:
        file: the whole of it, which can be read again and again.
        kind: what its name says that it is.

    Raises:
        RefusedError: ``invalid``: it is empty, too large, or something else.
    """
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    text = codecs.getincrementaldecoder("utf-8-sig")() if kind.begins is None else None
    try:
        while piece := file.read(_PIECE):
            if size == 0 and not _begins_right(piece, kind):
                raise wrong_file("file_content")
            size += len(piece)
            if size > LARGEST:
                raise too_large()
            digest.update(piece)
            if text is not None and _NO_TEXT.search(text.decode(piece)):
                raise wrong_file("file_text")
        if text is not None:
            text.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise wrong_file("file_text") from error
    if size == 0:
        raise wrong_file("file_empty")
    if kind.part:
        _look_into(file, size, kind, left=MOST_UNPACKED)
    return Examined(size=size, sha256=digest.digest())


def _begins_right(piece: bytes, kind: FileKind) -> bool:
    if kind.begins is not None:
        return kind.begins.match(piece) is not None
    return not any(other.begins is not None and other.begins.match(piece) for other in KINDS.values())


def _look_into(file: IO[bytes], size: int, kind: FileKind, *, left: int, within: bool = False) -> int:
    """Look at the parts of an Office document, by what its directory says of them and by their first bytes.

    Args:
        file: the document.
        size: its bytes.
        kind: what it is to be.
        left: bytes that it may unpack to.
        within: whether it stands in another one.

    Returns:
        How many bytes it would unpack to, those of documents in it included.

    Raises:
        RefusedError: it is another kind of archive, cannot be read, has macros, or more in it than is fair.
    """
    _require_short_directory(file, size)
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = {part.filename.lower() for part in parts}
            if len(names) < len(parts) or not {"[content_types].xml", kind.part} <= names:
                raise wrong_file("file_content")
            if any(name.endswith(_MACROS) for name in names):
                raise wrong_file("file_macros")
            unpacked = sum(part.file_size for part in parts)
            if unpacked > min(left, max(_FAIR, MOST_TIMES * size)) or sum(part.compress_size for part in parts) > size:
                raise wrong_file("file_unpacks")
            for part in parts:
                unpacked += _look_at_part(archive, part, left=left - unpacked, within=within)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
        zlib.error,
    ) as error:
        raise wrong_file("file_damaged") from error
    return unpacked


def _look_at_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, *, left: int, within: bool) -> int:
    """Refuse a part that is an archive, unless it is an Office document which can be looked into in its turn.

    Returns:
        How many bytes that would unpack to.
    """
    with archive.open(part) as opened:
        if not _ARCHIVE.match(opened.read(_HEAD)):
            return 0
    if within or not _EMBEDDED.fullmatch(part.filename) or part.file_size > LARGEST:
        raise wrong_file("file_archive")
    with archive.open(part) as opened, SpooledTemporaryFile(max_size=MEGABYTE) as inner:
        size = 0
        while piece := opened.read(_PIECE):
            size += len(piece)
            inner.write(piece)
        return _look_into(inner, size, KINDS[ending_of(part.filename)], left=left, within=True)


_END: Final = struct.Struct("<4s4H2LH")
_END_OF_LARGE: Final = 20


def _require_short_directory(file: IO[bytes], size: int) -> None:
    """Refuse an archive with a very long directory before anything reads it: each of its entries takes half a kilobyte.

    What stands at the very end is all that is asked; Office programs write nothing after it, and no archives of gigabytes.
    """
    if size < _END.size:
        raise wrong_file("file_damaged")
    file.seek(max(0, size - _END.size - _END_OF_LARGE))
    tail = file.read()
    mark, _, _, _, entries, directory, _, comment = _END.unpack(tail[-_END.size :])
    if mark != b"PK\x05\x06" or comment or tail.startswith(b"PK\x06\x07"):
        raise wrong_file("file_damaged")
    if entries > MOST_PARTS or directory > _MOST_DIRECTORY:
        raise wrong_file("file_unpacks")


def wrong_file(message: str, pointer: str = "/file", **params: str) -> RefusedError:
    """A refusal of a file, as a key of the catalogue."""
    return refuse(Code.INVALID, FieldError(pointer=pointer, message=message, params=params))


def too_large() -> RefusedError:
    """A refusal of a file that has more bytes than one may have."""
    return wrong_file("file_size", most=str(LARGEST // MEGABYTE))
