"""Files over HTTP, for the API and the pages alike: taken from a form, and given out whole or in part.

A file is shown by a browser only where it was asked to, and can do nothing there; in any other case it is saved.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from application.attachments.attachments import Opened, Upload
from approval.attachments import LARGEST, MEGABYTE, SHOWN
from approval.field_errors import PYDANTIC, json_pointer
from approval.model import Code, FieldError, RefusedError, refuse
from problems import ProblemError
from security_headers import NOTHING

FIELD: Final = "file"
"""Of a form: where its file is."""
LONGEST_UPLOAD: Final = LARGEST + 64 * 1024
"""Bytes of a form with one file: its other fields, and what parts them, take little."""
MOST_FIELDS: Final = 5
LONGEST_FIELD: Final = 4 * 1024

SANDBOX: Final = f"{NOTHING}; sandbox"
"""What a browser lets a file do that it shows: nothing, as if it came from nowhere. Readers of PDF are the browser's own."""


async def read_upload_form(form: Awaitable[FormData]) -> FormData:
    """A form with a file, which goes from the network to a temporary file; little of it is in memory.

    Args:
        form: what reads it.

    Raises:
        RefusedError: ``invalid``: it is no such form.
        ProblemError: ``too_large``.
    """
    try:
        return await form
    except HTTPException as error:
        if error.status_code != 413:
            raise _no_form() from error
        most = str(LARGEST // MEGABYTE)
        wrong = FieldError(pointer=f"/{FIELD}", message="file_size", params={"most": most})
        raise ProblemError("too_large", wrong, most=f"{most} MB") from error


def upload_in(form: FormData, *others: str) -> Upload:
    """The one file of a form.

    Args:
        form: as ``read_upload_form`` gives it.
        others: the fields that it may have besides.

    Raises:
        RefusedError: ``invalid``.
    """
    sent = form.getlist(FIELD)
    if len(sent) != 1 or not isinstance(sent[0], UploadFile):
        raise _no_form()
    unknown = [name for name in form if name not in (FIELD, *others)]
    if unknown:
        message = PYDANTIC["pydantic.extra_forbidden"]
        raise refuse(Code.INVALID, *(FieldError(pointer=json_pointer([name]), message=message) for name in unknown))
    return Upload(name=_ESCAPED.sub(lambda found: chr(int(found[1], 16)), sent[0].filename or ""), file=sent[0].file)


_ESCAPED: Final = re.compile("%(22|0D|0A)")
"""What browsers write in a file's name for quotes and line ends, and for nothing else (HTML, 4.10.21.8)."""


def _no_form() -> RefusedError:
    return refuse(Code.INVALID, FieldError(pointer=f"/{FIELD}", message="file_form"))


async def answer_with(request: Request, opened: Opened, *, inline: bool) -> Response:
    """A file, or the part of it that was asked for (RFC 9110, 14).

    Args:
        request: the call, whose headers may ask for a part.
        opened: the file.
        inline: whether a browser may show it, if it is of a kind that it can do no harm with.

    Raises:
        ProblemError: ``range_not_satisfiable``.
        StorageUnavailableError: its bytes cannot be had; nothing was answered yet.
    """
    record = opened.record
    size, tag = record.size, f'"{record.sha256.hex()}"'
    part = _part(request.headers.get("range"), request.headers.get("if-range"), tag, size)
    start, end = part or (0, size)
    pieces = opened.read(start, end)
    first = await anext(pieces)
    shown = inline and record.media_type in SHOWN
    headers = {  # and those that ``security_headers`` gives every answer
        "Content-Disposition": disposition(record.name, "inline" if shown else "attachment"),
        "Content-Length": str(end - start),
        "Content-Security-Policy": SANDBOX,
        "Accept-Ranges": "bytes",
        "ETag": tag,
    }
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    # The type as it stands: the framework would add a charset to texts that have one already.
    headers["Content-Type"] = record.media_type
    return StreamingResponse(_joined(first, pieces), status_code=200 if part is None else 206, headers=headers)


async def _joined(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in others:
        yield piece


_RANGE: Final = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})", re.IGNORECASE)


def _part(wanted: str | None, if_tag: str | None, tag: str, size: int) -> tuple[int, int] | None:
    """The part of a file that is wanted, from where up to where; None: all of it, which also answers whoever wants several parts,
    a part of what there was before, or something that says nothing.

    Raises:
        ProblemError: ``range_not_satisfiable``.
    """
    found = _RANGE.fullmatch(wanted.strip()) if wanted is not None and if_tag in (None, tag) else None
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(size - int(found[2]), 0), size
    else:
        start, end = int(found[1]), min(int(found[2] or size) + 1, size)
        if found[2] and int(found[2]) < start:
            return None
    if start >= end:
        raise ProblemError("range_not_satisfiable", size=str(size))
    return start, end


def disposition(name: str, kind: str) -> str:
    """What a browser is to do with a file, and how it is called: for old ones without accents, too (RFC 6266, appendix D)."""
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    plain = re.sub(r'[^ -~]|["\\%]', "_", plain)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def range_headers(code: str, params: Mapping[str, str]) -> dict[str, str]:
    """What an answer to a range that is outside of a file says of it."""
    return {"Content-Range": f"bytes */{params['size']}"} if code == "range_not_satisfiable" else {}
