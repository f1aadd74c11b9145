"""``python -m scripts.icons``: makes the icons of a home screen, as PNG, of web/static/icon.svg. Needs ``CHROMIUM``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from tests.browser.chromium import chromium

STATIC: Final = Path(__file__).resolve().parent.parent / "web" / "static"
ICON: Final = "icon.svg"


async def main() -> None:
    """Each size; the one that devices cut into their own shape is filled to its corners, and its sign smaller."""
    svg = (STATIC / ICON).read_text()
    filled = svg.replace('viewBox="0 0 24 24"', 'viewBox="-3 -3 30 30"').replace(
        '<rect width="24" height="24" rx="6"', '<rect x="-3" y="-3" width="30" height="30"'
    )
    async with chromium() as browser:
        for name, size, drawing in (("icon-192", 192, svg), ("icon-512", 512, svg), ("icon-maskable-512", 512, filled)):
            page = await browser.new_page(viewport={"width": size, "height": size})
            await page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{drawing}")
            await page.screenshot(path=STATIC / f"{name}.png", omit_background=True)


if __name__ == "__main__":
    asyncio.run(main())
