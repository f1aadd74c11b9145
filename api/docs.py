"""``/docs``: the OpenAPI document for people, with nothing that is loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

FILES: Final = Path(__file__).with_name("static") / "swagger-ui"
ADDRESS: Final = "/docs"


def add_docs(app: FastAPI) -> None:
    """Serve Swagger UI from our own files."""

    @app.get(ADDRESS, include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=str(app.openapi_url),
            title=app.title,
            swagger_js_url=f"{ADDRESS}/files/swagger-ui-bundle.js",
            swagger_css_url=f"{ADDRESS}/files/swagger-ui.css",
            swagger_favicon_url=f"{ADDRESS}/files/favicon.png",
        )

    app.mount(f"{ADDRESS}/files", StaticFiles(directory=FILES), name="docs files")
