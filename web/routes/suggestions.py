"""What the form of a request suggests while one types: products of the catalogue, suppliers, and warehouses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from approval.model import MAKERS, Frozen
from approval.values import ShortText
from crm import products, recent_lines, suppliers, warehouses
from crm.products import Product
from crm.recent_lines import LastBought
from web.deps import PoolDep
from web.rendering import Page, PageDep

router = APIRouter(prefix="/suggestions")

SUGGESTED: Final = 20
CURRENCY: Final = "VND"
"""Of the catalogue's prices."""


class SuggestedProduct(Frozen):
    """A product, with what a line takes over from it: the price in VND as the reader's language writes it, and from whom, as it
    was approved for them last, or else as the catalogue has it. ``value`` is its code, and ``says`` all of that in words."""

    value: str
    name: str
    unit: str
    unit_price: str
    supplier: str
    says: str


@router.get("/products")
async def suggest_products(page: PageDep, pool: PoolDep, q: Annotated[ShortText, Query()] = "") -> JSONResponse:
    """Products of which code or name have a text in them."""
    page.user.require_role(*MAKERS)
    found = await products.suggested(pool, q, SUGGESTED)
    last = await recent_lines.last_bought(pool, page.user.username, (one.code for one in found))
    return JSONResponse([_suggested(page, one, last.get(one.code)).model_dump() for one in found])


@router.get("/suppliers")
async def suggest_suppliers(page: PageDep, pool: PoolDep, q: Annotated[ShortText, Query()] = "") -> JSONResponse:
    """Names of suppliers of which code, name or tax code have a text in them."""
    page.user.require_role(*MAKERS)
    return _names(await suppliers.suggested(pool, q, SUGGESTED))


@router.get("/warehouses")
async def suggest_warehouses(page: PageDep, pool: PoolDep, q: Annotated[ShortText, Query()] = "") -> JSONResponse:
    """Names of warehouses that have a text in them: those of the reader's own requests lately, then those of the catalogue."""
    page.user.require_role(*MAKERS)
    lately = await recent_lines.warehouses(pool, page.user.username, q, SUGGESTED)
    known = await warehouses.suggested(pool, q, SUGGESTED)
    return _names(dict.fromkeys((*lately, *(one.name for one in known))))


def _names(names: Iterable[str]) -> JSONResponse:
    return JSONResponse([{"value": name, "says": name} for name in names][:SUGGESTED])


def _suggested(page: Page, product: Product, last: LastBought | None) -> SuggestedProduct:
    words = [product.name]
    if product.unit_price is not None:
        words.append(f"{page.formats.money(product.unit_price, CURRENCY)} / {product.unit}")
    price = product.unit_price
    if last is not None:
        said = {"price": page.formats.money(last.unit_price, last.currency), "day": page.formats.day(last.on)}
        words.append(page.gettext("last %(price)s on %(day)s") % said)
        if last.supplier:
            words.append(last.supplier)
        if last.currency == CURRENCY and last.unit == product.unit:
            price = last.unit_price
    return SuggestedProduct(
        value=product.code,
        name=product.name,
        unit=product.unit,
        unit_price="" if price is None else page.formats.amount(price, CURRENCY),
        supplier=last.supplier or "" if last is not None else "",
        says=" · ".join(words),
    )
