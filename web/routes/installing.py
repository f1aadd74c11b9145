"""What lets people put the pages on their phone's or computer's home screen: the manifest, and a service worker that says so when
there is no connection, and shows what people are told while no page is open. It keeps nothing but that page: what people see of
requests is never stored by a browser.

Source: W3C Web Application Manifest; W3C Service Workers; W3C Push API.
"""

from __future__ import annotations

import json
from typing import Final

from fastapi import APIRouter, Request, Response

from web.rendering import PublicPageDep
from web.static_files import StaticFiles

router = APIRouter()

_COLOUR: Final = "#206bc4"
"""The icon's own."""
_ICONS: Final = (
    ("icon.svg", "any", "any"),
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)
_OFFLINE: Final = "/offline"


@router.get("/manifest.webmanifest", include_in_schema=False)
async def manifest(request: Request, page: PublicPageDep) -> Response:
    """Name, icons and first page, in the reader's language."""
    static: StaticFiles = request.app.state.static
    found = {
        "id": "/",
        "name": page.gettext("Purchasing approval"),
        "short_name": page.gettext("Purchasing"),
        "lang": page.language,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": _COLOUR,
        "background_color": "#ffffff",
        "icons": [{"src": static.address(name), "sizes": sizes, "purpose": purpose} for name, sizes, purpose in _ICONS],
    }
    return Response(json.dumps(found, ensure_ascii=False), media_type="application/manifest+json")


@router.get("/service-worker.js", include_in_schema=False)
async def service_worker(request: Request) -> Response:
    """The service worker, which has to be at the top to serve all pages; another one after each release."""
    static: StaticFiles = request.app.state.static
    kept = json.dumps([_OFFLINE, static.address("offline.css")])
    named = f'const OFFLINE = "{_OFFLINE}";\nconst KEPT = {kept};\nconst ICON = "{static.address("icon-192.png")}";\n'
    script = named + static.text("service-worker.js")
    return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get(_OFFLINE, include_in_schema=False)
async def offline(page: PublicPageDep) -> Response:
    """What is shown without a connection, in both languages: it was kept before anybody knew the reader's."""
    return await page.render("offline.html")
