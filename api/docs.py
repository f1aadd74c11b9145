"""``/docs``: the OpenAPI document for people, with nothing that is inline or loaded from elsewhere."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

STATIC: Final = Path(__file__).with_name("static")
FILES: Final = STATIC / "swagger-ui"
ADDRESS: Final = "/docs"

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Swagger UI's style sheet draws its arrows from data: addresses
        "connect-src 'self'",  # the document, and the calls that are tried out
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

_HEADERS: Final = {"Cache-Control": "no-cache"}
"""For files that are the same for everybody: kept, and asked for again by their ETag."""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="icon" href="{address}/files/favicon.png">
  <link rel="stylesheet" href="{address}/files/swagger-ui.css">
  <script src="{address}/files/swagger-ui-bundle.js" defer></script>
  <script src="{address}/files/docs.js" defer></script>
</head>
<body>
<div id="swagger-ui" data-openapi="{openapi}"></div>
</body>
</html>
"""


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        return response


def add_docs(app: FastAPI) -> None:
    """Serve Swagger UI from our own files."""
    page = _PAGE.format(title=escape(app.title), address=ADDRESS, openapi=escape(str(app.openapi_url)))

    @app.get(ADDRESS, include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    @app.get(f"{ADDRESS}/files/docs.js", include_in_schema=False)
    async def script() -> FileResponse:
        return FileResponse(STATIC / "docs.js", headers=_HEADERS)

    app.mount(f"{ADDRESS}/files", _Files(directory=FILES), name="docs files")
