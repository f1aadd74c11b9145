"""Style sheets, scripts, fonts and icons: read and compressed once, addressed by their content, kept by browsers for good."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import Request, Response

FOLDER: Final = Path(__file__).with_name("static")
_SERVED: Final = {".css", ".js", ".png", ".svg", ".woff2"}
_COMPRESSED: Final = {".css", ".js", ".svg"}
_FOR_READERS: Final = re.compile(rb"(?m)^\s*//.*\n")
"""Lines of our own scripts that are comments: on a slow line, a tenth of a page."""
FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class StaticFile:
    """One file as it goes over the wire."""

    media_type: str
    body: bytes
    compressed: bytes | None


class StaticFiles:
    """All files under ``web/static``, in memory: some 300 kB.

    An address holds a digest of all of them (``/static/<digest>/<path>``), so that a style sheet's relative addresses
    hold too, and no browser ever shows a new page with an old style.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.suffix in _SERVED)
        self._files = {path.relative_to(folder).as_posix(): _read(path) for path in paths}
        digest = hashlib.sha256()
        for name, file in self._files.items():
            digest.update(name.encode() + b"\0" + file.body)
        self._digest = digest.hexdigest()[:12]

    def address(self, name: str) -> str:
        """Where browsers find a file.

        Raises:
            KeyError: there is no such file.
        """
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self._digest}/{name}"

    def text(self, name: str) -> str:
        """The text of a file.

        Raises:
            KeyError: there is no such file.
        """
        return self._files[name].body.decode()

    def serve(self, request: Request, name: str) -> Response:
        """The answer for a file."""
        file = self._files.get(name)
        if file is None:
            return Response(status_code=404)
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if file.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(file.compressed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
        return Response(file.body, media_type=file.media_type, headers=headers)


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    if path.suffix == ".js" and path.parent.name != "vendor":
        body = _FOR_READERS.sub(b"", body)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    compressed = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSED else None
    return StaticFile(media_type=media_type, body=body, compressed=compressed)
